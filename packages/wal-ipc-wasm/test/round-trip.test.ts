import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { batchOf, codec, columnBatch, columnValues, encodedBytes, HEADER, WRITE_ID } from "./sample-entries.ts";

const int32 = new arrow.Int32();
const utf8 = new arrow.Utf8();
const item = (type: arrow.DataType) => new arrow.Field("item", type, true);
const person = new arrow.Struct<arrow.TypeMap>([
	new arrow.Field("name", utf8, true),
	new arrow.Field("tags", new arrow.List(item(utf8)), true),
]);
const entries = new arrow.Field(
	"entries",
	new arrow.Struct<arrow.TypeMap>([new arrow.Field("key", utf8, false), new arrow.Field("value", int32, true)]),
	false,
);
const seconds = [0n, null, 1_700_000_000n, -5n, 12n];

const columns: readonly (readonly [string, arrow.DataType, readonly unknown[]])[] = [
	["null", new arrow.Null(), [null, null, null, null, null]],
	["bool", new arrow.Bool(), [true, null, false, true, true]],
	["int8", new arrow.Int8(), [-128, null, 127, 0, 1]],
	["int16", new arrow.Int16(), [-32768, null, 32767, 0, 1]],
	["int32", int32, [-1, null, 2147483647, 0, 1]],
	["int64", new arrow.Int64(), [-1n, null, 2n ** 62n, 0n, 1n]],
	["uint8", new arrow.Uint8(), [255, null, 1, 0, 2]],
	["uint16", new arrow.Uint16(), [65535, null, 1, 0, 2]],
	["uint32", new arrow.Uint32(), [4294967295, null, 1, 0, 2]],
	["uint64", new arrow.Uint64(), [2n ** 64n - 1n, null, 1n, 0n, 2n]],
	["float16", new arrow.Float16(), [1.5, null, -2, 0, 0.25]],
	["float32", new arrow.Float32(), [1.5, null, -2, 0, Number.NaN]],
	["float64", new arrow.Float64(), [0.1, null, -0, Number.POSITIVE_INFINITY, Number.NaN]],
	["utf8", utf8, ["", null, "grüße", "🛫", "plain"]],
	["large utf8", new arrow.LargeUtf8(), ["", null, "grüße", "🛫", "plain"]],
	["binary", new arrow.Binary(), [new Uint8Array(), null, Uint8Array.of(1, 2), Uint8Array.of(0), Uint8Array.of(9)]],
	["large binary", new arrow.LargeBinary(), [Uint8Array.of(3), null, Uint8Array.of(1, 2), new Uint8Array(), null]],
	[
		"fixed-size binary",
		new arrow.FixedSizeBinary(3),
		[Uint8Array.of(1, 2, 3), null, Uint8Array.of(4, 5, 6), null, null],
	],
	["date in days", new arrow.DateDay(), [new Date(0), null, new Date("2024-02-29"), new Date("1969-12-31"), null]],
	[
		"date in milliseconds",
		new arrow.DateMillisecond(),
		[new Date(1), null, new Date("2024-02-29"), new Date(-1), null],
	],
	["time in seconds", new arrow.TimeSecond(), [0, null, 86399, 1, 2]],
	["time in nanoseconds", new arrow.TimeNanosecond(), [0n, null, 86_399_000_000_000n, 1n, 2n]],
	["timestamp with zone", new arrow.TimestampMillisecond("Europe/Berlin"), [0, null, 1_700_000_000_123, -1, 5]],
	["timestamp in microseconds", new arrow.TimestampMicrosecond(), [0, null, 1_700_000_000_123, -1, 5]],
	["duration", new arrow.DurationSecond(), seconds],
	[
		"decimal",
		new arrow.Decimal(2, 20),
		[new Uint32Array([1, 0, 0, 0]), null, new Uint32Array([1, 2, 3, 4]), null, null],
	],
	[
		"interval",
		new arrow.IntervalDayTime(),
		[Int32Array.of(1, 2), null, Int32Array.of(-1, 5), null, Int32Array.of(0, 0)],
	],
	["list", new arrow.List(item(int32)), [[1, 2], null, [], [3, null], [4]]],
	[
		"list of lists",
		new arrow.List(item(new arrow.List(item(utf8)))),
		[[["a"], []], null, [], [null, ["b", null]], [["c"]]],
	],
	["fixed-size list", new arrow.FixedSizeList(2, item(int32)), [[1, 2], null, [3, 4], [5, null], [6, 7]]],
	[
		"struct",
		person,
		[
			{ name: "a", tags: ["x"] },
			null,
			{ name: null, tags: [] },
			{ name: "d", tags: null },
			{ name: "e", tags: ["y", "z"] },
		],
	],
	[
		"map",
		new arrow.Map_(entries as never),
		[
			new Map([["a", 1]]),
			null,
			new Map(),
			new Map([
				["b", null],
				["c", 3],
			]),
			new Map([["d", 4]]),
		],
	],
	["dictionary", new arrow.Dictionary(utf8, int32), ["a", null, "b", "a", "c"]],
	["list of nulls", new arrow.List(item(new arrow.Null())), [[null], null, [], [null, null], [null]]],
	[
		"list of dictionary",
		new arrow.List(item(new arrow.Dictionary(utf8, new arrow.Int8()))),
		[["a", "b"], null, [], ["b"], ["c", null]],
	],
];

