import { type Random, seededRandom } from "@memwal/wal-runtime";
import type { Data } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { batchOf } from "./arrow-data.ts";
import { indexOf, int32, int64, utf8 } from "./columns.ts";

const ROWS = 60_000;
const random: Random = seededRandom(4711);
const below = (end: number) => Math.floor(random.float() * end);
const rows = (value: (row: number) => string) => Array.from({ length: ROWS }, (_, row) => value(row));
const padded = (number: number, width = 8) => String(number).padStart(width, "0");

/** Enough rows for three levels, in batches of different sizes. */
function columns<Value>(values: readonly Value[], column: (values: readonly Value[]) => Data): Data[] {
	const parts: Data[] = [];
	for (let begin = 0, size = 1; begin < values.length; begin += size) {
		size = [1, 7, 100, 2500, 5000][parts.length % 5] as number;
		parts.push(column(values.slice(begin, begin + size)));
	}
	return parts;
}

function sortedRows<Value>(values: readonly Value[], compare: (a: Value, b: Value) => number): number[] {
	return [...values.keys()].sort((a, b) => compare(values[a] as Value, values[b] as Value) || a - b);
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

describe("a tree of many rows", () => {
	it.each([
		["at random", rows(() => padded(below(2 ** 31)))],
		["that ascend", rows((row) => padded(row))],
		["that descend", rows((row) => padded(ROWS - row))],
		["of which many are equal", rows(() => `value ${below(50)}`)],
		["that are all equal", rows(() => "the same long value for all")],
		["with a long beginning in common", rows(() => `https://www.example.com/items/${padded(below(10 ** 7))}`)],
		[
			"with several long beginnings",
			rows(() => `https://${"abcdef"[below(6)]}.example.com/items/${padded(below(10 ** 7))}`),
		],
		["that begin with one another", rows(() => "ab".repeat(below(60)))],
		["with zeros", rows(() => "\0".repeat(below(12)) + (below(2) === 0 ? "" : String.fromCharCode(below(3))))],
		["that are short", rows(() => padded(below(10 ** 5), below(7)))],
		["that leave their beginning", rows((row) => (row < ROWS / 2 ? `user-000${padded(row)}` : padded(below(10 ** 9))))],
	])("gives texts %s in order, and finds each", (_, values) => {
		const index = indexOf(...columns(values, utf8));
		const sorted = sortedRows(values, byText);
		expect(index.range({})).toEqual(sorted);
		for (let i = 0; i < 50; i++) {
			const place = below(ROWS);
			const value = values[sorted[place] as number] as string;
			const first = values.indexOf(value);
			expect(index.newestVisible(value, first + 1)).toBe(first);
			expect(index.newestVisible(value, ROWS)).toBe(values.lastIndexOf(value));
			expect(index.get(value, { limit: 3 })?.[0] ?? first).toBe(first);
			const from = sorted.findIndex((row) => values[row] === value);
			expect(index.range({ gte: value }).length).toBe(ROWS - from);
			expect(index.get(`${value}\0`).every((row) => values[row] === `${value}\0`)).toBe(true);
		}
	});

	it.each([
		["at random", () => BigInt(below(2 ** 32)) * 2n ** 32n + BigInt(below(2 ** 32)) - 2n ** 63n],
		["near one another", () => BigInt(below(1000)) + 2n ** 40n],
		["of a few sizes", () => BigInt(below(9) - 4) * 10n ** BigInt(below(18))],
		["around a change of the upper word", () => 2n ** 33n + BigInt(below(100) - 50)],
		["at both ends", () => (below(2) === 0 ? -(2n ** 63n) + BigInt(below(9)) : 2n ** 63n - 1n - BigInt(below(9)))],
	])("gives numbers %s in order", (_, value) => {
		const values = Array.from({ length: ROWS }, value);
		const index = indexOf(...columns(values, int64));
		expect(index.range({})).toEqual(sortedRows(values, (a, b) => (a < b ? -1 : a > b ? 1 : 0)));
		const [row] = index.get(values[77]);
		expect(row).toBe(values.indexOf(values[77] as bigint));
	});

	it("takes 200,000 rows in descending order, one run after the other", () => {
		const count = 200_000;
		const parts = Array.from({ length: 100 }, (_, part) =>
			int32(Array.from({ length: 2000 }, (_unused, i) => count - part * 2000 - i)),
		);
		const index = indexOf(...parts);
		expect(index.range({})).toEqual(Array.from({ length: count }, (_, i) => count - 1 - i));
		expect([index.get(count), index.get(1), index.get(0)]).toEqual([[0], [count - 1], []]);
	});

	it("is read while it grows: whoever looks again sees more, never less, and a walk what it began with", () => {
		const walks: { walk: IterableIterator<{ row: number }>; size: number; seen: number }[] = [];
		const index = indexOf();
		let counted = 0;
		for (let step = 0; step < 50; step++) {
			index.insert(int32(Array.from({ length: 1000 }, () => below(5000))), index.size);
			const found = index.range({ gte: 1000, lt: 3000 });
			expect(found.length).toBeGreaterThanOrEqual(counted);
			expect(index.range({ gte: 1000, lt: 3000 }, { rowEnd: index.size - 1000 }).length).toBe(counted);
			counted = found.length;
			walks.push({ walk: index.entries(), size: index.size, seen: 0 });
			for (const open of walks) {
				for (let i = 0; i < 100 && !open.walk.next().done; i++) open.seen++;
			}
		}
		for (const open of walks) expect(open.seen + [...open.walk].length).toBe(open.size);
	});
});

describe("the memory of an index", () => {
	it("is next to nothing for few rows, and nothing without any", () => {
		expect(indexOf().bytes).toBe(0);
		expect(indexOf(int64([1, 2, 3])).bytes).toBeLessThan(7000);
		expect(indexOf(utf8(["a", "b", "c"])).bytes).toBeLessThan(7500);
	});

	it("grows with its rows, its texts and its nulls", () => {
		const of = (values: readonly (string | null)[]) => indexOf(...columns(values, utf8)).bytes / values.length;
		const short = of(rows((row) => padded(row)));
		const long = of(rows((row) => padded(row, 108)));
		expect(short).toBeLessThan(34);
		expect(long - short).toBeGreaterThan(95);
		expect(long - short).toBeLessThan(110);
		const nulls = of(Array.from({ length: ROWS }, () => null));
		expect([nulls > 4, nulls < 14]).toEqual([true, true]);
	});

	it("is 12 bytes a row where numbers ascend, and less than 24 where they come at random", () => {
		const ascending = indexOf(
			...columns(
				Array.from({ length: ROWS }, (_, row) => row),
				int64,
			),
		);
		expect(ascending.bytes / ROWS).toBeLessThan(16);
		const anyhow = indexOf(
			...columns(
				Array.from({ length: ROWS }, () => below(2 ** 40)),
				int64,
			),
		);
		expect(anyhow.bytes / ROWS).toBeLessThan(24);
	});

	it("does not depend on what columns it was a part of", () => {
		const batch = batchOf({ a: int32([1, 2, 3, 4]), b: utf8(["x", "y", "z", "x"]) });
		const slice = batch.slice(1, 4);
		const index = indexOf(slice.data.children[1] as Data);
		expect([index.get("x"), index.get("y")]).toEqual([[2], [0]]);
	});
});
