import { describe, expect, it } from "vitest";
import type { EntrySeen, FileSeen, RowsSeen } from "../src/rows-seen.ts";
import { type Acknowledgement, everyRow, flawsOf } from "../src/verdict.ts";

const entries: readonly EntrySeen[] = [[1, 2], [3], [], [4, 5], [6]].map((ids, i) => ({
	entryPosition: BigInt(i + 1),
	writerEpoch: 1n,
	ids,
}));
const acknowledged: readonly Acknowledgement[] = entries
	.filter(({ ids }) => ids.length > 0)
	.map(({ entryPosition, ids }) => ({ entryPosition, ids }));

function fileOf(number: number, after: number, last: number, ids: readonly number[]): FileSeen {
	return {
		number: BigInt(number),
		shard: "a",
		writerEpoch: 1n,
		generation: BigInt(number),
		afterEntryPosition: BigInt(after),
		firstEntryPosition: BigInt(after + 1),
		lastEntryPosition: BigInt(last),
		rows: ids.length,
		ids,
	};
}

const good: RowsSeen = {
	files: [fileOf(1, 0, 1, [1, 2]), fileOf(2, 1, 4, [3, 4, 5])],
	entries,
	replayAfterEntryPosition: 4n,
};

it("finds nothing wrong with a good chain, and every row once", () => {
	expect(flawsOf(good, acknowledged)).toEqual([]);
	expect(everyRow(good)).toEqual([1, 2, 3, 4, 5, 6]);
	expect(flawsOf({ ...good, files: [], replayAfterEntryPosition: 0n }, acknowledged)).toEqual([]);
});

describe("finds", () => {
	const second = (ids: readonly number[]) => ({ ...good, files: [fileOf(1, 0, 1, [1, 2]), fileOf(2, 1, 4, ids)] });

	it.each([
		["a lost row", second([3, 5]), /row 4 of entry 4 was acknowledged, and is lost/],
		["a doubled row", second([3, 3, 4, 5]), /1 rows are there more than once/],
		["rows out of order", second([4, 3, 5]), /row 4 of entry 4 comes before one that was put earlier/],
		["a row that nobody put", second([3, 4, 5, 9]), /file 2 has rows 3,4,5,9, and its entries 3,4,5/],
		["a cursor that is ahead of the chain", { ...good, replayAfterEntryPosition: 5n }, /may lose entries up to 5/],
		["a chain without its begin", { ...good, files: good.files.slice(1) }, /begins after entry 1/],
	])("%s", (_what, seen, flaw) => {
		expect(flawsOf(seen, acknowledged)).toContainEqual(expect.stringMatching(flaw));
	});
});