describe("every type comes back as it went in", () => {
	it.each(columns)("%s, whole and in any slice", (_, type, values) => {
		const batch = columnBatch(type, values);
		for (let begin = 0; begin < values.length; begin++) {
			for (let end = begin + 1; end <= values.length; end++) {
				const slice = batch.slice(begin, end);
				const read = codec.decode(encodedBytes([slice]));
				expect(read.batches.map(columnValues)).toEqual([columnValues(slice)]);
				expect(`${read.schema.fields[0]}`).toBe(`${batch.schema.fields[0]}`);
			}
		}
		expect(batch.numRows).toBe(5);
	});

	it("dense and sparse unions, sliced too", () => {
		const children = [new arrow.Field("number", int32, true), new arrow.Field("text", utf8, true)];
		const numbers = arrow.vectorFromArray([1, 2, 3], int32).data[0] as arrow.Data;
		const texts = arrow.vectorFromArray(["a", null, "c"], utf8).data[0] as arrow.Data;
		const dense = arrow.makeData({
			type: new arrow.DenseUnion([0, 5], children),
			length: 6,
			nullCount: 0,
			typeIds: Int8Array.of(0, 5, 5, 0, 0, 5),
			valueOffsets: Int32Array.of(0, 0, 1, 1, 2, 2),
			children: [numbers, texts],
		} as never) as arrow.Data;
		const sparse = arrow.makeData({
			type: new arrow.SparseUnion([0, 5], children),
			length: 3,
			nullCount: 0,
			typeIds: Int8Array.of(0, 5, 5),
			children: [numbers, texts],
		} as never) as arrow.Data;
		for (const data of [dense, sparse]) {
			const batch = batchOf([new arrow.Field("either", data.type, true)], [new arrow.Vector([data])]);
			for (const slice of [batch, batch.slice(1), batch.slice(2, 3)]) {
				const read = codec.decode(encodedBytes([slice]));
				expect(read.batches.map(columnValues)).toEqual([columnValues(slice)]);
			}
		}
	});

	it("views on text and bytes, sliced too", () => {
		const views = new Uint8Array(3 * 16);
		const view = new DataView(views.buffer);
		["short", "a text too long to be inlined", "x"].forEach((text, row) => {
			const bytes = new TextEncoder().encode(text);
			view.setInt32(row * 16, bytes.length, true);
			if (bytes.length <= 12) views.set(bytes, row * 16 + 4);
			else views.set(bytes.subarray(0, 4), row * 16 + 4);
		});
		const variadicBuffers = [new TextEncoder().encode("a text too long to be inlined")];
		for (const type of [new arrow.Utf8View(), new arrow.BinaryView()]) {
			const data = arrow.makeData({ type, length: 3, views, variadicBuffers } as never) as arrow.Data;
			const batch = batchOf([new arrow.Field("view", type, true)], [new arrow.Vector([data])]);
			for (const slice of [batch, batch.slice(1, 3), batch.slice(2)]) {
				const read = codec.decode(encodedBytes([slice]));
				expect(read.batches.map(columnValues)).toEqual([columnValues(slice)]);
			}
		}
	});

	it("large lists, sliced too", () => {
		const child = arrow.vectorFromArray([1, 2, null, 4], int32).data[0] as arrow.Data;
		const type = new arrow.LargeList(item(int32));
		const data = arrow.makeData({
			type,
			length: 3,
			nullCount: 0,
			valueOffsets: BigInt64Array.of(0n, 2n, 2n, 4n),
			child,
		} as never) as arrow.Data;
		const batch = batchOf([new arrow.Field("list", type, true)], [new arrow.Vector([data])]);
		for (const slice of [batch, batch.slice(1), batch.slice(2)]) {
			const read = codec.decode(encodedBytes([slice]));
			expect(read.batches.map(columnValues)).toEqual([columnValues(slice)]);
		}
	});
});

