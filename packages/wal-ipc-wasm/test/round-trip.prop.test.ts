import * as arrow from "apache-arrow";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { batchOf, codec, columnValues, encodedBytes } from "./sample-entries.ts";

interface Column {
	readonly type: arrow.DataType;
	readonly value: fc.Arbitrary<unknown>;
}

const leaves: readonly Column[] = [
	{ type: new arrow.Bool(), value: fc.boolean() },
	{ type: new arrow.Int8(), value: fc.integer({ min: -128, max: 127 }) },
	{ type: new arrow.Uint32(), value: fc.integer({ min: 0, max: 2 ** 32 - 1 }) },
	{ type: new arrow.Int64(), value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
	{ type: new arrow.Float64(), value: fc.double() },
	{ type: new arrow.Utf8(), value: fc.string({ unit: "binary", maxLength: 8 }) },
	{ type: new arrow.LargeUtf8(), value: fc.string({ maxLength: 8 }) },
	{ type: new arrow.Binary(), value: fc.uint8Array({ maxLength: 8 }) },
	{ type: new arrow.TimestampMillisecond("UTC"), value: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }) },
	{ type: new arrow.Null(), value: fc.constant(null) },
];

const nullable = (value: fc.Arbitrary<unknown>) => fc.option(value, { nil: null, freq: 3 });

const dictionary = fc.constantFrom("a", "b", "c").map((only) => ({
	type: new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()),
	value: fc.constantFrom(only, "x", "y"),
}));

const column: fc.Arbitrary<Column> = fc.letrec<{ column: Column; list: Column; struct: Column }>((tie) => ({
	column: fc.oneof({ maxDepth: 2 }, fc.constantFrom(...leaves), dictionary, tie("list"), tie("struct")),
	list: tie("column").map(({ type, value }) => ({
		type: new arrow.List(new arrow.Field("item", type, true)),
		value: fc.array(nullable(value), { maxLength: 3 }),
	})),
	struct: fc.array(tie("column"), { minLength: 1, maxLength: 3 }).map((children) => ({
		type: new arrow.Struct<arrow.TypeMap>(children.map(({ type }, index) => new arrow.Field(`f${index}`, type, true))),
		value: fc.record(Object.fromEntries(children.map(({ value }, index) => [`f${index}`, nullable(value)]))),
	})),
})).column;

const batches: fc.Arbitrary<arrow.RecordBatch[]> = fc
	.tuple(
		fc.array(column, { minLength: 1, maxLength: 4 }),
		fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 3 }),
	)
	.chain(([columns, sizes]) => {
		const fields = columns.map(({ type }, index) => new arrow.Field(`column ${index}`, type, true));
		const batch = (rows: number) =>
			fc
				.tuple(
					fc.tuple(...columns.map(({ value }) => fc.array(nullable(value), { minLength: rows, maxLength: rows }))),
					fc.integer({ min: 0, max: rows - 1 }),
				)
				.map(([values, begin]) => {
					const vectors = values.map((rows, index) =>
						arrow.vectorFromArray(rows, columns[index]?.type as arrow.DataType),
					);
					return batchOf(fields, vectors).slice(begin);
				});
		return fc.tuple(...sizes.map(batch));
	});

it("any batches of any types, sliced anywhere, come back value for value", () => {
	fc.assert(
		fc.property(batches, (given) => {
			const bytes = encodedBytes(given);
			expect(Buffer.compare(bytes, encodedBytes(given))).toBe(0);
			expect(codec.decode(bytes).batches.map(columnValues)).toEqual(given.map(columnValues));
		}),
		{ numRuns: 100 },
	);
	expect(codec.outstandingLeases).toBe(0);
});
