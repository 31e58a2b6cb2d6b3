import { BTreeIndex, type IndexEntry, IndexStore } from "@memwal/wal-index";
import { type Data, Utf8View, Vector } from "apache-arrow";
import { describe, expect, it, vi } from "vitest";
import { KeyTree } from "../src/key-tree.ts";
import { RUN_ENTRIES } from "../src/step.ts";
import { batchOf, viewData } from "./arrow-data.ts";
import { indexOf, int32, int64, utf8 } from "./columns.ts";
import { stored } from "./stored-batches.ts";

const rowsOf = (entries: Iterable<IndexEntry>) => [...entries].map(({ row }) => row);

const READERS: readonly [string, (index: BTreeIndex) => unknown, unknown][] = [
	["get", (index) => index.get("b"), [1, 3]],
	["in", (index) => index.in(["a", "b"]), [0, 1, 3]],
	["range", (index) => index.range({ gt: "a" }), [1, 3]],
	["prefix", (index) => index.prefix("a"), [0]],
	["newestVisible", (index) => index.newestVisible("b", 9), 3],
	["entries", (index) => rowsOf(index.entries({ order: "descending" })), [3, 1, 0]],
	["snapshot", (index) => [...index.snapshot()].map(({ rows }) => rows), [[2], [0], [1, 3]]],
];

describe("rows that wait to be put in order", () => {
	it.each(READERS)("are seen by %s", (_, read, found) => {
		expect(read(indexOf(utf8(["a", "b", null, "b"])))).toEqual(found);
		const index = indexOf(utf8(["a", "b"]));
		read(index);
		index.insert(utf8([null, "b"]), 2);
		expect(read(index)).toEqual(found);
	});

	it("are looked at when it is asked whether a primary key has come twice", async () => {
		const store = new IndexStore({ primaryKey: "id" });
		await store.insertBatches(stored([batchOf({ id: int32([1, 2]) }), batchOf({ id: int32([3]) })]));
		expect(store.pkHasOverrides).toBe(false);
		await store.insertBatches(stored([batchOf({ id: int32([2]) })], 2, 3));
		expect(store.pkHasOverrides).toBe(true);
	});

	it.each([
		["one less than can wait", RUN_ENTRIES - 1],
		["as many as can wait", RUN_ENTRIES],
		["one more", RUN_ENTRIES + 1],
	])("are all there where they are %s", (_, count) => {
		for (const size of [1000, count]) {
			const values = Array.from({ length: count }, (_unused, row) => (row % 5 === 0 ? null : (row * 7919) % count));
			const index = new BTreeIndex({ column: "c" });
			for (let begin = 0; begin < count; begin += size) index.insert(int32(values.slice(begin, begin + size)), begin);
			const rows = [...values.keys()];
			expect(index.isNull()).toEqual(rows.filter((row) => values[row] === null));
			const ordered = rows.filter((row) => values[row] !== null);
			expect(index.range({})).toEqual(ordered.sort((a, b) => Number(values[a]) - Number(values[b]) || a - b));
		}
	});

	it("may have long texts, of which some are behind nulls", () => {
		const long = Array.from({ length: 1000 }, (_, row) => "x".repeat(1000) + row);
		const column = utf8([...long, ...long, ...long]);
		const nulls = column.clone(column.type, 0, 2000, 2000, { ...column.buffers, 2: new Uint8Array(256) } as never);
		const index = indexOf(nulls, column, nulls, utf8(["x"]));
		expect([index.size, index.isNull().length, index.get("x"), index.get(long[7])]).toEqual([
			7001,
			4000,
			[7000],
			[2007, 3007, 4007],
		]);
		expect(index.range({})).toHaveLength(3001);
	});

	it("do not move a walk that is under way, in either direction, when another reader has them put in order", () => {
		const even = Array.from({ length: 3000 }, (_, i) => 2 * i);
		const index = indexOf(int32(even));
		const walks = (["ascending", "descending"] as const).map((order) => ({
			walk: index.entries({ order }),
			snapshot: index.snapshot()[Symbol.iterator](),
			seen: [] as unknown[],
			groups: [] as unknown[],
		}));
		for (let step = 0; step < 3000; step++) {
			for (const { walk, snapshot, seen, groups } of walks) {
				seen.push(walk.next().value?.value);
				groups.push(snapshot.next().value?.value);
			}
			index.insert(int32([step, 2 * step + 1, 6000 - step]), index.size);
			if (step % 7 === 0) expect(index.newestVisible(6000 - step, index.size)).toBe(index.size - 1);
		}
		expect(walks.map(({ seen }) => seen)).toEqual([even, [...even].reverse()]);
		expect(walks.map(({ groups }) => groups)).toEqual([even, even]);
		expect(walks.map(({ walk, snapshot }) => [walk.next().done, snapshot.next().done])).toEqual([
			[true, true],
			[true, true],
		]);
	});
});