describe("batches of one entry", () => {
	it("stay apart and in order, in one stream with one schema", () => {
		const batches = [[1, 2], [3], [4, null, 6]].map((values) => columnBatch(int32, values));
		const read = codec.decode(encodedBytes(batches));
		expect(read.batches.map(columnValues)).toEqual([[[1, 2]], [[3]], [[4, null, 6]]]);
		expect(read.rows).toBe(6);
		expect(read.batches.every((batch) => batch.schema === read.schema)).toBe(true);
	});

	it("may each have a dictionary of their own", () => {
		const type = () => new arrow.Dictionary(utf8, int32);
		const batches = [["a", "b"], ["c", "a"], ["b"]].map((values) => columnBatch(type(), values));
		const read = codec.decode(encodedBytes(batches));
		expect(read.batches.map(columnValues)).toEqual([[["a", "b"]], [["c", "a"]], [["b"]]]);
	});

	it("may share a dictionary's chunks in any combination", () => {
		const type = new arrow.Dictionary(utf8, int32);
		const chunk = (...values: string[]) => arrow.vectorFromArray(values, utf8).data[0] as arrow.Data<arrow.Utf8>;
		const [first, second, third] = [chunk("a", "b"), chunk("c"), chunk("d")] as const;
		const field = new arrow.Field("column", type, true);
		const batches = [[first], [first, second], [first, third], [first], [second, first], [first, second, third]].map(
			(chunks) => {
				const dictionary = new arrow.Vector(chunks);
				const data = Int32Array.from({ length: dictionary.length }, (_, index) => index);
				return batchOf(
					[field],
					[new arrow.Vector([arrow.makeData({ type, length: data.length, nullCount: 0, data, dictionary })])],
				);
			},
		);
		const read = codec.decode(encodedBytes(batches));
		expect(read.batches.map(columnValues)).toEqual(batches.map(columnValues));
		expect(columnValues(read.batches[2] as arrow.RecordBatch)).toEqual([["a", "b", "d"]]);
	});

	it("may hold one buffer in several columns", () => {
		const column = arrow.vectorFromArray([1n, 2n], new arrow.Int64());
		const fields = ["a", "b"].map((name) => new arrow.Field(name, column.type, true));
		const read = codec.decode(encodedBytes([batchOf(fields, [column, column])]));
		expect(read.batches.map(columnValues)).toEqual([
			[
				[1n, 2n],
				[1n, 2n],
			],
		]);
	});

	it("keep columns with equal names apart", () => {
		const fields = [new arrow.Field("same", int32, true), new arrow.Field("same", utf8, true)];
		const batch = batchOf(fields, [arrow.vectorFromArray([1, 2], int32), arrow.vectorFromArray(["a", "b"], utf8)]);
		for (const schema of [new arrow.Schema(fields), batch.schema]) {
			const read = codec.decode(encodedBytes([batch, batch.slice(1)], { schema }));
			expect(read.batches.map(columnValues)).toEqual([
				[
					[1, 2],
					["a", "b"],
				],
				[[2], ["b"]],
			]);
			expect(read.schema.fields.map(String)).toEqual(["same: Int32", "same: Utf8"]);
		}
	});

	it("may have rows without columns", () => {
		const schema = new arrow.Schema([]);
		const batch = new arrow.RecordBatch(
			schema,
			arrow.makeData({ type: new arrow.Struct([]), length: 4, nullCount: 0 }),
		);
		const read = codec.decode(encodedBytes([batch]));
		expect([read.rows, read.batches.length, read.schema.fields.length]).toEqual([4, 1, 0]);
	});

	it("may have columns that lack buffers because they are null throughout", () => {
		const fields = [
			new arrow.Field("a", int32, true),
			new arrow.Field("b", person, true),
			new arrow.Field("c", utf8, true),
		];
		const schema = new arrow.Schema<arrow.TypeMap>(fields);
		const a = arrow.vectorFromArray([1, 2, 3], int32).data[0] as arrow.Data;
		const type = new arrow.Struct<arrow.TypeMap>(fields);
		const batch = new arrow.RecordBatch(
			schema,
			arrow.makeData({ type, length: 3, nullCount: 0, children: [a] as never }),
		);
		const read = codec.decode(encodedBytes([batch]));
		expect(read.batches.map(columnValues)).toEqual([
			[
				[1, 2, 3],
				[null, null, null],
				[null, null, null],
			],
		]);
	});
});

