import { RecordBatch } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { makeBatch, readRows, rowName, rowNames } from "../src/producer-rows.ts";

const GROUP = { producer: 3, firstSequence: 7, rows: 4, repeats: 2 };

describe("rows that say who wrote them", () => {
	it("come back whole, with their producer and their numbers", () => {
		const rows = readRows(makeBatch(GROUP));
		expect(rows.map(rowName)).toEqual(rowNames(GROUP));
		expect(rows.every(({ intact }) => intact)).toBe(true);
	});

	it("are not intact when their text is another's", () => {
		const mine = makeBatch(GROUP);
		const other = makeBatch({ ...GROUP, producer: 4 });
		const children = mine.data.children.map((child, i) => (i === 3 ? (other.data.children[i] ?? child) : child));
		const mixed = new RecordBatch(mine.schema, mine.data.clone(mine.data.type, 0, 4, 0, undefined, children));
		expect(readRows(mixed).map(({ intact }) => intact)).toEqual([false, false, false, false]);
	});
});
