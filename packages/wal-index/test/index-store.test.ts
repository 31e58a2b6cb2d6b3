import { IndexStore, type StoredBatch } from "@memwal/wal-index";
import { realClock } from "@memwal/wal-runtime";
import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { batchOf } from "./arrow-data.ts";
import { int32, int64, utf8 } from "./columns.ts";
import { stored } from "./stored-batches.ts";

function batch(first: number, rows: number): arrow.RecordBatch {
	const ids = Array.from({ length: rows }, (_, i) => first + i);
	return batchOf({ id: int32(ids), name: utf8(ids.map((id) => `name ${id % 3}`)) });
}

const twoIndexes = () => new IndexStore({ indexes: [{ column: "id" }, { column: "name", name: "names" }] });

describe("the indexes of a memtable", () => {
	it("count a batch when every one of them has it, and find its rows", async () => {
		const store = twoIndexes();
		expect([store.indexed, store.bytes]).toEqual([0, 0]);
		const insertion = await store.insertBatches(stored([batch(0, 5), batch(5, 5), batch(10, 5)]));
		expect([store.indexed, insertion.rows]).toEqual([3, 15]);
		expect([store.get("id", 7, 15), store.get("name", "name 1", 15), store.range("id", { gte: 13 }, 15)]).toEqual([
			[7],
			[1, 4, 7, 10, 13],
			[13, 14],
		]);
		expect([store.get("id", 7, 7), store.range("id", { gte: 13 }, 14)]).toEqual([[], [13]]);
		expect([store.get("other", 1, 15), store.range("other", {}, 15)]).toEqual([undefined, undefined]);
		expect(store.bytes).toBeGreaterThan(15 * 12 * 2);
	});

	it("are found by name and by column", () => {
		const store = twoIndexes();
		expect(store.names).toEqual(["id", "names"]);
		expect([store.index("names")?.column, store.index("name"), store.index("id")?.name]).toEqual([
			"name",
			undefined,
			"id",
		]);
		expect([store.indexOn("name")?.name, store.indexOn("names")]).toEqual(["names", undefined]);
	});

	it("may be none: batches count nevertheless", async () => {
		const store = new IndexStore();
		const { rows, perIndexMs } = await store.insertBatches(stored([batch(0, 2), batch(2, 3)]));
		expect([store.indexed, rows, perIndexMs, store.names, store.bytes]).toEqual([2, 5, {}, [], 0]);
	});

	it.each([
		["inline", 8],
		["in steps", 5000],
	])("take every row once, %s, and say how long each took", async (_, rows) => {
		const store = twoIndexes();
		const all = stored([batch(0, rows), batch(rows, rows), batch(2 * rows, rows)]);
		const insertion = await store.insertBatches(all);
		expect([store.indexed, insertion.rows]).toEqual([3, 3 * rows]);
		expect(Object.keys(insertion.perIndexMs)).toEqual(["id", "names"]);
		const times = Object.values(insertion.perIndexMs);
		expect(
			Math.min(...times, insertion.durationMs - (times[0] as number) - (times[1] as number)),
		).toBeGreaterThanOrEqual(-1e-6);
		expect(store.range("id", {}, 3 * rows)).toEqual(Array.from({ length: 3 * rows }, (_unused, i) => i));
		expect(store.index("names")?.size).toBe(3 * rows);
	});

	it("skip what they have: the same batches again add no row, in no index", async () => {
		const store = twoIndexes();
		const all = stored([batch(0, 5), batch(5, 5), batch(10, 5)]);
		await store.insertBatches(all.slice(0, 2));
		expect((await store.insertBatches(all.slice(0, 2))).rows).toBe(0);
		expect((await store.insertBatches(all)).rows).toBe(5);
		expect((await store.insertBatches([])).rows).toBe(0);
		expect([store.indexed, store.get("name", "name 0", 100)]).toEqual([3, [0, 3, 6, 9, 12]]);
	});

	it("advance to the position after the batch, and stay where they are without one", async () => {
		const store = twoIndexes();
		const all = stored(Array.from({ length: 11 }, (_, i) => batch(i, 1)));
		await store.insertBatches(all.slice(0, 6));
		expect(store.indexed).toBe(6);
		await store.insertBatches(all.slice(6));
		expect(store.indexed).toBe(11);
		await store.insertBatches([]);
		expect(store.indexed).toBe(11);
	});

	it("refuse a batch beyond the next one, and go on with that", async () => {
		const store = twoIndexes();
		const all = stored([batch(0, 5), batch(5, 5), batch(10, 5)]);
		const missing = (position: number) =>
			expect.objectContaining({ code: "WAL_INTERNAL", message: `missing batch position ${position}` });
		await expect(store.insertBatches(all.slice(1))).rejects.toThrow(missing(0));
		await store.insertBatches(all.slice(0, 1));
		await expect(store.insertBatches([all[2] as StoredBatch])).rejects.toThrow(missing(1));
		await expect(store.insertBatches([all[0], all[2], all[1]] as StoredBatch[])).rejects.toThrow(missing(1));
		expect([store.indexed, store.get("id", 12, 100)]).toEqual([1, []]);
		const moved = { ...(all[1] as StoredBatch), firstRow: 6 };
		await expect(store.insertBatches([moved])).rejects.toThrow("batch 1 begins with row 6, not with row 5");
		await store.insertBatches(all.slice(1));
		expect([store.indexed, store.get("id", 12, 100)]).toEqual([3, [12]]);
	});

	it("run calls one at a time, in the order in which they came", async () => {
		const store = twoIndexes();
		const all = stored(Array.from({ length: 40 }, (_, i) => batch(i * 1000, 1000)));
		const done: number[] = [];
		const calls = all.map(async (one, i) => {
			const { rows } = await store.insertBatches([one]);
			done.push(i);
			return rows;
		});
		expect(await Promise.all(calls)).toEqual(all.map(() => 1000));
		expect([done, store.indexed]).toEqual([[...all.keys()], 40]);
		expect(store.range("id", {}, 40_000)).toEqual(Array.from({ length: 40_000 }, (_, i) => i));
	});

	it("take columns from wherever they stand in a batch", async () => {
		const store = new IndexStore({ indexes: [{ column: "b" }] });
		await store.insertBatches(
			stored([
				batchOf({ a: int32([1]), b: int32([2]) }),
				batchOf({ b: int32([3]), a: int32([4]) }),
				batchOf({ b: int32([5]) }),
			]),
		);
		expect([2, 3, 5, 1, 4].map((value) => store.get("b", value, 3))).toEqual([[0], [1], [2], [], []]);
	});

	it("take batches without rows", async () => {
		const store = twoIndexes();
		await store.insertBatches(stored([batch(0, 0), batch(0, 2), batch(0, 0)]));
		expect([store.indexed, store.get("id", 1, 9)]).toEqual([3, [1]]);
	});
});

