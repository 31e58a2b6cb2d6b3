import { describe, expect, it } from "vitest";
import type { EntrySeen, LogSeen } from "../src/log-seen.ts";
import { type RowGroup, rowNames } from "../src/producer-rows.ts";
import { judgeLog, type RoundHistory } from "../src/verdict.ts";

const group = (producer: number, firstSequence: number, rows: number): RowGroup => ({
	producer,
	firstSequence,
	rows,
	repeats: 1,
});
const GROUPS = [group(0, 0, 2), group(1, 0, 1), group(0, 2, 2)];

function entry(entryPosition: bigint, writerEpoch: bigint, ...groups: readonly RowGroup[]): EntrySeen {
	const rows = groups.flatMap((one) =>
		rowNames(one).map((name) => {
			const [producer = 0, sequence = 0] = name.split("/").map(Number);
			return { producer, sequence, intact: true };
		}),
	);
	return { entryPosition, writerEpoch, rows };
}

/** Two producers, of which the second took over and lost the shard again; the last group was found by looking. */
const ENTRIES = [
	entry(1n, 1n, GROUPS[0] as RowGroup),
	entry(2n, 2n),
	entry(3n, 2n, GROUPS[1] as RowGroup),
	entry(4n, 3n),
	entry(5n, 3n, GROUPS[2] as RowGroup),
];
const HISTORY: RoundHistory = {
	groups: GROUPS,
	known: [1n, 3n, undefined].map((entryPosition, i) => ({ ...(GROUPS[i] as RowGroup), entryPosition })),
	followed: ENTRIES,
};

function logOf(entries: readonly EntrySeen[], changes: Partial<LogSeen> = {}): LogSeen {
	return { entries, positions: entries.map(({ entryPosition }) => entryPosition), readerError: undefined, ...changes };
}

/** What is said of the log with these entries, to somebody who followed it as it is. */
function judged(entries: readonly EntrySeen[], changes: Partial<LogSeen> = {}) {
	return judgeLog({ ...HISTORY, followed: entries }, logOf(entries, changes));
}

describe("the verdict on a log that was written under faults", () => {
	it("passes one where every row is once, where it was said to be", () => {
		const { counts, violations } = judged(ENTRIES);
		expect(violations).toEqual([]);
		expect(counts).toEqual({ entries: 5, rows: 5, lost: 0, doubled: 0, holes: 0, reordered: 0 });
	});

	it("counts rows that were acknowledged and are not there, and rows that were found and are gone", () => {
		expect(judged(ENTRIES.slice(0, 2)).counts.lost).toBe(3);
		expect(judged(ENTRIES.slice(0, 4)).violations).toEqual([
			"row 0/2 was found, and is gone",
			"row 0/3 was found, and is gone",
		]);
	});

	it("counts an acknowledged row that is in another entry as lost", () => {
		const moved = ENTRIES.map((one, i) =>
			i === 1 ? entry(2n, 2n, GROUPS[1] as RowGroup) : i === 2 ? entry(3n, 2n) : one,
		);
		expect(judged(moved).violations).toEqual(["row 1/0, acknowledged in entry 3, is in 2"]);
	});

	it("counts every row that is there more than once", () => {
		const { counts, violations } = judged([...ENTRIES, entry(6n, 3n, GROUPS[2] as RowGroup)]);
		expect(counts).toMatchObject({ doubled: 2, lost: 0 });
		expect(violations).toContain("row 0/2 is in the entries 5,6");
	});

	it("counts positions without an entry", () => {
		expect(judged(ENTRIES.filter((_, i) => i !== 1)).counts.holes).toBe(1);
	});

	it("counts rows that lie behind a later one of their producer", () => {
		const swapped = [
			entry(1n, 1n, GROUPS[2] as RowGroup),
			...ENTRIES.slice(1, 4),
			entry(5n, 3n, GROUPS[0] as RowGroup),
		];
		expect(judged(swapped).counts.reordered).toBe(2);
	});

	it("counts an entry with rows behind a higher epoch, and no mark of an opener that lost", () => {
		expect(judged([...ENTRIES.slice(0, 4), entry(5n, 1n, GROUPS[2] as RowGroup)]).counts.reordered).toBe(1);
		expect(judged([...ENTRIES, entry(6n, 1n)]).violations).toEqual([]);
	});

	it("complains about rows that nobody appended, and about rows that came back otherwise", () => {
		expect(judged([...ENTRIES, entry(6n, 3n, group(7, 0, 1))]).violations).toEqual(["row 7/0 was never appended"]);
		const damaged = ENTRIES.map((one) => ({
			...one,
			rows: one.rows.map((row) => ({ ...row, intact: row.producer === 0 })),
		}));
		expect(judged(damaged).violations).toEqual(["row 1/0 in entry 3 is not what was appended"]);
	});

	it("complains about a reader that fails, and about one that leaves out what is listed", () => {
		expect(judged(ENTRIES, { readerError: "WAL_GAP" }).violations).toEqual(["the reader ended early: WAL_GAP"]);
		expect(judged(ENTRIES, { positions: [1n, 2n, 3n, 4n, 5n, 6n] }).violations).toEqual([
			"the reader did not yield every entry once, in order",
		]);
	});

	it("complains where the one that followed saw something else, or not everything", () => {
		const follow = (followed: readonly EntrySeen[]) => judgeLog({ ...HISTORY, followed }, logOf(ENTRIES)).violations;
		expect(follow(ENTRIES.slice(0, 3))).toEqual(["2 entries never came to the one that followed"]);
		expect(follow([entry(1n, 1n), ...ENTRIES.slice(1)])).toEqual(["entry 1 was another one to the one that followed"]);
		expect(follow([...ENTRIES, entry(6n, 3n)])).toEqual(["entry 6 was another one to the one that followed"]);
	});
});
