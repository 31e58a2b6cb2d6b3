import { describe, expect, it } from "vitest";
import { makeBatch, readRows, rowsOfEntry } from "../src/numbered-rows.ts";

describe("numbered rows", () => {
	it("come back with their numbers, each intact", () => {
		const rows = readRows(makeBatch(3, 40));
		expect(rows).toHaveLength(rowsOfEntry(3, 40));
		expect(rows).toEqual(rows.map((_, i) => ({ producer: 3, sequence: 40 + i, intact: true })));
	});

	it("make entries of many sizes, a few of them large", () => {
		const sizes = Array.from({ length: 400 }, (_, sequence) => rowsOfEntry(1, sequence));
		expect(new Set(sizes).size).toBeGreaterThan(15);
		expect(sizes.filter((size) => size > 1_000).length).toBeGreaterThan(10);
	});
});
