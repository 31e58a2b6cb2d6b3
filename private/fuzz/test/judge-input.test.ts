import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import { WalError } from "@memwal/wal-runtime";
import { neutralEntry } from "@memwal-private/arrow-samples";
import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { judgeInput, memoryLimit } from "../src/judge-input.ts";

const ts = await loadCodec({ prefer: "ts" });
const { schema, batches } = arrow.tableFromArrays({ id: Int32Array.of(1, 2, 3), name: ["a", "b", "c"] });
const entry = ts.encode({
	schema,
	batches,
	header: { writerEpoch: 1n, fenceSentinel: false },
	writeId: new Uint8Array(16),
});
const bytes = entry.bytes.slice();
entry.release();

/** The codec, but that `decode` and `frames` do this first. */
function codecThat(does: (bytes: Uint8Array) => void): Codec {
	return Object.assign(Object.create(ts) as Codec, {
		decode(...args: Parameters<Codec["decode"]>) {
			does(args[0]);
			return ts.decode(...args);
		},
		frames(...args: Parameters<Codec["frames"]>) {
			does(args[0]);
			return ts.frames(...args);
		},
	});
}

/** The codec, but that every entry is this one. */
function codecWith(columns: Readonly<Record<string, arrow.Vector>>): Codec {
	const table = new arrow.Table(columns);
	const decoded = { ...ts.decode(bytes), schema: table.schema, batches: table.batches };
	const frames = { ...ts.frames(bytes), schema: table.schema, batch: () => table.batches[0] };
	return Object.assign(Object.create(ts) as Codec, { decode: () => decoded, frames: () => frames });
}

const violationsOf = (wasm: Codec): string => judgeInput({ ts, wasm }, bytes).violations.join("\n");

describe("the verdict on an input", () => {
	it("passes what both decode alike, and what both refuse alike", () => {
		expect(judgeInput({ ts, wasm: ts }, bytes)).toEqual({ outcome: "decoded", violations: [] });
		expect(judgeInput({ ts, wasm: ts }, bytes.slice(0, 50))).toEqual({ outcome: "WAL_CORRUPT", violations: [] });
	});

	it("fails any exception that is no WalError, and a WalError that damage does not explain", () => {
		const typeError = codecThat(() => {
			throw new TypeError("planted");
		});
		expect(violationsOf(typeError)).toContain("wasm: decode ended in TypeError: planted");
		const internal = codecThat(() => {
			throw new WalError("WAL_INTERNAL", "planted");
		});
		expect(violationsOf(internal)).toContain("planted");
	});

	it("fails where one decodes what the other refuses, or refuses with other words", () => {
		const refuses = codecThat(() => {
			throw new WalError("WAL_CORRUPT", "planted", { details: {} });
		});
		expect(violationsOf(refuses)).toContain("differ in");
		const cut = bytes.slice(0, 50);
		expect(judgeInput({ ts, wasm: refuses }, cut).violations.join()).toContain("planted");
	});

	it("fails where one gives another value", () => {
		const other = codecWith({
			id: arrow.makeVector(Int32Array.of(1, 2, 4)),
			name: arrow.vectorFromArray(["a", "b", "c"]),
		});
		expect(violationsOf(other)).toContain("differ in");
	});

	it("fails where a value cannot be read", () => {
		const beyond = arrow.makeData({
			type: new arrow.Utf8(),
			data: Uint8Array.of(97),
			valueOffsets: Int32Array.of(0, 9),
		});
		expect(violationsOf(codecWith({ name: new arrow.Vector([beyond]) }))).toContain("cannot be read");
	});

	it("fails where more memory is held than the input explains", () => {
		const kept: unknown[] = [];
		const hoards = codecThat(() => kept.push(new Uint8Array(memoryLimit(bytes.length) + 2 ** 20)));
		expect(violationsOf(hoards)).toMatch(/wasm: decode held \d+ bytes/);
	});

	it("fails where the input is written to", () => {
		const scribbles = codecThat((input) => {
			input[input.length - 20] = (input[input.length - 20] as number) ^ 1;
		});
		expect(judgeInput({ wasm: scribbles }, bytes.slice()).violations.join()).toContain("written to");
	});

	it("fails where full validation lets through what plain decoding does not", () => {
		const strange = Object.assign(Object.create(ts) as Codec, {
			decode(input: Uint8Array<ArrayBuffer>, options: Parameters<Codec["decode"]>[1]) {
				if (options?.validate !== "full") throw new WalError("WAL_CORRUPT", "planted", { details: {} });
				return ts.decode(input, options);
			},
		});
		expect(violationsOf(strange)).toContain("laxer");
	});

	it("fails where another value comes out than went in", () => {
		const expected = neutralEntry(schema, batches);
		expect(judgeInput({ ts }, bytes, expected).violations).toEqual([]);
		const changed = { ...expected, metadata: [["lost", "key"]] };
		expect(judgeInput({ ts }, bytes, changed).violations.join()).toContain("what was encoded");
	});
});