describe("an index that fails", () => {
	const good = batch(0, 3);
	const wrong = batchOf({ id: int32([7, 8]), name: int32([1, 2]) });

	it("leaves the count where it is, and none of the batch's rows to be seen", async () => {
		const store = twoIndexes();
		await store.insertBatches(stored([good]));
		await expect(store.insertBatches(stored([wrong], 1, 3))).rejects.toThrow(
			expect.objectContaining({ code: "WAL_INVALID" }),
		);
		expect(store.indexed).toBe(1);
		// The index over "id" has read the rows, and nobody sees them.
		expect([store.get("id", 7, 100), store.range("id", {}, 100), store.index("id")?.size]).toEqual([[], [0, 1, 2], 3]);
	});

	it("counts none of the batches that came with the one it failed on", async () => {
		const store = twoIndexes();
		await expect(store.insertBatches(stored([good, wrong]))).rejects.toThrow(
			'column "name" has int32 values, and its index is one of text',
		);
		expect([store.indexed, store.get("id", 1, 100)]).toEqual([0, []]);
	});

	it("makes every later call fail with the same error, those that wait as well", async () => {
		const store = twoIndexes();
		const first = store.insertBatches(stored([wrong, good])).catch((error: unknown) => error);
		const second = store.insertBatches(stored([good], 2, 5)).catch((error: unknown) => error);
		const error = await first;
		expect([error instanceof Error, await second]).toEqual([true, error]);
		await expect(store.insertBatches([])).rejects.toBe(error);
		await expect(store.insertBatches(stored([good]))).rejects.toBe(error);
		expect(store.indexed).toBe(0);
	});

	it.each([
		["lacks its column", batchOf({ id: int32([1]) }), 'no column "name"'],
		["has its column twice", doubled(), 'several columns "name"'],
		["has too few rows in it", short(), 'column "name" has 1 rows in a batch of 2'],
	])("says that the batch %s", async (_, bad, message) => {
		await expect(twoIndexes().insertBatches(stored([bad]))).rejects.toThrow(message);
	});

	function doubled(): arrow.RecordBatch {
		const { schema, data } = batchOf({ id: int32([1]), name: utf8(["a"]), other: utf8(["b"]) });
		const fields = schema.fields.map((field) => (field.name === "other" ? field.clone({ name: "name" }) : field));
		return new arrow.RecordBatch(new arrow.Schema(fields), data.clone(new arrow.Struct(fields)));
	}

	function short(): arrow.RecordBatch {
		const whole = batchOf({ id: int32([1, 2]), name: utf8(["a", "b"]) });
		(whole.data.children as arrow.Data[])[1] = utf8(["a"]);
		return whole;
	}
});

