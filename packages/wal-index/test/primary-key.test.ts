import { IndexStore, type IndexStoreOptions } from "@memwal/wal-index";
import * as arrow from "apache-arrow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyStore } from "../src/key-store.ts";
import { type TupleSource, tupleKeys } from "../src/primary-key-columns.ts";
import { batchOf, boolData, bytesData, dictionaryData, fixedData } from "./arrow-data.ts";
import { float64, int32, int64, uint32, utf8 } from "./columns.ts";
import { stored } from "./stored-batches.ts";

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("hex");

/** The keys of the rows of some columns, as an index makes them. */
function encoded(...columns: readonly arrow.Data[]): string[] {
	const keys = new KeyStore();
	const keyClass = tupleKeys(columns.map(({ type }, i) => ({ name: `c${i}`, type })));
	const rows = columns[0]?.length ?? 0;
	if (keyClass.reader.read({ columns } as unknown as TupleSource, 0, rows, keys) !== rows)
		throw new Error("one step was not enough");
	return Array.from({ length: rows }, (_, row) => hex(keys.key(row)));
}

async function storeOf(options: IndexStoreOptions, ...batches: readonly arrow.RecordBatch[]): Promise<IndexStore> {
	const store = new IndexStore(options);
	await store.insertBatches(stored(batches));
	return store;
}

describe("the encoding of a primary key", () => {
	it("of the reference's tuples is the reference's, byte by byte", () => {
		expect(encoded(int32([1]), utf8(["a"]))).toEqual(["01800000000000000101610000"]);
		expect(encoded(int32([-1]), utf8([""]))).toEqual(["017fffffffffffffff010000"]);
		expect(encoded(utf8(["a\0b"]), uint32([5]))).toEqual(["016100ff620000010000000000000005"]);
		expect(encoded(int32([null]), boolData([true]))).toEqual(["000101"]);
	});

	it("is the same for a number of any width, and for what counts as one", () => {
		const int8 = fixedData(new arrow.Int8(), 1, [-2], (view, at, value) => view.setInt8(at, value));
		const day = fixedData(new arrow.DateDay(), 4, [-2], (view, at, value) => view.setInt32(at, value, true));
		const wide = [new arrow.DateMillisecond(), new arrow.TimestampMicrosecond(), new arrow.DurationSecond()].map(
			(type) => fixedData(type, 8, [-2n], (view, at, value) => view.setBigInt64(at, value, true)),
		);
		for (const column of [int8, int32([-2]), int64([-2]), day, ...wide])
			expect(encoded(column)).toEqual(["017ffffffffffffffe"]);
		const unsigned = fixedData(new arrow.Uint64(), 8, [2n ** 64n - 2n], (view, at, value) =>
			view.setBigUint64(at, value, true),
		);
		expect([encoded(unsigned), encoded(uint32([7]))]).toEqual([["01fffffffffffffffe"], ["010000000000000007"]]);
	});

	it("is the same for bytes of any kind, and for those of a dictionary", () => {
		const bytes = Uint8Array.of(0, 1, 0);
		const fixed = fixedData(new arrow.FixedSizeBinary(3), 3, [bytes], (view, at, value) => {
			for (const [i, byte] of value.entries()) view.setUint8(at + i, byte);
		});
		expect([encoded(fixed), encoded(bytesData(new arrow.LargeBinary(), [bytes]))]).toEqual([
			["0100ff0100ff0000"],
			["0100ff0100ff0000"],
		]);
		const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32());
		const column = dictionaryData(type, ["b", null, "a", null], (a, b) => a === b, utf8);
		expect(encoded(column)).toEqual(["01620000", "00", "01610000", "00"]);
	});

	it("is ordered as the tuples are", () => {
		const text = fc.option(fc.string({ unit: fc.constantFrom("\0", "a", "\x01", "ÿ"), maxLength: 3 }), { nil: null });
		const number = fc.option(fc.oneof(fc.integer(), fc.integer({ min: -2, max: 2 })), { nil: null });
		const flag = fc.option(fc.boolean(), { nil: null });
		const compare = (a: unknown, b: unknown): number => {
			if (a === b) return 0;
			if (a === null || b === null) return a === null ? -1 : 1;
			if (typeof a === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
			return (a as number) < (b as number) ? -1 : 1;
		};
		fc.assert(
			fc.property(fc.array(fc.tuple(text, number, flag), { minLength: 2, maxLength: 30 }), (tuples) => {
				const keys = encoded(
					utf8(tuples.map(([first]) => first)),
					int32(tuples.map(([, second]) => second)),
					boolData(tuples.map(([, , third]) => third)),
				);
				const order = (rows: number[], by: (a: number, b: number) => number) =>
					[...rows].sort((a, b) => by(a, b) || a - b);
				const rows = [...tuples.keys()];
				const byTuple = (a: number, b: number) =>
					[0, 1, 2].map((i) => compare(tuples[a]?.[i], tuples[b]?.[i])).find((order) => order !== 0) ?? 0;
				expect(order(rows, (a, b) => compare(keys[a], keys[b]))).toEqual(order(rows, byTuple));
				const sameKeys = rows.map((row) => keys.indexOf(keys[row] as string));
				expect(sameKeys).toEqual(rows.map((row) => rows.findIndex((other) => byTuple(row, other) === 0)));
			}),
		);
	});
});

