import { BTreeIndex } from "@memwal/wal-index";
import type { Data } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { float64, groupsOf, indexOf, int32, int64, orderOf, uint32, utf8 } from "./columns.ts";

describe("a lookup", () => {
	it("gives the rows of a value; those of the second batch have numbers that go on", () => {
		const index = indexOf(int32([1, 2, 1]), int32([10, 20, 1]));
		expect([index.get(1), index.get(10), index.get(3)]).toEqual([[0, 2, 5], [3], []]);
		expect(index.size).toBe(6);
	});

	it("knows the rows below rowEnd and no others", () => {
		const index = indexOf(int32([1, 2, 3, 1]));
		expect(index.get(1)).toEqual([0, 3]);
		expect(index.get(1, { rowEnd: 3 })).toEqual([0]);
		expect(index.get(1, { rowEnd: 0 })).toEqual([]);
		expect(index.get(1, { rowEnd: 100 })).toEqual([0, 3]);
	});

	it("of several values gives each row once", () => {
		const index = indexOf(int32([1, 2, 3, 1, null]));
		expect(index.in([1, 1])).toEqual([0, 3]);
		expect(index.in([3, 1, 7])).toEqual([0, 2, 3]);
		expect(index.in(new Set([null, 2]))).toEqual([1, 4]);
		expect(index.in([])).toEqual([]);
	});

	it("of the newest visible row seeks once, and stops there", () => {
		const index = indexOf(int32([0, 1, 2]), int32([0, 1, 3]));
		expect(index.newestVisible(0, 6)).toBe(3);
		expect(index.newestVisible(1, 6)).toBe(4);
		expect(index.newestVisible(0, 3)).toBe(0);
		expect(index.newestVisible(1, 1)).toBeUndefined();
		expect(index.newestVisible(9, 6)).toBeUndefined();
	});

	it("of the newest visible row goes to the greatest one that is not beyond it", () => {
		const index = indexOf(int32([10, 20, 30, 40]));
		const newest = [5, 10, 25, 40, 45].map((value) => index.newestVisible(value, 4));
		expect(newest).toEqual([undefined, 0, undefined, 3, undefined]);
	});

	it("of the newest visible row tells equal values apart by row", () => {
		const index = indexOf(int32([3, 7, 3, 7, 3, 3]));
		expect([1, 2, 3, 5, 6].map((rowEnd) => index.newestVisible(3, rowEnd))).toEqual([0, 0, 2, 4, 5]);
		expect([1, 2, 4].map((rowEnd) => index.newestVisible(7, rowEnd))).toEqual([undefined, 1, 3]);
	});

	it("in an index without rows finds nothing", () => {
		const index = new BTreeIndex({ column: "c" });
		expect([index.get(1), index.range({ gt: 1 }), index.in([1]), index.isNull(), index.prefix("a")]).toEqual([
			[],
			[],
			[],
			[],
			[],
		]);
		expect([index.newestVisible(1, 9), [...index.entries()], [...index.snapshot()], index.size]).toEqual([
			undefined,
			[],
			[],
			0,
		]);
	});
});

describe("the order", () => {
	it("of signed integers is numeric", () => {
		expect(orderOf(indexOf(int32([5, 2 ** 31 - 1, -3, 0, -(2 ** 31)])))).toEqual([-(2 ** 31), -3, 0, 5, 2 ** 31 - 1]);
		const wide = [2n ** 63n - 1n, -(2n ** 63n), -3n, 0n, 2n ** 32n, -1n];
		expect(orderOf(indexOf(int64(wide)))).toEqual([-(2n ** 63n), -3n, -1n, 0n, 2n ** 32n, 2n ** 63n - 1n]);
	});

	it("of unsigned integers is numeric", () => {
		expect(orderOf(indexOf(uint32([4_000_000_000, 1, 10])))).toEqual([1, 10, 4_000_000_000]);
	});

	it("of floats is total: -0 comes before 0, and each is a value of its own", () => {
		const index = indexOf(float64([Number.NaN, 0, Infinity, -0, -1.5, -Infinity, 1e-300]));
		expect(orderOf(index)).toEqual([-Infinity, -1.5, -0, 0, 1e-300, Infinity, Number.NaN]);
		expect([index.get(0), index.get(-0), index.get(Number.NaN)]).toEqual([[1], [3], [0]]);
		expect([index.range({ gte: 0, lt: 1 }), index.range({ gte: -0, lt: 1 })]).toEqual([
			[1, 6],
			[3, 1, 6],
		]);
	});

	it("of text is that of its bytes, where JavaScript's strings are ordered otherwise", () => {
		const index = indexOf(utf8(["\u{1f30a}", "\uffff", "ü", "z", "", "a", "aa"]));
		expect(orderOf(index)).toEqual(["", "a", "aa", "z", "ü", "\uffff", "\u{1f30a}"]);
	});

	it("of rows with one value is theirs, also in the other direction", () => {
		const index = indexOf(int32([2, 1, 2, 1]), int32([1, 2]));
		expect(index.range({})).toEqual([1, 3, 4, 0, 2, 5]);
		expect([...index.entries({ order: "descending" })].map(({ row }) => row)).toEqual([5, 2, 0, 4, 3, 1]);
	});

	it("of short text, text that is longer than a node's words, duplicates and null", () => {
		const long = "x".repeat(64);
		const index = indexOf(utf8(["alpha", long, null, "alpha", `${long}y`]));
		expect(index.newestVisible("alpha", 5)).toBe(3);
		expect([index.get(long), index.get(`${long}y`), index.get("x")]).toEqual([[1], [4], []]);
		expect(orderOf(index)).toEqual(["alpha", "alpha", long, `${long}y`]);
	});
});