describe("what an entry carries besides rows", () => {
	it("the user's metadata of schema, fields and batches", () => {
		const field = new arrow.Field(
			"column",
			new arrow.List(new arrow.Field("item", int32, true, new Map([["deep", "1"]]))),
			true,
			new Map([
				["z", "1"],
				["a", "2"],
			]),
		);
		const schema = new arrow.Schema(
			[field],
			new Map([
				["unit", "m"],
				["source", "test"],
			]),
		);
		const source = batchOf([field], [arrow.vectorFromArray([[1]], field.type)]);
		const batch = new arrow.RecordBatch(schema, source.data, new Map([["batch", "yes"]]));
		const read = codec.decode(encodedBytes([batch]));
		expect(read.schema.metadata).toEqual(schema.metadata);
		expect(read.schema.fields[0]?.metadata).toEqual(field.metadata);
		expect(read.schema.fields[0]?.type.children[0]?.metadata).toEqual(new Map([["deep", "1"]]));
		expect(read.batches[0]?.metadata).toEqual(new Map([["batch", "yes"]]));
	});

	it("its header and its write id", () => {
		const header = { writerEpoch: 2n ** 64n - 1n, generation: 3n, fenceSentinel: false };
		const read = codec.decode(encodedBytes([columnBatch(int32, [1])], { header }));
		expect(read.header).toEqual(header);
		expect(read.writeId).toEqual(WRITE_ID);
	});

	it("nothing but a header, where it is a sentinel", () => {
		const read = codec.decode(encodedBytes([], { header: { writerEpoch: 3n, fenceSentinel: true } }));
		expect(read.header).toEqual({ writerEpoch: 3n, generation: undefined, fenceSentinel: true });
		expect([read.batches, read.rows, read.schema.fields]).toEqual([[], 0, []]);
	});

	it("a schema, where it has no batches", () => {
		const schema = new arrow.Schema([new arrow.Field("column", int32, true)]);
		const read = codec.decode(encodedBytes([], { schema }));
		expect([read.schema.fields.map(String), read.batches]).toEqual([["column: Int32"], []]);
	});
});

describe("an entry's bytes", () => {
	it("are the same for the same input, whatever ids its dictionaries have", () => {
		const make = () => encodedBytes([columnBatch(new arrow.Dictionary(utf8, int32), ["a", "b"])]);
		expect(make()).toEqual(make());
	});

	it("do not contain what lies outside a slice", () => {
		const values = Array.from({ length: 100_000 }, (_, index) => (index % 3 ? index : null));
		const slice = columnBatch(int32, values).slice(50_001, 50_011);
		expect(encodedBytes([slice])).toEqual(encodedBytes([columnBatch(int32, values.slice(50_001, 50_011))]));
	});

	it("do not change when somebody writes into the columns afterwards", () => {
		const values = Int32Array.of(1, 2, 3);
		const data = arrow.makeData({ type: int32, data: values, nullCount: 0 });
		const batch = batchOf([new arrow.Field("column", int32, true)], [new arrow.Vector([data])]);
		const entry = codec.encode({ schema: batch.schema, batches: [batch], header: HEADER, writeId: WRITE_ID });
		values.fill(9);
		expect(codec.decode(entry.bytes.slice()).batches.map(columnValues)).toEqual([[[1, 2, 3]]]);
		entry.release();
	});

	it("may start anywhere in their buffer when they are decoded", () => {
		const bytes = encodedBytes([columnBatch(new arrow.Int64(), [1n, null, 3n])]);
		const shifted = new Uint8Array(bytes.length + 3).subarray(3);
		shifted.set(bytes);
		expect(codec.decode(shifted).batches.map(columnValues)).toEqual([[[1n, null, 3n]]]);
	});
});
