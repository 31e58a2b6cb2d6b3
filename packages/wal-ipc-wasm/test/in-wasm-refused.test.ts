import { readFileSync } from "node:fs";
import { loadCodec } from "@memwal/wal-ipc-wasm";
import { isWalError } from "@memwal/wal-runtime";
import * as arrow from "apache-arrow";
import { afterEach, describe, expect, it, vi } from "vitest";
import { lastIndexOf } from "./bytes-found.ts";
import {
	batchOf,
	columnBatch,
	columnValues,
	encodedBy,
	HEADER,
	codec as plain,
	streamLengthOf,
	WRITE_ID,
} from "./sample-entries.ts";

const codec = await loadCodec({ compression: "lz4" });
const ZSTD_MAGIC = 0xfd2fb528;
const utf8 = new arrow.Utf8();
const int32 = new arrow.Int32();
const words = columnBatch(
	utf8,
	Array.from({ length: 400 }, (_, row) => (row % 7 ? `word ${row % 30}` : null)),
);
const encoded = (batches: readonly arrow.RecordBatch[]) => encodedBy(codec, batches);

afterEach(() => {
	vi.unstubAllGlobals();
	expect([codec.outstandingLeases, plain.outstandingLeases]).toEqual([0, 0]);
});

describe("a type that is not handed out is refused, named with its field:", () => {
	const item = new arrow.Field("item", int32, true);
	it.each([
		["dictionary", new arrow.Dictionary(utf8, int32), '"column"'],
		["fixed-size list", new arrow.FixedSizeList(2, item), '"column"'],
		["large list", new arrow.LargeList(item), '"column"'],
		["view", new arrow.Utf8View(), '"column"'],
		[
			"one below a list and a struct",
			new arrow.List(
				new arrow.Field("item", new arrow.Struct([new arrow.Field("inner", new arrow.Dictionary(utf8, int32))])),
			),
			'"column.item.inner"',
		],
	])("%s", async (_, type, name) => {
		const fields = [new arrow.Field("column", type as arrow.DataType, true), new arrow.Field("plain", int32, true)];
		const entry = codec.encode({
			schema: new arrow.Schema(fields),
			batches: [],
			header: HEADER,
			writeId: WRITE_ID,
		});
		const bytes = entry.bytes.slice();
		entry.release();
		await expect(codec.decodeInWasm(bytes, { key: "k" })).rejects.toMatchObject({
			code: "WAL_UNSUPPORTED",
			message: expect.stringContaining(name),
			details: { key: "k" },
		});
		const rest = await codec.decodeInWasm(bytes, { columns: ["plain"] });
		expect(rest.schema.fields.map(({ name }) => name)).toEqual(["plain"]);
		rest.release();
	});
});

it("columns that announce far more than their ZSTD frames make likely are left to decode()", async () => {
	const stream = Uint8Array.from(
		readFileSync(new URL("../../../private/fuzz/samples/text-zstd.arrow", import.meta.url)),
	);
	const columns = ["utf8", "binary"];
	(await codec.decodeInWasm(stream, { columns })).release();
	const view = new DataView(stream.buffer);
	for (let at = stream.length - 4; at > 8; at--) {
		if (view.getUint32(at, true) === ZSTD_MAGIC) view.setBigUint64(at - 8, 60n << 20n, true);
	}
	await expect(codec.decodeInWasm(stream, { columns })).rejects.toMatchObject({
		code: "WAL_UNSUPPORTED",
		message: expect.stringMatching(/says that it unpacks to \d+ bytes.*use decode\(\)/),
	});
	expect(() => codec.decode(stream, { columns })).toThrow(expect.objectContaining({ code: "WAL_CORRUPT" }));
});