describe("null", () => {
	it("comes first in a snapshot, and is found by its rows", () => {
		const index = indexOf(int32([7, null, 5, null]));
		expect(groupsOf(index)).toEqual([
			[null, [1, 3]],
			[5, [2]],
			[7, [0]],
		]);
		expect([index.get(null), index.isNull({ rowEnd: 3 })]).toEqual([[1, 3], [1]]);
		expect([index.newestVisible(null, 4), index.newestVisible(null, 3), index.newestVisible(null, 1)]).toEqual([
			3,
			1,
			undefined,
		]);
	});

	it.each([
		["integers", int32([1, null, 3]), 1],
		["text", utf8(["a", null, "c"]), "a"],
		["floats", float64([1, null, 3]), 1],
	] as [string, Data, unknown][])("is in no range of %s, and no bound", (_, column, bound) => {
		const index = indexOf(column);
		expect(index.range({ gte: bound })).toEqual([0, 2]);
		expect(index.range({})).toEqual([0, 2]);
		expect(orderOf(index)).toHaveLength(2);
		expect(() => index.range({ gte: null })).toThrow(TypeError);
	});

	it("may be all that there is", () => {
		const index = indexOf(int32([null, null]));
		expect([index.isNull(), index.range({}), index.get(1)]).toEqual([[0, 1], [], []]);
		expect(groupsOf(index)).toEqual([[null, [0, 1]]]);
	});
});

describe("a range", () => {
	it.each([
		["integers", int32([10, 20, 30]), 10, 30],
		["text", utf8(["b", "c", "d"]), "b", "d"],
		["floats", float64([1.5, 2.5, 3.5]), 1.5, 3.5],
	] as [string, Data, unknown, unknown][])(
		"of %s has its lower end with gte, and not its upper one with lt",
		(_, column, low, high) => {
			expect(indexOf(column).range({ gte: low, lt: high })).toEqual([0, 1]);
		},
	);

	it("of 20,000 rows of three values takes each kind of bound", () => {
		const values = Array.from({ length: 20_000 }, (_, row) => row % 3);
		const index = indexOf(int32(values));
		const rowsOf = (...wanted: number[]) =>
			wanted.flatMap((value) => [...values.keys()].filter((row) => values[row] === value));
		expect(index.range({ gt: 0, lt: 2 })).toEqual(rowsOf(1));
		expect(index.range({ gt: 0 })).toEqual(rowsOf(1, 2));
		expect(index.range({ gt: 0, lte: 2 })).toEqual(rowsOf(1, 2));
		expect(index.range({ gte: 1, lte: 1 })).toEqual(rowsOf(1));
		expect(index.range({ lte: 0 })).toEqual(rowsOf(0));
	});

	it("with crossed bounds is empty", () => {
		const index = indexOf(int32([0, 1, 2]));
		const crossed = [
			{ gt: 1, lt: 1 },
			{ gte: 1, lt: 1 },
			{ gt: 1, lte: 1 },
			{ gte: 2, lte: 1 },
			{ gt: 2, lt: 0 },
		];
		expect(crossed.map((bounds) => index.range(bounds))).toEqual([[], [], [], [], []]);
		expect(crossed.map((bounds) => [...index.entries(bounds)])).toEqual([[], [], [], [], []]);
	});

	it("of a prefix ends where no text begins with it any more", () => {
		const index = indexOf(utf8(["ab", "a", "abc", "b", "", "ac", "ab\uffff", null]));
		expect(index.prefix("ab")).toEqual([0, 2, 6]);
		expect(index.prefix(Uint8Array.of(0x61))).toEqual([1, 0, 2, 6, 5]);
		expect(index.prefix("")).toHaveLength(7);
		expect(index.prefix("abcd")).toEqual([]);
		expect(index.prefix("ab", { rowEnd: 2 })).toEqual([0]);
	});
});

