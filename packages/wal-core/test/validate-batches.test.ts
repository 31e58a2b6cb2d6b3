import { isWalError } from "@memwal/wal-runtime";
import * as arrow from "apache-arrow";
import { describe, expect, test } from "vitest";
import { validateBatches } from "../src/validate-batches.ts";

const { Field, Schema, RecordBatch, Struct } = arrow;

const id = new Field("id", new arrow.Int32());
const name = new Field("name", new arrow.Utf8(), true);

/** A batch of these fields whose values are of no interest. */
function batchOf(fields: readonly arrow.Field[], rows = 1, metadata?: ReadonlyMap<string, string>): arrow.RecordBatch {
	const children = fields.map(({ type }) => arrow.makeData({ type, length: rows, nullCount: 0 } as never));
	const data = arrow.makeData({ type: new Struct([...fields]), length: rows, nullCount: 0, children });
	return new RecordBatch(new Schema([...fields], new Map(metadata)), data);
}

function problemOf(batches: readonly arrow.RecordBatch[]): string {
	try {
		validateBatches(batches);
	} catch (error) {
		if (!isWalError(error, "WAL_INVALID")) throw error;
		return error.message;
	}
	throw new Error("the batches were taken");
}

test("good batches say what the entry will be: the first one's schema, and all rows", () => {
	const first = batchOf([id, name], 4, new Map([["source", "gate 3"]]));
	const { schema, rows } = validateBatches([first, batchOf([id, name], 2)]);
	expect(schema).toBe(first.schema);
	expect(rows).toBe(6);
});

test("a schema that is given takes the place of the first one's, and every batch has its fields", () => {
	const given = batchOf([id, name], 1, new Map([["source", "gate 4"]])).schema;
	const { schema, rows } = validateBatches([batchOf([id, name], 4), batchOf([id, name], 2)], given);
	expect([schema, rows]).toEqual([given, 6]);
	expect(() => validateBatches([batchOf([id])], given)).toThrow('batch 0 lacks field "name"; the batches');
	expect(() => validateBatches([batchOf([id])], given)).toThrow("of the schema that was given");
});

test("batches whose fields are equal but not the same are compared, however many there are", () => {
	const copy = () => new Field("id", new arrow.Int32());
	expect(validateBatches([batchOf([id]), batchOf([copy()]), batchOf([copy()]), batchOf([id])]).rows).toBe(4);
	const other = new Field("id", new arrow.Int32(), true);
	expect(problemOf([batchOf([id]), batchOf([copy()]), batchOf([other])])).toContain("batch 2");
});

test("an empty list is refused", () => {
	expect(problemOf([])).toContain("no batch");
});

test("a batch without rows is refused and named", () => {
	expect(problemOf([batchOf([id]), batchOf([id], 0)])).toContain("batch 1 has no rows");
});

test("a batch without columns is refused: it could not be told from a sentinel", () => {
	expect(problemOf([batchOf([], 3)])).toContain("the schema has no columns");
});

describe("what is no array of record batches is a TypeError", () => {
	const table = new arrow.Table([batchOf([id])]);
	test.each<[string, unknown]>([
		["a single batch", batchOf([id])],
		["a table", table],
		["undefined", undefined],
		["null", null],
		["a set of batches", new Set([batchOf([id])])],
	])("%s", (_what, batches) => {
		expect(() => validateBatches(batches as arrow.RecordBatch[])).toThrow(TypeError);
	});

	test.each<[string, unknown]>([
		["a table", table],
		["a plain row", { id: 1 }],
		["a schema", batchOf([id]).schema],
		["a column", batchOf([id]).data],
		["nothing", undefined],
		["a hole", null],
		["text", "rows"],
	])("%s among the batches, by its index", (_what, value) => {
		const mixed = [batchOf([id]), value] as arrow.RecordBatch[];
		expect(() => validateBatches(mixed)).toThrow(TypeError);
		expect(() => validateBatches(mixed)).toThrow("batch 1");
	});
});

