import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { batchOf, codec, columnBatch, encodedBytes, HEADER } from "./sample-entries.ts";

const int32 = new arrow.Int32();
const batch = columnBatch(int32, [1, 2]);

const reserved = [
	"writer_epoch",
	"generation",
	"fence_sentinel",
	"mem_wal_target_generation",
	"mem_wal_target_generation_dir",
	"mem_wal_target_data_file",
	"mem_wal_target_creator_epoch",
	"mem_wal_target_batch_capacity",
];

it.each(reserved)("a user's key %s in the schema's metadata is refused", (key) => {
	const schema = new arrow.Schema(batch.schema.fields, new Map([[key, "1"]]));
	expect(() => encodedBytes([batch], { schema })).toThrow(
		expect.objectContaining({ code: "WAL_INVALID", message: expect.stringContaining(`"${key}"`) }),
	);
});

it("a batch without rows is refused", () => {
	expect(() => encodedBytes([batch, batch.slice(0, 0)])).toThrow(expect.objectContaining({ code: "WAL_INVALID" }));
});

describe("a batch is refused that differs from the schema in", () => {
	const field = (name: string, type: arrow.DataType, nullable = true, metadata = new Map<string, string>()) =>
		batchOf([new arrow.Field(name, type, nullable, metadata)], [arrow.vectorFromArray([1], type)]);
	it.each([
		["a name", field("other", int32)],
		["a type", field("column", new arrow.Int16())],
		["nullability", field("column", int32, false)],
		["a field's metadata", field("column", int32, true, new Map([["unit", "m"]]))],
		[
			"its columns' number",
			new arrow.RecordBatch(
				new arrow.Schema([]),
				arrow.makeData({ type: new arrow.Struct([]), length: 1, nullCount: 0 }),
			),
		],
	])("%s", (_, other) => {
		expect(() => encodedBytes([batch, other])).toThrow(expect.objectContaining({ code: "WAL_INVALID" }));
	});
});

describe("a type that cannot be written is refused, named with its column:", () => {
	const nested = new arrow.Dictionary(new arrow.Dictionary(new arrow.Utf8(), int32), int32);
	const unknown = Object.assign(Object.create(arrow.DataType.prototype), {
		typeId: 22,
		toString: () => "RunEndEncoded",
	});
	it.each([
		["a dictionary of dictionaries", nested, "Dictionary"],
		["a type that apache-arrow does not have", unknown as arrow.DataType, "RunEndEncoded"],
	])("%s", (_, type, name) => {
		const parent = new arrow.Struct<arrow.TypeMap>([new arrow.Field("child", type, true)]);
		const schema = new arrow.Schema([new arrow.Field("parent", parent, true)]);
		expect(() => encodedBytes([], { schema })).toThrow(
			expect.objectContaining({ code: "WAL_UNSUPPORTED", message: expect.stringMatching(`"parent.child".*${name}`) }),
		);
	});
});

it("what is no record batch, no epoch or no write id is an argument mistake", () => {
	const { schema } = batch;
	const writeId = new Uint8Array(16);
	const encode = (change: object) => codec.encode({ schema, batches: [batch], header: HEADER, writeId, ...change });
	expect(() => encode({ batches: [{}] })).toThrow(TypeError);
	expect(() => encode({ schema: {} })).toThrow(TypeError);
	expect(() => encode({ writeId: new Uint8Array(15) })).toThrow(RangeError);
	expect(() => encode({ header: { ...HEADER, writerEpoch: -1n } })).toThrow(RangeError);
	expect(() => encode({ header: { ...HEADER, writerEpoch: 2n ** 64n } })).toThrow(RangeError);
	expect(() => encode({ header: { ...HEADER, generation: -1n } })).toThrow(RangeError);
});

it("what is refused leaves no lease behind", () => {
	expect(() => encodedBytes([batch.slice(0, 0)])).toThrow();
	expect(codec.outstandingLeases).toBe(0);
});

describe("a check refuses, before anything is built on it,", () => {
	const column = (type: arrow.DataType, parts: object) => {
		const field = new arrow.Field("column", type, true);
		const child = arrow.makeData({ type, length: 2, ...parts } as Parameters<typeof arrow.makeData>[0]);
		return new arrow.RecordBatch(
			new arrow.Schema([field]),
			arrow.makeData({ type: new arrow.Struct([field]), length: 2, nullCount: 0, children: [child] }),
		);
	};
	const utf8 = new arrow.Utf8();
	const gone = Int32Array.of(1, 2);
	const cases = {
		"a batch without rows": batch.slice(0, 0),
		"text beyond its bytes": column(utf8, { valueOffsets: Int32Array.of(0, 5, 100), data: new Uint8Array(7) }),
		"offsets that go back": column(utf8, { valueOffsets: Int32Array.of(5, 3, 0), data: new Uint8Array(7) }),
		"memory that was handed over": column(int32, { data: gone }),
	};
	structuredClone(gone.buffer, { transfer: [gone.buffer] });

	it.each(Object.entries(cases))("%s, as encode would", (_, bad) => {
		expect(() => codec.check({ schema: bad.schema, batches: [bad] })).toThrow(
			expect.objectContaining({ code: "WAL_INVALID" }),
		);
		expect(() => encodedBytes([bad])).toThrow();
		expect(() => codec.check({ schema: batch.schema, batches: [batch] })).not.toThrow();
		expect(encodedBytes([batch]).length).toBeGreaterThan(0);
	});
});
