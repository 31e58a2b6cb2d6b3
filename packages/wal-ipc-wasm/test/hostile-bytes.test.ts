import { loadCodec } from "@memwal/wal-ipc-wasm";
import { isWalError } from "@memwal/wal-runtime";
import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { lastIndexOf } from "./bytes-found.ts";
import { batchOf, columnBatch, columnValues, HEADER, streamLengthOf, WRITE_ID } from "./sample-entries.ts";

const utf8 = new arrow.Utf8();
const int32 = new arrow.Int32();
const item = new arrow.Field("item", int32, true);
const union = arrow.makeData({
	type: new arrow.DenseUnion([0, 5], [new arrow.Field("n", int32, true), new arrow.Field("t", utf8, true)]),
	length: 3,
	nullCount: 0,
	typeIds: Int8Array.of(0, 5, 0),
	valueOffsets: Int32Array.of(0, 0, 1),
	children: [arrow.vectorFromArray([71, 72], int32).data[0], arrow.vectorFromArray(["", "xyz"], utf8).data[0]],
} as never) as arrow.Data;
const columns: Record<string, arrow.Vector> = {
	text: arrow.vectorFromArray(["ä", null, "long enough"], utf8),
	word: arrow.vectorFromArray(["a", "b", "a"], new arrow.Dictionary(utf8, new arrow.Int8())),
	list: arrow.vectorFromArray([[1, 2], null, [3]], new arrow.List(item)),
	either: new arrow.Vector([union]),
	flag: arrow.vectorFromArray([true, null, false], new arrow.Bool()),
};
const batch = batchOf(
	Object.entries(columns).map(([name, { type }]) => new arrow.Field(name, type, true)),
	Object.values(columns),
);

const variants = await Promise.all(
	([undefined, "lz4"] as const).flatMap((compression) =>
		(["ts", "wasm"] as const).map(async (prefer) => {
			const codec = await loadCodec({ prefer, compression });
			const entry = codec.encode({ schema: batch.schema, batches: [batch], header: HEADER, writeId: WRITE_ID });
			const stream = entry.bytes.slice(0, streamLengthOf(entry.bytes));
			entry.release();
			return { name: `${compression ?? "plain"} bodies, ${prefer}`, codec, stream };
		}),
	),
);

describe.each(variants)("a stream without checksum, $name,", ({ codec, stream }) => {
	/** What becomes of it: the code of an error, or that all of it could be read. */
	function fate(bytes: Uint8Array<ArrayBuffer>): string {
		try {
			const { batches } = codec.decode(bytes, { validate: "full" });
			// What passed the validation can be read without an accident.
			batches.map(columnValues);
			return "read";
		} catch (error) {
			if (!isWalError(error)) throw error;
			return error.code;
		}
	}

	it("is whole", () => {
		expect(codec.decode(stream, { validate: "full" }).batches.map(columnValues)).toEqual([columnValues(batch)]);
	});

	it("is refused wherever it is cut", () => {
		for (let length = 0; length < stream.length; length++) {
			expect([length, fate(stream.slice(0, length))]).toEqual([length, "WAL_CORRUPT"]);
		}
	});

	it("is refused or read with any bit flipped", () => {
		const fates = new Set<string>();
		for (let bit = 0; bit < stream.length * 8; bit++) {
			const flipped = stream.slice();
			flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
			fates.add(fate(flipped));
		}
		expect([...fates].sort()).toEqual(["WAL_CORRUPT", "WAL_UNSUPPORTED", "read"]);
	});
});

describe("the full validation refuses", () => {
	/** Changes the content of a column's buffer, found by what it holds. */
	function changed(
		column: arrow.RecordBatch,
		find: readonly number[],
		put: readonly number[],
	): Uint8Array<ArrayBuffer> {
		const { codec } = variants[0] as (typeof variants)[number];
		const entry = codec.encode({ schema: column.schema, batches: [column], header: HEADER, writeId: WRITE_ID });
		const stream = entry.bytes.slice(0, streamLengthOf(entry.bytes));
		entry.release();
		stream.set(put, lastIndexOf(stream, find));
		return stream;
	}
	const bytesOf = (...values: number[]) => [...new Uint8Array(Int32Array.from(values).buffer)];
	it.each([
		["offsets that go back", columnBatch(utf8, ["ab", "cd"]), bytesOf(0, 2, 4), bytesOf(0, 9, 4), "offset"],
		["offsets past the end", columnBatch(utf8, ["ab", "cd"]), bytesOf(0, 2, 4), bytesOf(0, 2, 99), "offset"],
		["text that is no UTF-8", columnBatch(utf8, ["abcd"]), [97, 98, 99, 100], [97, 0xff, 99, 100], "UTF-8"],
		[
			"text cut inside a character",
			columnBatch(utf8, ["aé", "b"]),
			bytesOf(0, 3, 4),
			bytesOf(0, 2, 4),
			"inside a character",
		],
		[
			"an index beyond the dictionary",
			columnBatch(new arrow.Dictionary(utf8, int32), ["x", "y", "y"]),
			bytesOf(0, 1, 1),
			bytesOf(0, 7, 1),
			"dictionary",
		],
		[
			"a union's type that is none",
			batchOf([new arrow.Field("u", union.type, true)], [new arrow.Vector([union])]),
			[0, 5, 0, 0],
			[0, 6, 0, 0],
			"type 6",
		],
		[
			"a union's offset past its child",
			batchOf([new arrow.Field("u", union.type, true)], [new arrow.Vector([union])]),
			bytesOf(0, 0, 1),
			bytesOf(0, 0, 5),
			"child",
		],
		["nulls that are miscounted", columnBatch(int32, [77, null, 78]), [0b101, 0, 0, 0], [0b001, 0, 0, 0], "nulls"],
	])("%s, and names the column", (_, column, find, put, problem) => {
		const stream = changed(column, find, put);
		for (const { codec } of variants) {
			expect(codec.decode(stream).rows).toBe(column.numRows);
			expect(() => codec.decode(stream, { validate: "full" })).toThrow(
				expect.objectContaining({
					code: "WAL_CORRUPT",
					message: expect.stringMatching(`column "${column.schema.fields[0]?.name}".*${problem}`),
				}),
			);
		}
	});
});