describe("a schema", () => {
	const { schema } = batchOf({ id: int64([1]), name: utf8(["a"]), tags: int32([1]) });
	const nested = new arrow.Schema([
		new arrow.Field("tags", new arrow.List(new arrow.Field("item", new arrow.Int32()))),
	]);

	it("that has what is to be indexed is valid", () => {
		const store = new IndexStore({ indexes: [{ column: "id" }, { column: "name" }], primaryKey: ["name", "id"] });
		expect(() => store.validate(schema)).not.toThrow();
	});

	it("is refused without a column, naming it and those that are there", () => {
		expect(() => new IndexStore({ indexes: [{ column: "nope" }] }).validate(schema)).toThrow(
			expect.objectContaining({
				code: "WAL_INVALID",
				message: 'there is no column "nope" to index; the columns are id, name, tags',
			}),
		);
	});

	it("is refused with a column that has no order, naming both", () => {
		expect(() => new IndexStore({ indexes: [{ column: "tags" }] }).validate(nested)).toThrow(
			expect.objectContaining({
				code: "WAL_UNSUPPORTED",
				message: expect.stringContaining('column "tags" has the type List<Int32>'),
			}),
		);
	});

	it("says what can be looked up and what can come, before there are rows", async () => {
		const store = new IndexStore({ indexes: [{ column: "id" }] });
		store.validate(batchOf({ id: utf8(["a"]) }).schema);
		store.validate(schema);
		expect(store.get("id", 1n, 0)).toEqual([]);
		expect(() => store.get("id", "1", 0)).toThrow(TypeError);
		expect(() => store.range("id", { gte: "1" }, 0)).toThrow(TypeError);
		await expect(store.insertBatches(stored([batchOf({ id: utf8(["a"]) })]))).rejects.toThrow(
			"its index is one of int64",
		);
	});

	it("is not asked whether rows of another one are there already", async () => {
		const store = new IndexStore({ indexes: [{ column: "id" }] });
		await store.insertBatches(stored([batchOf({ id: int32([1]) })]));
		expect(() => store.validate(schema)).toThrow("has int64 values, and its index is one of int32");
		expect(store.get("id", 1, 1)).toEqual([0]);
	});
});

describe("options", () => {
	it("that cannot be are refused", () => {
		expect(() => new IndexStore({ sliceMs: 0 })).toThrow(RangeError);
		expect(() => new IndexStore({ sliceMs: Number.NaN })).toThrow(RangeError);
		expect(() => new IndexStore({ indexes: "id" as never })).toThrow(TypeError);
		expect(() => new IndexStore({ indexes: [{ column: 1 as never }] })).toThrow(TypeError);
		expect(() => new IndexStore({ indexes: [{ column: "a" }, { column: "b", name: "a" }] })).toThrow(
			expect.objectContaining({ code: "WAL_INVALID", message: 'there are two indexes of the name "a"' }),
		);
		expect(() => new IndexStore({ clock: realClock, sliceMs: 1, indexes: [] })).not.toThrow();
	});
});