describe("a primary key of one column", () => {
	it("leads to its newest visible row", async () => {
		const store = await storeOf({ primaryKey: "id" }, batchOf({ id: int64([1, 2, 1]) }));
		expect([store.pkNewestVisible([1n], 6), store.pkNewestVisible([1], 1), store.pkNewestVisible([9n], 3)]).toEqual([
			2,
			0,
			undefined,
		]);
		expect([store.pkIsNewest([1n], 2, 3), store.pkIsNewest([1n], 0, 3), store.pkIsNewest([1n], 0, 2)]).toEqual([
			true,
			false,
			true,
		]);
		expect([store.pkContains([2n], 3), store.pkContains([2n], 1), store.pkContains([7n], 3)]).toEqual([
			true,
			false,
			false,
		]);
		expect(store.names).toEqual(["__pk__id"]);
		expect(store.get("id", 1, 3)).toEqual([0, 2]);
	});

	it("uses the index over its column, whatever that is called", async () => {
		const batch = batchOf({ id: utf8(["a", "b", "a"]), other: int32([1, 2, 3]) });
		const store = await storeOf(
			{ primaryKey: ["id"], indexes: [{ column: "other" }, { column: "id", name: "by id" }] },
			batch,
		);
		expect(store.names).toEqual(["other", "by id"]);
		expect([store.pkNewestVisible(["a"], 3), store.pkHasOverrides]).toEqual([2, true]);
	});

	it("may be of a type that has an order and no place in a tuple", async () => {
		const store = await storeOf({ primaryKey: "x" }, batchOf({ x: float64([0, -0, 0.5]) }));
		expect([store.pkNewestVisible([0], 3), store.pkNewestVisible([-0], 3), store.pkHasOverrides]).toEqual([
			0,
			1,
			false,
		]);
	});

	it("has null for a key like any other", async () => {
		const store = await storeOf({ primaryKey: "id" }, batchOf({ id: int32([null, 1]) }));
		expect([store.pkNewestVisible([null], 2), store.pkHasOverrides]).toEqual([0, false]);
		await store.insertBatches(stored([batchOf({ id: int32([null]) })], 1, 2));
		expect([store.pkNewestVisible([null], 3), store.pkHasOverrides]).toEqual([2, true]);
	});
});

describe("a primary key of several columns", () => {
	const batch = batchOf({ name: utf8(["a", "b", "a"]), id: int64([1, 1, 1]) });

	it("seeks the encoded tuple", async () => {
		const store = await storeOf({ primaryKey: ["id", "name"] }, batch);
		expect([
			store.pkNewestVisible([1n, "a"], 3),
			store.pkNewestVisible([1, "a"], 2),
			store.pkNewestVisible([1n, "b"], 3),
		]).toEqual([2, 0, 1]);
		expect([
			store.pkNewestVisible([1n, "c"], 3),
			store.pkNewestVisible([2n, "a"], 3),
			store.pkContains([1n, "a"], 0),
		]).toEqual([undefined, undefined, false]);
		expect([store.names, store.get("id", 1, 3)]).toEqual([["__pk_key__"], undefined]);
	});

	it("knows nulls among its values, and that numbers of other sizes are in no row", async () => {
		const rows = batchOf({ id: int32([null, 7, null]), name: utf8(["a", null, "a"]) });
		const store = await storeOf({ primaryKey: ["id", "name"] }, rows);
		expect([
			store.pkNewestVisible([null, "a"], 3),
			store.pkNewestVisible([7, null], 3),
			store.pkNewestVisible([null, null], 3),
		]).toEqual([2, 1, undefined]);
		expect([store.pkContains([2 ** 40, "a"], 3), store.pkContains([-(2 ** 40), null], 3)]).toEqual([false, false]);
	});

	it.each([
		["too few values", [1n], "has 2 columns (id, name)"],
		["too many", [1n, "a", 1], "has 2 columns"],
		["no list of values", "1a", "has 2 columns"],
		[
			"text for a number",
			["1", "a"],
			'column "id" (int64) of the primary key is looked up by a whole number or bigint',
		],
		["a number for text", [1n, 5], 'column "name" (text) of the primary key'],
		["nothing for a number", [undefined, "a"], 'column "id" (int64)'],
	])("given %s is a TypeError", async (_, values, message) => {
		const store = await storeOf({ primaryKey: ["id", "name"] }, batch);
		expect(() => store.pkNewestVisible(values as never, 3)).toThrow(TypeError);
		expect(() => store.pkNewestVisible(values as never, 3)).toThrow(message);
	});
});