describe("an answer that may be declined", () => {
	const numbers = [...Array.from({ length: 100 }, (_, i) => i), ...Array.from({ length: 10 }, () => 7), null];
	it.each([
		["integers", int32(numbers), (n: number) => n],
		[
			"text",
			utf8(numbers.map((n) => (n === null ? null : String(n).padStart(3, "0")))),
			(n: number) => String(n).padStart(3, "0"),
		],
		["floats", float64(numbers), (n: number) => n],
	] as [string, Data, (n: number) => unknown][])(
		"is given over %s up to the limit, and is undefined beyond",
		(_, column, of) => {
			const index = indexOf(column);
			const limit = 10;
			expect(index.range({ gte: of(20), lt: of(30) }, { limit })).toHaveLength(10);
			expect(index.range({ gte: of(20), lte: of(30) }, { limit })).toBeUndefined();
			expect(index.get(of(8), { limit })).toEqual([8]);
			expect(index.get(of(7), { limit })).toBeUndefined();
			expect(index.get(of(7), { limit, rowEnd: 109 })).toHaveLength(10);
			const ten = Array.from({ length: 10 }, (_unused, i) => of(i + 20));
			expect(index.in(ten, { limit })).toHaveLength(10);
			expect(index.in([...ten, of(30)], { limit })).toBeUndefined();
			expect(index.in([null, ...ten], { limit })).toBeUndefined();
		},
	);

	it("is one to the question for nulls, too", () => {
		const index = indexOf(int32(Array.from({ length: 11 }, () => null)));
		expect(index.isNull({ limit: 10 })).toBeUndefined();
		expect(index.isNull({ limit: 10, rowEnd: 10 })).toHaveLength(10);
		expect(index.isNull({ limit: 0, rowEnd: 0 })).toEqual([]);
	});

	it("of a prefix is declined like that of a range", () => {
		const index = indexOf(utf8(["ab", "ac", "b"]));
		expect([index.prefix("a", { limit: 2 }), index.prefix("a", { limit: 1 })]).toEqual([[0, 1], undefined]);
	});
});

describe("rows", () => {
	it("are inserted in order and once: other numbers are refused, and nothing happens", () => {
		const index = indexOf(utf8(["b", "a"]));
		for (const firstRow of [0, 1, 3, -1]) expect(() => index.insert(utf8(["c"]), firstRow)).toThrow(RangeError);
		expect([index.size, orderOf(index)]).toEqual([2, ["a", "b"]]);
		index.insert(utf8(["c"]), 2);
		expect(index.get("c")).toEqual([2]);
	});

	it("of several chunks of a vector follow one another", async () => {
		const { Vector } = await import("apache-arrow");
		const index = new BTreeIndex({ column: "c" });
		index.insert(new Vector([int32([3, 1]), int32([]), int32([2])]), 0);
		expect(index.range({})).toEqual([1, 2, 0]);
	});

	it("come back sorted by value and row, each with its value", () => {
		const index = indexOf(int32([30, 10]), int32([20, 10, 30, 20]));
		expect([...index.entries()]).toEqual([
			{ value: 10, row: 1 },
			{ value: 10, row: 3 },
			{ value: 20, row: 2 },
			{ value: 20, row: 5 },
			{ value: 30, row: 0 },
			{ value: 30, row: 4 },
		]);
	});
});

describe("a snapshot", () => {
	it("groups rows by value, and stays what it was, however often it is read", () => {
		const index = indexOf(utf8(["b", null, "a", "b"]));
		const snapshot = index.snapshot();
		index.insert(utf8(["a", null, "b"]), 4);
		const groups = [
			{ value: null, rows: [1] },
			{ value: "a", rows: [2] },
			{ value: "b", rows: [0, 3] },
		];
		expect([...snapshot]).toEqual(groups);
		expect([...snapshot]).toEqual(groups);
		expect([...index.snapshot({ rowEnd: 1 })]).toEqual([{ value: "b", rows: [0] }]);
	});
});

describe("a walk", () => {
	it("within bounds begins at one and ends at the other", () => {
		const index = indexOf(int32([5, 3, 1, 4, 2]));
		expect([...index.entries({ gt: 1, lte: 4 })].map(({ value }) => value)).toEqual([2, 3, 4]);
		expect([...index.entries({ gte: 4 })].map(({ value }) => value)).toEqual([4, 5]);
		expect([...index.entries({ lt: 3, order: "descending" })].map(({ value }) => value)).toEqual([2, 1]);
	});

	it.each(["ascending", "descending"] as const)("%s goes on where it was, while rows come in around it", (order) => {
		const index = indexOf(int32(Array.from({ length: 600 }, (_, i) => 2 * i)));
		const walk = index.entries({ order });
		const seen: unknown[] = [];
		for (let { done, value } = walk.next(); !done; { done, value } = walk.next()) {
			seen.push(value.value);
			if (seen.length % 5 === 0)
				index.insert(int32([seen.length, 2 * seen.length + 1, 1200 - seen.length]), index.size);
		}
		const all = Array.from({ length: 600 }, (_, i) => 2 * i);
		expect(seen).toEqual(order === "ascending" ? all : all.reverse());
	});
});
