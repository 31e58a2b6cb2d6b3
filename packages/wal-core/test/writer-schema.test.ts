import { loadCodec } from "@memwal/wal-ipc-wasm";
import {
	Binary,
	Bool,
	type DataType,
	DateDay,
	DateMillisecond,
	Decimal,
	DenseUnion,
	Dictionary,
	DurationSecond,
	Field,
	FixedSizeBinary,
	FixedSizeList,
	Float16,
	Float32,
	Float64,
	Int8,
	Int16,
	Int32,
	Int64,
	IntervalDayTime,
	LargeBinary,
	LargeUtf8,
	List,
	Map_,
	Null,
	type RecordBatch,
	Schema,
	SparseUnion,
	Struct,
	TimeMicrosecond,
	TimeSecond,
	TimestampMillisecond,
	TimestampNanosecond,
	Uint8,
	Uint16,
	Uint32,
	Uint64,
	Utf8,
} from "apache-arrow";
import { describe, expect, it } from "vitest";
import { WriterSchema } from "../src/writer-schema.ts";
import { batchOf, TestLog } from "./test-log.ts";
import { batchFrom, openWriter, plantEntry, visibleIds } from "./test-writer.ts";

const field = (name: string, type: DataType = new Int32(), nullable = true, metadata = new Map<string, string>()) =>
	new Field(name, type, nullable, metadata);
const schemaOf = (...fields: Field[]) => new Schema(fields);
const codec = await loadCodec();
const writerSchema = (schema: Schema) => new WriterSchema(schema, codec);
const rowsOf = (batch: RecordBatch) => batch.toArray().map((row) => row?.toJSON());

const OLD = schemaOf(field("id"), field("a"), field("b"));
const old = batchFrom(OLD, { id: [1, 2], a: [10, null], b: [100, 200] });

describe("rows of the log", () => {
	it("are given the writer's columns by name: in another order, one too many, one too few", () => {
		const schema = schemaOf(field("b"), field("A"), field("c", new Utf8()), field("id"));
		const batch = writerSchema(schema).ofLog(old);
		expect(batch.schema).toEqual(schema);
		expect(rowsOf(batch)).toEqual([
			{ b: 100, A: null, c: null, id: 1 },
			{ b: 200, A: null, c: null, id: 2 },
		]);
	});

	it("lose a dropped column by its name, and not by its place", () => {
		const batch = writerSchema(schemaOf(field("id"), field("b"))).ofLog(old);
		expect(rowsOf(batch)).toEqual([
			{ id: 1, b: 100 },
			{ id: 2, b: 200 },
		]);
	});

	it("are slices, and stay those rows", () => {
		const batch = writerSchema(schemaOf(field("b"), field("c"), field("a"))).ofLog(old.slice(1, 2));
		expect(rowsOf(batch)).toEqual([{ b: 200, c: null, a: null }]);
	});

	it.each<[string, Schema, RegExp]>([
		["another type", schemaOf(field("a", new Int64())), /column "a" does not fit .*has type Int32 in place of Int64/],
		["another width", schemaOf(field("a", new Int16())), /Int32 in place of Int16/],
		["a sign less", schemaOf(field("a", new Uint32())), /Int32 in place of Uint32/],
		[
			"a column that is never null",
			schemaOf(field("c", new Int32(), false)),
			/lacks column "c", which .* is never null/,
		],
		["a promise that the rows break", schemaOf(field("a", new Int32(), false)), /nulls in column "a"/],
	])("that have %s are refused", (_, schema, message) => {
		const conform = () => writerSchema(schema).ofLog(old);
		expect(conform).toThrow(expect.objectContaining({ code: "WAL_INVALID" }));
		expect(conform).toThrow(message);
	});

	it("take the writer's word for what may be null, and for metadata", () => {
		const labels = new Map([["unit", "m"]]);
		const schema = new Schema([field("id", new Int32(), false, labels), field("b")], new Map([["made", "here"]]));
		const logged = new Schema([field("b", new Int32(), false, labels), field("id")], new Map([["made", "there"]]));
		const batch = writerSchema(schema).ofLog(batchFrom(logged, { id: [1], b: [2] }));
		expect([batch.schema, rowsOf(batch)]).toEqual([schema, [{ id: 1, b: 2 }]]);
	});

	it("may be labelled otherwise also inside of a column, as an engine does with the numbers of its fields", () => {
		const list = (label: Map<string, string>) => new FixedSizeList(2, field("item", new Float32(), true, label));
		const struct = (label: Map<string, string>, nullable: boolean) =>
			new Struct([field("x", new Int32(), nullable, label), field("y", list(label))]);
		const labelled = new Map([["lance:field_id", "3"]]);
		const schema = schemaOf(field("v", list(new Map())), field("s", struct(new Map(), true)));
		const logged = schemaOf(field("v", list(labelled), true, labelled), field("s", struct(labelled, false)));
		const values = {
			v: [[1, 2], null],
			s: [
				{ x: 1, y: [3, 4] },
				{ x: 2, y: null },
			],
		};
		const batch = writerSchema(schema).ofLog(batchFrom(logged, values));
		expect(batch.schema).toEqual(schema);
		expect([batch.getChild("v"), batch.getChild("s")].map((column) => column?.type)).toEqual(
			schema.fields.map(({ type }) => type),
		);
		expect(JSON.stringify(batch.toArray())).toBe(JSON.stringify(batchFrom(schema, values).toArray()));
	});

	it("may not be promised free of nulls inside of a column where the log does not say so", () => {
		const list = (nullable: boolean) => schemaOf(field("v", new List(field("item", new Int32(), nullable))));
		const batch = batchFrom(list(true), { v: [[1, 2]] });
		expect(() => writerSchema(list(false)).ofLog(batch)).toThrow(/field "v.item" nullable/);
		expect(() => writerSchema(list(false)).ofPut([batch])).toThrow(/field "v.item" nullable/);
	});
});