describe("batches with other fields than the first are refused, and the difference is named", () => {
	const list = (item: arrow.Field) => new Field("tags", new arrow.List(item), true);
	const union = (...typeIds: number[]) => new Field("u", new arrow.SparseUnion(typeIds, [id, name]), true);
	const seconds = (zone?: string | null) => new Field("t", new arrow.TimestampSecond(zone), true);
	const coded = (indices: arrow.Int8 | arrow.Int16, ordered = false) =>
		new Field("c", new arrow.Dictionary(new arrow.Utf8(), indices as arrow.Int8, 1, ordered), true);
	const withNote = new Field("id", new arrow.Int32(), false, new Map([["unit", "m"]]));

	test.each<[string, arrow.Field[], arrow.Field[], string]>([
		["a missing field", [id, name], [id], 'lacks field "name"'],
		["a field too many", [id], [id, name], 'has field "name" in addition'],
		["another order", [id, name], [name, id], 'has field "name" in place of "id"'],
		["another name", [id], [new Field("ID", new arrow.Int32())], 'has field "ID" in place of "id"'],
		["another type", [id], [new Field("id", new arrow.Utf8())], 'has type Utf8 in place of Int32 for field "id"'],
		["another width", [id], [new Field("id", new arrow.Int64())], "Int64 in place of Int32"],
		["another sign", [id], [new Field("id", new arrow.Uint32())], "Uint32 in place of Int32"],
		["another precision", [new Field("x", new arrow.Float32())], [new Field("x", new arrow.Float64())], "Float64"],
		[
			"another decimal",
			[new Field("x", new arrow.Decimal(2, 9))],
			[new Field("x", new arrow.Decimal(3, 9))],
			"Decimal",
		],
		["another unit", [seconds()], [new Field("t", new arrow.TimestampMillisecond(), true)], "Timestamp"],
		["another time zone", [seconds("UTC")], [seconds("Asia/Tokyo")], "Asia/Tokyo"],
		["a time zone where there was none", [seconds()], [seconds("UTC")], "UTC"],
		[
			"other bytes",
			[new Field("b", new arrow.FixedSizeBinary(4))],
			[new Field("b", new arrow.FixedSizeBinary(8))],
			"[8]",
		],
		["other nullability", [id], [new Field("id", new arrow.Int32(), true)], 'has field "id" nullable'],
		["metadata that the first lacks", [id], [withNote], 'other metadata under "unit" for field "id"'],
		["metadata that the first has", [withNote], [id], 'other metadata under "unit" for field "id"'],
		[
			"another item type",
			[list(id)],
			[list(new Field("id", new arrow.Int8()))],
			'Int8 in place of Int32 for field "tags.id"',
		],
		[
			"another item name",
			[list(id)],
			[list(new Field("item", new arrow.Int32()))],
			'"tags.item" in place of "tags.id"',
		],
		["another union's type ids", [union(0, 1)], [union(0, 5)], 'for field "u"'],
		["other dictionary indices", [coded(new arrow.Int8())], [coded(new arrow.Int16())], 'for field "c"'],
		["an ordered dictionary", [coded(new arrow.Int8())], [coded(new arrow.Int8(), true)], 'for field "c"'],
	])("%s", (_what, first, second, problem) => {
		const message = problemOf([batchOf(first), batchOf(second)]);
		expect(message).toContain("batch 1");
		expect(message).toContain(problem);
	});

	test("but not for a difference that says nothing", () => {
		const numbered = (dictionaryId: number) =>
			new Field("c", new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8(), dictionaryId), true);
		expect(validateBatches([batchOf([seconds()]), batchOf([seconds(null)])]).rows).toBe(2);
		expect(validateBatches([batchOf([numbered(1)]), batchOf([numbered(2)])]).rows).toBe(2);
		expect(validateBatches([batchOf([id]), batchOf([id], 1, new Map([["a", "b"]]))]).rows).toBe(2);
	});
});

test("batches of another copy of apache-arrow are judged by their shape", () => {
	const ours = batchOf([id, name], 3);
	const theirs = withoutClasses(ours);
	expect(theirs instanceof RecordBatch).toBe(false);
	expect(validateBatches([ours, theirs]).rows).toBe(6);
	expect(problemOf([theirs, withoutClasses(batchOf([id]))])).toContain('lacks field "name"');
});

test.each([
	"writer_epoch",
	"fence_sentinel",
	"generation",
	"mem_wal_target_generation",
	"mem_wal_target_generation_dir",
	"mem_wal_target_data_file",
	"mem_wal_target_creator_epoch",
	"mem_wal_target_batch_capacity",
])("the metadata key %s is the log's own", (key) => {
	expect(problemOf([batchOf([id], 1, new Map([[key, "1"]]))])).toContain(`"${key}"`);
	expect(validateBatches([batchOf([id], 1, new Map([[`my_${key}`, "1"]]))]).rows).toBe(1);
});

test("nulls in a column that is declared without are refused: other engines could not read the entry", () => {
	const withNull = arrow.vectorFromArray([1, null], new arrow.Int32()).data[0] as arrow.Data<arrow.Int32>;
	const batch = (nullable: boolean) => {
		const field = new Field("id", new arrow.Int32(), nullable);
		const data = arrow.makeData({ type: new Struct([field]), length: 2, nullCount: 0, children: [withNull] });
		return new RecordBatch(new Schema([field]), data);
	};
	expect(problemOf([batch(false)])).toContain('batch 0 has nulls in column "id"');
	expect(validateBatches([batch(true)]).rows).toBe(2);
});

test("a column of type Null has no nulls to refuse", () => {
	expect(validateBatches([batchOf([new Field("n", new arrow.Null())], 2)]).rows).toBe(2);
});

/** What two copies of a library share of an object: its properties, getters included, and none of its classes. */
function withoutClasses(batch: arrow.RecordBatch): arrow.RecordBatch {
	const copied = new Map<object, object>();
	const copy = (value: unknown): unknown => {
		if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
		if (value instanceof Map) return new Map(value);
		if (Array.isArray(value)) return value.map(copy);
		const known = copied.get(value);
		if (known) return known;
		const plain: Record<string, unknown> = {};
		copied.set(value, plain);
		for (let level: object | null = value; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
			for (const key of Object.getOwnPropertyNames(level)) {
				if (key === "constructor" || key in plain) continue;
				const part = Reflect.get(level, key, value);
				if (typeof part !== "function") plain[key] = copy(part);
			}
		}
		return plain;
	};
	const { numRows, schema, data } = batch;
	const shape = copy({ numRows, schema, data }) as arrow.RecordBatch;
	// A Map's methods are the same in every copy; only apache-arrow's own classes differ.
	return shape;
}
