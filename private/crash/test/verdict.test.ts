import { describe, expect, it } from "vitest";
import type { EntrySeen, LogSeen } from "../src/log-seen.ts";
import { rowsOfEntry } from "../src/numbered-rows.ts";
import { judgeLog, type WriterHistory } from "../src/verdict.ts";

/** Three entries of writer 7 behind a sentinel, and its acknowledgements of the first two. */
function goodRun(): { histories: WriterHistory[]; log: LogSeen } {
	const sentinel: EntrySeen = { entryPosition: 1n, writerEpoch: 2n, rows: [] };
	const entries = [sentinel];
	let firstSequence = 0;
	for (const entryPosition of [2n, 3n, 4n]) {
		const rows = Array.from({ length: rowsOfEntry(7, firstSequence) }, (_, i) => ({
			producer: 7,
			sequence: firstSequence + i,
			intact: true,
		}));
		entries.push({ entryPosition, writerEpoch: 2n, rows });
		firstSequence += rows.length;
	}
	const acknowledged = entries.slice(1, 3).map(({ entryPosition, rows }) => ({
		entryPosition,
		firstSequence: rows[0]?.sequence ?? -1,
		rows: rows.length,
	}));
	return { histories: [{ producer: 7, acknowledged }], log: logOf(entries) };
}

function logOf(entries: readonly EntrySeen[], changes: Partial<LogSeen> = {}): LogSeen {
	return {
		entries,
		filePositions: entries.map(({ entryPosition }) => entryPosition),
		damaged: [],
		misnamed: [],
		readerError: undefined,
		...changes,
	};
}

/** The same log with one of its entries changed. */
function withEntry(log: LogSeen, entryPosition: bigint, change: (entry: EntrySeen) => Partial<EntrySeen>): LogSeen {
	return logOf(
		log.entries.map((entry) => (entry.entryPosition === entryPosition ? { ...entry, ...change(entry) } : entry)),
	);
}

const { histories, log } = goodRun();
const entryAt = (position: bigint): EntrySeen => {
	const entry = log.entries.find(({ entryPosition }) => entryPosition === position);
	if (!entry) throw new Error(`no entry ${position}`);
	return entry;
};

describe("the verdict on a log", () => {
	it("passes one where everything acknowledged is there, and one entry more", () => {
		const { counts, violations } = judgeLog(histories, log);
		expect(violations).toEqual([]);
		expect(counts).toMatchObject({ ackedEntries: 2, survivingEntries: 3, survivingUnackedEntries: 1 });
		expect(counts).toMatchObject({ lostRows: 0, doubledRows: 0, halfWritten: 0, holes: 0, misnamed: 0 });
	});

	it("passes an empty one whose writers were killed before they acknowledged anything", () => {
		expect(judgeLog([{ producer: 7, acknowledged: [] }], logOf([])).violations).toEqual([]);
	});

	it("complains about an acknowledged entry that is gone from the end", () => {
		const { counts, violations } = judgeLog(histories, logOf(log.entries.slice(0, 2)));
		expect(counts.lostRows).toBe(entryAt(3n).rows.length);
		expect(violations).toEqual([expect.stringContaining("entry 3 was acknowledged")]);
	});

	it("complains about an acknowledged entry whose position holds something else", () => {
		const swapped = withEntry(
			withEntry(log, 3n, () => ({ rows: entryAt(4n).rows })),
			4n,
			() => ({ rows: entryAt(3n).rows }),
		);
		expect(judgeLog(histories, swapped).counts.lostRows).toBe(entryAt(3n).rows.length);
	});

	it("complains about a hole, and about what was lost in it", () => {
		const holed = logOf(log.entries.filter(({ entryPosition }) => entryPosition !== 3n));
		const { counts, violations } = judgeLog(histories, holed);
		expect(counts).toMatchObject({ holes: 1, lostRows: entryAt(3n).rows.length });
		expect(violations.join()).toContain("1 positions have no entry");
	});

	it("complains about an entry that is there twice", () => {
		const doubled = logOf([...log.entries, { ...entryAt(2n), entryPosition: 5n }]);
		const { counts, violations } = judgeLog(histories, doubled);
		expect(counts.doubledRows).toBe(entryAt(2n).rows.length);
		expect(violations.join()).toContain("more than once");
	});

	it("complains about one row that is there twice within an entry", () => {
		const doubled = withEntry(log, 4n, ({ rows }) => ({ rows: [...rows, ...rows.slice(-1)] }));
		expect(judgeLog(histories, doubled).counts).toMatchObject({ doubledRows: 1, halfWritten: 1 });
	});

	it("complains about half an entry, also where nobody acknowledged it", () => {
		const halved = withEntry(log, 4n, ({ rows }) => ({ rows: rows.slice(0, rows.length / 2) }));
		const { counts, violations } = judgeLog(histories, halved);
		expect(counts.halfWritten).toBe(1);
		expect(violations).toEqual(["entry 4 is not what its writer appended"]);
	});

	it("complains about a row whose values are not what was written", () => {
		const changed = withEntry(log, 2n, ({ rows }) => ({ rows: rows.map((row, i) => ({ ...row, intact: i > 0 })) }));
		expect(judgeLog(histories, changed).violations).toEqual(["entry 2 is not what its writer appended"]);
	});

	it("complains about a file under a valid name that does not decode", () => {
		const { counts, violations } = judgeLog(histories, { ...log, damaged: ["WAL_CORRUPT at byte 12"] });
		expect(counts.halfWritten).toBe(1);
		expect(violations).toEqual(["half-written: WAL_CORRUPT at byte 12"]);
	});

	it("complains about a name that is no entry's", () => {
		expect(judgeLog(histories, { ...log, misnamed: ["wal/x.arrow.tmp"] }).counts.misnamed).toBe(1);
		expect(judgeLog(histories, { ...log, misnamed: ["wal/x.arrow.tmp"] }).violations).toHaveLength(1);
	});

	it("complains about a reader that fails, leaves an entry out or yields one twice", () => {
		for (const broken of [
			{ ...log, readerError: "WAL_GAP" },
			{ ...log, entries: log.entries.slice(0, -1) },
			{ ...log, filePositions: log.filePositions.slice(0, -1) },
		]) {
			expect(judgeLog(histories, broken).violations).toHaveLength(1);
		}
	});

	it("complains about two entries of one writer that it never acknowledged", () => {
		const deaf = histories.map((history) => ({ ...history, acknowledged: history.acknowledged.slice(0, 1) }));
		expect(judgeLog(deaf, log).violations).toEqual(["writer 7: 2 entries survived that it never acknowledged"]);
	});

	it("complains about an entry that a fenced writer got in after its successor's", () => {
		const stale = withEntry(log, 4n, () => ({ writerEpoch: 1n }));
		expect(judgeLog(histories, stale).violations).toEqual(["entry 4 of epoch 1 follows one of a higher epoch"]);
	});

	it("complains about rows of a writer that nobody started", () => {
		expect(judgeLog([], log).violations).toHaveLength(3);
	});
});