const ENTRIES = new Field("entries", new Struct([field("key", new Utf8(), false), field("value")]), false);
const TYPES: readonly DataType[] = [
	...[new Null(), new Bool(), new Int8(), new Int16(), new Int32(), new Int64()],
	...[new Uint8(), new Uint16(), new Uint32(), new Uint64(), new Float16(), new Float32(), new Float64()],
	...[new Utf8(), new LargeUtf8(), new Binary(), new LargeBinary(), new FixedSizeBinary(3)],
	...[new Decimal(2, 20, 128), new Decimal(2, 60, 256), new DateDay(), new DateMillisecond()],
	...[new TimeSecond(), new TimeMicrosecond(), new TimestampMillisecond("UTC"), new TimestampNanosecond()],
	...[new DurationSecond(), new IntervalDayTime(), new Dictionary(new Utf8(), new Int32())],
	...[new List(field("item")), new FixedSizeList(2, field("item", new Float32())), new Map_(ENTRIES)],
	new Struct([field("a"), field("b", new Utf8(), false)]),
];

describe("a column that the log lacks", () => {
	it.each(TYPES.map((type) => [String(type), type] as const))("is null in every row: %s", async (_, type) => {
		const log = new TestLog();
		const first = await openWriter(log);
		await log.clock.run(first.put([batchOf(1, 2, 3)]));
		const schema = schemaOf(field("id"), field("added", type));
		const second = await openWriter(log, { schema });
		for await (const batch of second.scan()) {
			expect(String(batch.schema.fields[1]?.type)).toBe(String(type));
			expect([...(batch.getChild("added") ?? [])]).toEqual([null, null, null]);
		}
		expect((await second.get("added", null)).map(({ numRows }) => numRows)).toEqual([3]);
		await log.clock.run(second.close());
	});

	const children = [field("a"), field("b", new Utf8())];
	it.each<[string, DataType]>([
		["dense", new DenseUnion([0, 1], children)],
		["sparse", new SparseUnion([0, 1], children)],
	])("cannot be a union, which has no nulls of its own: %s", (_, type) => {
		const conform = () => writerSchema(schemaOf(field("id"), field("added", type))).ofLog(batchOf(1));
		expect(conform).toThrow(expect.objectContaining({ code: "WAL_UNSUPPORTED" }));
		expect(conform).toThrow(/column "added"/);
	});
});

describe("rows that the engine marks", () => {
	const marked = schemaOf(field("id"), field("_tombstone", new Bool(), false));

	it("as not deleted are rows like any other", async () => {
		const log = new TestLog();
		await openWriter(log);
		await plantEntry(log, 1n, 1n, [batchFrom(marked, { id: [1, 2], _tombstone: [false, false] })]);
		const writer = await openWriter(log);
		expect(await visibleIds(writer)).toEqual([1, 2]);
		for await (const batch of writer.scan()) expect(batch.schema.names).toEqual(["id"]);
		await log.clock.run(writer.close());
	});

	it("as deleted are refused: without them the log would say something else", () => {
		const schema = writerSchema(schemaOf(field("id")));
		const conform = (...tombstones: (boolean | null)[]) =>
			schema.ofLog(batchFrom(marked, { id: tombstones.map((_, row) => row), _tombstone: tombstones }));
		expect(() => conform(false, true)).toThrow(expect.objectContaining({ code: "WAL_UNSUPPORTED" }));
		expect(() => conform(false, true)).toThrow(/deletes/);
		expect(conform(false, null, false).numRows).toBe(3);
		expect(schema.ofLog(batchFrom(marked, { id: [1, 2], _tombstone: [true, false] }).slice(1, 2)).numRows).toBe(1);
	});

	it("are given as they are to a writer whose schema has the mark itself", () => {
		const batch = batchFrom(marked, { id: [1, 2], _tombstone: [false, true] });
		expect(rowsOf(writerSchema(marked).ofLog(batch))).toEqual(rowsOf(batch));
	});
});

describe("batches of a put", () => {
	it("that have the schema are taken as they are, whoever made the schema", () => {
		const schema = writerSchema(OLD);
		const copy = batchFrom(schemaOf(field("id"), field("a"), field("b")), { id: [1], a: [1], b: [1] });
		const taken = schema.ofPut([old, copy]);
		expect([taken[0] === old, taken[1] === copy]).toEqual([true, true]);
	});

	it("that are labelled otherwise are taken under the schema's labels, without a copy of their values", () => {
		const labelled = schemaOf(
			field("id", new Int32(), false),
			field("a", new Int32(), true, new Map([["unit", "m"]])),
			field("b"),
		);
		const given = batchFrom(labelled, { id: [1], a: [2], b: [3] });
		const [taken] = writerSchema(OLD).ofPut([given]);
		expect([taken?.schema, taken && rowsOf(taken)]).toEqual([OLD, rowsOf(given)]);
		expect(taken?.data.children[1]?.values).toBe(given.data.children[1]?.values);
	});

	it("are judged one by one, although they share a schema", () => {
		const schema = writerSchema(schemaOf(field("id", new Int32(), false)));
		const nullable = schemaOf(field("id"));
		expect(schema.ofPut([batchFrom(nullable, { id: [1] })])).toHaveLength(1);
		const bad = batchFrom(nullable, { id: [1, null] });
		expect(() => schema.ofPut([batchFrom(nullable, { id: [2] }), bad])).toThrow(/batch 1 has nulls in column "id"/);
		expect(schema.ofPut([bad.slice(0, 1)])[0]?.numRows).toBe(1);
	});
});
