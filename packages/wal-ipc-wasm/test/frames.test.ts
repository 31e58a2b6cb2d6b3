import * as arrow from "apache-arrow";
import { expect, it } from "vitest";
import { batchOf, codec, columnBatch, columnValues, encodedBytes } from "./sample-entries.ts";

const utf8 = new arrow.Utf8();
const int32 = new arrow.Int32();
const type = new arrow.Dictionary(utf8, int32);
const fields = [new arrow.Field("n", int32, true), new arrow.Field("word", type, true)];
const rows = (numbers: number[], words: string[]) =>
	batchOf(fields, [arrow.vectorFromArray(numbers, int32), arrow.vectorFromArray(words, type)]);
const batches = [rows([1], ["a"]), rows([2, 3], ["b", "c"]), rows([4], ["a"])];
const bytes = encodedBytes(batches);

it("an entry's frames say what it holds before a batch is read", () => {
	const frames = codec.frames(bytes);
	expect([frames.length, frames.rows, frames.header.writerEpoch]).toEqual([3, 4, 7n]);
	expect(frames.schema.fields.map(String)).toEqual(["n: Int32", "word: Dictionary<Int32, Utf8>"]);
	expect(frames.writeId?.length).toBe(16);
});

it("batches are read in any order, each with the dictionary that was sent before it", () => {
	const frames = codec.frames(bytes);
	for (const index of [2, 0, 1, 2]) {
		expect(columnValues(frames.batch(index))).toEqual(columnValues(batches[index] as arrow.RecordBatch));
	}
});

it("a batch may be asked for other columns than the rest", () => {
	const frames = codec.frames(bytes, { columns: ["n"] });
	expect(columnValues(frames.batch(1))).toEqual([[2, 3]]);
	const word = frames.batch(1, { columns: ["word"] });
	expect(columnValues(word)).toEqual([["b", "c"]]);
	expect(word.schema.fields.map(({ name }) => name)).toEqual(["word"]);
	expect(() => frames.batch(0, { columns: ["wrod"] })).toThrow(expect.objectContaining({ code: "WAL_INVALID" }));
});

it("a batch that there is not is an argument mistake", () => {
	expect(() => codec.frames(bytes).batch(3)).toThrow(RangeError);
});

it("a column after views with any number of buffers is found", () => {
	const long = "a text that is too long to be inlined";
	const views = new Uint8Array(16);
	new DataView(views.buffer).setInt32(0, long.length, true);
	const variadicBuffers = [new TextEncoder().encode(long)];
	const view = arrow.makeData({ type: new arrow.Utf8View(), length: 1, nullCount: 0, views, variadicBuffers } as never);
	const batch = batchOf(
		[new arrow.Field("view", new arrow.Utf8View(), true), new arrow.Field("n", int32, true)],
		[new arrow.Vector([view as arrow.Data]), arrow.vectorFromArray([42], int32)],
	);
	const frames = codec.frames(encodedBytes([batch]), { columns: ["n"] });
	expect(columnValues(frames.batch(0))).toEqual([[42]]);
	expect(columnValues(frames.batch(0, { columns: ["view"] }))).toEqual([[long]]);
});

it("a slice of views takes along no more text than it has", () => {
	const text = "x".repeat(1000);
	const views = new DataView(new ArrayBuffer(16 * 100));
	for (let row = 0; row < 100; row++) {
		views.setInt32(row * 16, 1000, true);
		views.setInt32(row * 16 + 12, row * 1000, true);
	}
	const data = arrow.makeData({
		type: new arrow.Utf8View(),
		length: 100,
		nullCount: 0,
		views: new Uint8Array(views.buffer),
		variadicBuffers: [new TextEncoder().encode(text.repeat(100))],
	} as never) as arrow.Data;
	const batch = batchOf([new arrow.Field("view", data.type, true)], [new arrow.Vector([data])]).slice(40, 42);
	const entry = encodedBytes([batch]);
	expect(entry.length).toBeLessThan(3000);
	expect(codec.decode(entry, { validate: "full" }).batches.map(columnValues)).toEqual([[[text, text]]]);
});

it("a schema's metadata may change between two entries", () => {
	const batch = columnBatch(int32, [1]);
	const schema = new arrow.Schema(batch.schema.fields, new Map([["unit", "m"]]));
	expect(codec.decode(encodedBytes([batch], { schema })).schema.metadata.get("unit")).toBe("m");
	schema.metadata.set("unit", "ft");
	expect(codec.decode(encodedBytes([batch], { schema })).schema.metadata.get("unit")).toBe("ft");
});