describe("overrides", () => {
	const ids = (...values: (number | null)[]) =>
		batchOf({ id: int32(values), name: utf8(values.map(() => "n")), x: int32(values) });

	it.each([
		["of one column, with an index over another", { primaryKey: "id", indexes: [{ column: "x" }] }],
		["of one column, without an index", { primaryKey: "id" }],
		["of one column, with an index over it", { primaryKey: "id", indexes: [{ column: "id" }] }],
		["of several columns", { primaryKey: ["name", "id"] }],
	] as [string, IndexStoreOptions][])(
		"of a key %s are noticed within a batch and across batches, and for good",
		async (_, options) => {
			const within = await storeOf(options, ids(1, 2, 3, 2));
			expect(within.pkHasOverrides).toBe(true);
			const across = await storeOf(options, ids(1, 2, 3), ids(4, 5));
			expect(across.pkHasOverrides).toBe(false);
			await across.insertBatches(stored([ids(6)], 2, 5));
			expect(across.pkHasOverrides).toBe(false);
			await across.insertBatches(stored([ids(3)], 3, 6));
			expect(across.pkHasOverrides).toBe(true);
			await across.insertBatches(stored([ids(7)], 4, 7));
			expect(across.pkHasOverrides).toBe(true);
		},
	);

	it("are found wherever the earlier row is, among many", async () => {
		const count = 5000;
		const order = Array.from({ length: count }, (_, i) => (i * 2357) % count);
		for (const again of [0, 1, 1234, count - 1]) {
			for (const primaryKey of ["id", ["name", "id"]]) {
				const batches = Array.from({ length: 50 }, (_, part) => ids(...order.slice(part * 100, part * 100 + 100)));
				const store = await storeOf({ primaryKey }, ...batches);
				expect(store.pkHasOverrides).toBe(false);
				await store.insertBatches(stored([ids(again)], 50, count));
				expect(store.pkHasOverrides).toBe(true);
			}
		}
	});
});

describe("a primary key that cannot be", () => {
	const schema = batchOf({ id: int32([1]), x: float64([1]), name: utf8(["a"]) }).schema;

	it("of several columns is refused for the column's type, by name", () => {
		expect(() => new IndexStore({ primaryKey: ["id", "x"] }).validate(schema)).toThrow(
			expect.objectContaining({
				code: "WAL_UNSUPPORTED",
				message: expect.stringMatching(/"x" of the primary key has the type Float64.*order-preserving key encoding/),
			}),
		);
	});

	it("is refused for a column that is not there", () => {
		for (const primaryKey of ["nope", ["id", "nope"]]) {
			expect(() => new IndexStore({ primaryKey }).validate(schema)).toThrow(
				expect.objectContaining({ code: "WAL_INVALID", message: expect.stringContaining('no column "nope"') }),
			);
		}
	});

	it("is refused at once without columns, with one twice, or without names", () => {
		const invalid = expect.objectContaining({ code: "WAL_INVALID" });
		expect(() => new IndexStore({ primaryKey: [] })).toThrow(invalid);
		expect(() => new IndexStore({ primaryKey: ["id", "id"] })).toThrow(invalid);
		expect(() => new IndexStore({ primaryKey: [1] as never })).toThrow(TypeError);
		expect(() => new IndexStore({ primaryKey: {} as never })).toThrow(TypeError);
	});

	it("is asked for only where there is one, which nobody can add to rows that are there", () => {
		const store = new IndexStore({ indexes: [{ column: "id" }] });
		expect(() => store.pkNewestVisible([1], 1)).toThrow(TypeError);
		expect(() => store.pkHasOverrides).toThrow("give its columns to the constructor");
	});
});