describe("an insertion that fails midway", () => {
	const texts = (values: readonly (number | null)[]) => values.map((value) => (value === null ? null : `no. ${value}`));
	const views = (values: readonly (number | null)[]) =>
		viewData(
			new Utf8View(),
			texts(values).map((text) => (text === null ? null : Buffer.from(text))),
		);
	const withoutValues = (column: Data) =>
		Object.defineProperty(column.clone(), "values", {
			get() {
				throw new Error("this buffer is gone");
			},
		});
	/** Its first row can be read. */
	const cutOff = (column: Data) =>
		Object.defineProperty(column.clone(), "values", { value: (column.values as Uint8Array).subarray(0, 20) });

	it.each([
		["numbers", int32, withoutValues],
		["texts", (values: readonly (number | null)[]) => utf8(texts(values)), withoutValues],
		["views of texts", views, cutOff],
	])("of %s leaves the rows that waited before it, each once, and shows none of its own", (_, column, breakUp) => {
		for (const rows of [3, RUN_ENTRIES, RUN_ENTRIES + 1]) {
			const index = indexOf(column([7, null, 5]));
			const added = column(Array.from({ length: rows }, (_unused, i) => i % 9 || null));
			let failure: unknown;
			try {
				index.insert(new Vector([added, breakUp(column([5, 5, 5]))]), 3);
			} catch (error) {
				failure = error;
			}
			expect(failure).toBeInstanceOf(Error);
			expect(() => index.insert(column([5]), 3)).toThrow(failure as Error);
			const [entry] = index.entries();
			expect([index.size, index.range({}), index.isNull(), index.get(entry?.value)]).toEqual([3, [2, 0], [1], [2]]);
			expect([index.newestVisible(entry?.value, 99), index.newestVisible(null, 99)]).toEqual([2, 1]);
			expect([...index.snapshot()].map((group) => group.rows)).toEqual([[1], [2], [0]]);
			expect(rowsOf(index.entries({ order: "descending" }))).toEqual([0, 2]);
		}
	});

	it("in one index leaves the others with the rows that were there", async () => {
		const store = new IndexStore({ indexes: [{ column: "id" }, { column: "name" }], primaryKey: "id" });
		await store.insertBatches(stored([batchOf({ id: int64([1, 2]), name: utf8(["a", "b"]) })]));
		const bad = batchOf({ id: int64([2, 3]), name: int32([1, 2]) });
		await expect(store.insertBatches(stored([bad], 1, 2))).rejects.toThrow("its index is one of text");
		expect([store.range("id", {}, 9), store.get("id", 2, 9), store.get("name", "b", 9)]).toEqual([[0, 1], [1], [1]]);
		expect([store.pkNewestVisible([2], 9), store.pkNewestVisible([3], 9)]).toEqual([1, undefined]);
	});
});

it.each([1, RUN_ENTRIES])("an insertion into the tree that breaks off with %i rows is the end of reading", (count) => {
	const index = indexOf(int32([7]));
	expect(index.get(7)).toEqual([0]);
	index.insert(int32(new Array(count).fill(8)), 1);
	vi.spyOn(KeyTree.prototype, "insert").mockImplementationOnce(() => {
		throw new RangeError("Array buffer allocation failed");
	});
	for (let time = 0; time < 2; time++) expect(() => index.get(8)).toThrow("allocation failed");
	expect(() => index.range({})).toThrow("allocation failed");
});

describe("the memory of rows that wait", () => {
	it("is little where they are few, however many indexes there are", () => {
		const numbers = Array.from({ length: 1000 }, () => indexOf(int64([1, 2, 3])));
		const texts = Array.from({ length: 1000 }, () => indexOf(utf8(["a", "b", "c"])));
		const bytes = (indexes: readonly BTreeIndex[]) => indexes.reduce((sum, index) => sum + index.bytes, 0);
		expect([bytes(numbers) / 1000, bytes(texts) / 1000].map((each) => each < 600)).toEqual([true, true]);
	});

	it("counts, and does not grow beyond that of those that can wait", () => {
		const one = indexOf(int64([1]));
		expect(one.bytes).toBeGreaterThanOrEqual(12);
		const column = int64(Array.from({ length: RUN_ENTRIES }, (_, i) => i));
		const waiting = indexOf(column);
		expect(waiting.bytes).toBe(RUN_ENTRIES * 12);
		expect(waiting.get(5)).toEqual([5]);
		const { bytes } = waiting;
		expect(bytes).toBeGreaterThanOrEqual(2 * RUN_ENTRIES * 12);
		const many = indexOf(...Array.from({ length: 20 }, () => column));
		expect(many.bytes / many.size).toBeLessThan(24);
	});
});
