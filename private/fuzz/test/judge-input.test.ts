import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import { WalError } from "@memwal/wal-runtime";
import { neutralEntry } from "@memwal-private/arrow-samples";
import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { judgeInput, memoryLimit } from "../src/judge-input.ts";

const ts = await loadCodec({ prefer: "ts" });
const names = arrow.vectorFromArray(["a", "b", "c"], new arrow.Utf8());
const { schema, batches } = new arrow.Table({ id: arrow.makeVector(Int32Array.of(1, 2, 3)), name: names });
const entry = ts.encode({
	schema,
	batches,
	header: { writerEpoch: 1n, fenceSentinel: false },
	writeId: new Uint8Array(16),
});
const bytes = entry.bytes.slice();
entry.release();

const decodeInWasm = (...args: Parameters<Codec["decodeInWasm"]>) => ts.decodeInWasm(...args);

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
		decodeInWasm,
	});
}

/** The codec, but that every entry is this one. */
function codecWith(columns: Readonly<Record<string, arrow.Vector>>): Codec {
	const table = new arrow.Table(columns);
	const decoded = { ...ts.decode(bytes), schema: table.schema, batches: table.batches };
	const frames = { ...ts.frames(bytes), schema: table.schema, batch: () => table.batches[0] };
	return Object.assign(Object.create(ts) as Codec, { decode: () => decoded, frames: () => frames, decodeInWasm });
}

async function violationsOf(...given: Parameters<typeof judgeInput>): Promise<string> {
	return (await judgeInput(...given)).violations.join("\n");
}

describe("the verdict on an input", () => {
	it("passes what both decode alike, and what both refuse alike", async () => {
		expect(await judgeInput({ ts, wasm: ts }, bytes)).toEqual({ outcome: "decoded", violations: [] });
		expect(await judgeInput({ ts, wasm: ts }, bytes.slice(0, 50))).toEqual({ outcome: "WAL_CORRUPT", violations: [] });
	});

	it("fails any exception that is no WalError, and a WalError that damage does not explain", async () => {
		const typeError = codecThat(() => {
			throw new TypeError("planted");
		});
		expect(await violationsOf({ ts, wasm: typeError }, bytes)).toContain("wasm: decode ended in TypeError: planted");
		const internal = codecThat(() => {
			throw new WalError("WAL_INTERNAL", "planted");
		});
		expect(await violationsOf({ ts, wasm: internal }, bytes)).toContain("planted");
	});

	it("fails where one decodes what the other refuses, or refuses with other words", async () => {
		const refuses = codecThat(() => {
			throw new WalError("WAL_CORRUPT", "planted", { details: {} });
		});
		expect(await violationsOf({ ts, wasm: refuses }, bytes)).toContain("differ in");
		const cut = bytes.slice(0, 50);
		expect(await violationsOf({ ts, wasm: refuses }, cut)).toContain("planted");
	});

	it("fails where one gives another value", async () => {
		const other = codecWith({
			id: arrow.makeVector(Int32Array.of(1, 2, 4)),
			name: names,
		});
		expect(await violationsOf({ ts, wasm: other }, bytes)).toContain("differ in");
	});

	it("fails where a value cannot be read", async () => {
		const beyond = arrow.makeData({
			type: new arrow.Utf8(),
			data: Uint8Array.of(97),
			valueOffsets: Int32Array.of(0, 9),
		});
		const wasm = codecWith({ name: new arrow.Vector([beyond]) });
		expect(await violationsOf({ ts, wasm }, bytes)).toContain("cannot be read");
	});

	it("fails where more memory is held than the input explains", async () => {
		const kept: unknown[] = [];
		const hoards = codecThat(() => kept.push(new Uint8Array(memoryLimit(bytes.length) + 2 ** 20)));
		expect(await violationsOf({ ts, wasm: hoards }, bytes)).toMatch(/wasm: decode held \d+ bytes/);
	});

	it("fails where the input is written to", async () => {
		const scribbles = codecThat((input) => {
			input[input.length - 20] = (input[input.length - 20] as number) ^ 1;
		});
		expect(await violationsOf({ wasm: scribbles }, bytes.slice())).toContain("written to");
	});

	it("fails where full validation lets through what plain decoding does not", async () => {
		const strange = Object.assign(Object.create(ts) as Codec, {
			decode(input: Uint8Array<ArrayBuffer>, options: Parameters<Codec["decode"]>[1]) {
				if (options?.validate !== "full") throw new WalError("WAL_CORRUPT", "planted", { details: {} });
				return ts.decode(input, options);
			},
		});
		expect(await violationsOf({ ts, wasm: strange }, bytes)).toContain("laxer");
	});

	it("fails where another value comes out than went in", async () => {
		const expected = neutralEntry(schema, batches);
		expect(await violationsOf({ ts }, bytes, expected)).toBe("");
		const changed = { ...expected, metadata: [["lost", "key"]] };
		expect(await violationsOf({ ts }, bytes, changed)).toContain("what was encoded");
	});

	it("fails where decodeInWasm ends otherwise: in another exception, in other values, or by refusing", async () => {
		const inWasm = (does: Codec["decodeInWasm"]) =>
			Object.assign(
				codecThat(() => undefined),
				{ decodeInWasm: does },
			);
		const throws = inWasm(() => Promise.reject(new RangeError("planted")));
		expect(await violationsOf({ throws }, bytes)).toContain("decodeInWasm ended in RangeError: planted");
		const refuses = inWasm(() => Promise.reject(new WalError("WAL_CORRUPT", "planted", { details: {} })));
		expect(await violationsOf({ refuses }, bytes)).toContain("decodeInWasm refuses what");
		const empties = inWasm(async (...args) => {
			const entry = await ts.decodeInWasm(...args);
			return { ...entry, schema: entry.schema, length: 0, release: () => entry.release() };
		});
		expect(await violationsOf({ empties }, bytes)).toContain("decodeInWasm and empties: decode");
	});
});