describe("damage is WAL_CORRUPT:", () => {
	const bytesOf = (...values: number[]) => [...new Uint8Array(Int32Array.from(values).buffer)];
	it.each([
		["offsets past the end", columnBatch(utf8, ["ab", "cd"]), bytesOf(0, 2, 4), bytesOf(0, 2, 99)],
		["offsets that go back", columnBatch(utf8, ["ab", "cd"]), bytesOf(0, 2, 4), bytesOf(0, 9, 4)],
		["text that is no UTF-8", columnBatch(utf8, ["abcd"]), [97, 98, 99, 100], [97, 0xff, 99, 100]],
		["nulls that are miscounted", columnBatch(int32, [77, null, 78]), [0b101, 0, 0, 0], [0b001, 0, 0, 0]],
	])("%s, without being asked for", async (_, batch, find, put) => {
		const bytes = encodedBy(plain, [batch]);
		const stream = bytes.slice(0, streamLengthOf(bytes));
		stream.set(put, lastIndexOf(stream, find));
		expect(plain.decode(stream).rows).toBe(batch.numRows);
		await expect(plain.decodeInWasm(stream, { key: "k" })).rejects.toMatchObject({
			code: "WAL_CORRUPT",
			details: { key: "k", offset: expect.any(Number) },
		});
	});

	it("a checksum that does not match, and an entry that is cut", async () => {
		const bytes = encoded([words]);
		for (const wrong of [bytes.slice(0, -50), bytes.map((byte, at) => (at === 700 ? byte ^ 1 : byte))]) {
			await expect(codec.decodeInWasm(wrong)).rejects.toMatchObject({ code: "WAL_CORRUPT" });
		}
	});

	it("a flipped bit, or it is read as by the ordinary decode", async () => {
		const columns = batchOf(
			[
				new arrow.Field("text", utf8, true),
				new arrow.Field("list", new arrow.List(new arrow.Field("item", int32, true)), true),
				new arrow.Field("flag", new arrow.Bool(), true),
			],
			[
				arrow.vectorFromArray(["ä", null, "long enough to be packed packed packed packed packed"], utf8),
				arrow.vectorFromArray([[1, 2], null, [3]], new arrow.List(new arrow.Field("item", int32, true))),
				arrow.vectorFromArray([true, null, false], new arrow.Bool()),
			],
		);
		const bytes = encoded([columns]);
		const stream = bytes.slice(0, streamLengthOf(bytes));
		const fates = new Set<string>();
		for (const at of stream.keys()) {
			const byte = stream[at] as number;
			stream[at] = byte ^ (1 << (at % 7));
			fates.add(await fateOf(stream));
			stream[at] = byte;
		}
		expect([...fates].sort()).toEqual(["WAL_CORRUPT", "WAL_UNSUPPORTED", "read"]);
	});

	async function fateOf(stream: Uint8Array<ArrayBuffer>): Promise<string> {
		try {
			const entry = await codec.decodeInWasm(stream);
			const read = Array.from({ length: entry.length }, (_, index) => columnValues(entry.batch(index)));
			expect(read).toEqual(codec.decode(stream, { validate: "full" }).batches.map(columnValues));
			entry.release();
			return "read";
		} catch (error) {
			if (!isWalError(error)) throw error;
			return error.code;
		}
	}
});

describe("where it cannot be done, it is WAL_UNSUPPORTED and says why:", () => {
	it("without WebAssembly, and then with it", async () => {
		const codec = await loadCodec();
		vi.stubGlobal("WebAssembly", undefined);
		await expect(codec.decodeInWasm(encoded([words]))).rejects.toMatchObject({
			code: "WAL_UNSUPPORTED",
			message: expect.stringContaining("no WebAssembly"),
		});
		vi.unstubAllGlobals();
		const entry = await codec.decodeInWasm(encoded([words]));
		expect(entry.rows).toBe(400);
		entry.release();
	});

	it("without the package arrow-js-ffi", async () => {
		vi.doMock("arrow-js-ffi", () => {
			throw new Error("Cannot find package 'arrow-js-ffi'");
		});
		const codec = await loadCodec();
		await expect(codec.decodeInWasm(encoded([words]))).rejects.toMatchObject({
			code: "WAL_UNSUPPORTED",
			message: expect.stringContaining("npm install arrow-js-ffi"),
		});
		vi.doUnmock("arrow-js-ffi");
	});

	it("but a codec that was asked for TypeScript does it: there is no choice", async () => {
		const ts = await loadCodec({ prefer: "ts" });
		const entry = await ts.decodeInWasm(encoded([words]));
		expect(columnValues(entry.batch(0))).toEqual(columnValues(words));
		entry.release();
	});
});
