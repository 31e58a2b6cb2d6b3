import type { EntrySeen, LogSeen } from "./log-seen.ts";
import { type NumberedRow, rowsOfEntry } from "./numbered-rows.ts";
import type { Acknowledgement } from "./writer-protocol.ts";

/** What one writer was heard to acknowledge before it died, ended or was fenced. */
export interface WriterHistory {
	readonly producer: number;
	readonly acknowledged: readonly Acknowledgement[];
}

export interface LogCounts {
	readonly ackedEntries: number;
	readonly ackedRows: number;
	readonly survivingEntries: number;
	readonly survivingRows: number;
	/** Entries that are durable although their writer died before it could say so. */
	readonly survivingUnackedEntries: number;
	/** Rows that were acknowledged and are not where the acknowledgement said. */
	readonly lostRows: number;
	/** Rows that are there once more than they were appended. */
	readonly doubledRows: number;
	/** Entries or manifests under a valid name that are not whole. */
	readonly halfWritten: number;
	readonly misnamed: number;
	/** Positions without an entry below one with. */
	readonly holes: number;
}

/** The counts of a log without anything. */
export const NOTHING: LogCounts = {
	ackedEntries: 0,
	ackedRows: 0,
	survivingEntries: 0,
	survivingRows: 0,
	survivingUnackedEntries: 0,
	lostRows: 0,
	doubledRows: 0,
	halfWritten: 0,
	misnamed: 0,
	holes: 0,
};

export interface Verdict {
	readonly counts: LogCounts;
	/** What must never happen and did; empty is what every run hopes for. */
	readonly violations: readonly string[];
}

/** Holds a log against what its writers acknowledged. */
export function judgeLog(histories: readonly WriterHistory[], log: LogSeen): Verdict {
	const violations: string[] = [];
	const acked = histories.flatMap(({ acknowledged }) => acknowledged);
	const withRows = log.entries.filter(({ rows }) => rows.length > 0);

	const holes = countHoles(log.filePositions);
	if (holes > 0) violations.push(`${holes} positions have no entry although a later one has`);
	if (log.readerError !== undefined) violations.push(`the reader ended early: ${log.readerError}`);
	else if (!isSameOrder(log)) violations.push("the reader did not yield every entry once, in order");
	violations.push(...log.damaged.map((problem) => `half-written: ${problem}`));
	violations.push(...log.misnamed.map((name) => `no writer publishes such a name: ${name}`));

	const torn = withRows.filter((entry) => !isWhole(entry));
	violations.push(...torn.map(({ entryPosition }) => `entry ${entryPosition} is not what its writer appended`));
	const doubledRows = countDoubled(withRows);
	if (doubledRows > 0) violations.push(`${doubledRows} rows are there more than once`);

	let lostRows = 0;
	let survivingUnackedEntries = 0;
	for (const history of histories) {
		const { lost, unacked } = compare(history, withRows);
		lostRows += lost.reduce((sum, { rows }) => sum + rows, 0);
		survivingUnackedEntries += unacked.length;
		const writer = `writer ${history.producer}`;
		violations.push(
			...lost.map((ack) => `${writer}: entry ${ack.entryPosition} was acknowledged with ${ack.rows} rows and is lost`),
		);
		if (unacked.length > 1) violations.push(`${writer}: ${unacked.length} entries survived that it never acknowledged`);
	}
	violations.push(...strangers(histories, withRows), ...staleWrites(withRows));

	return {
		counts: {
			ackedEntries: acked.length,
			ackedRows: acked.reduce((sum, { rows }) => sum + rows, 0),
			survivingEntries: withRows.length,
			survivingRows: withRows.reduce((sum, { rows }) => sum + rows.length, 0),
			survivingUnackedEntries,
			lostRows,
			doubledRows,
			halfWritten: log.damaged.length + torn.length,
			misnamed: log.misnamed.length,
			holes,
		},
		violations,
	};
}

function countHoles(filePositions: readonly bigint[]): number {
	const highest = filePositions.at(-1) ?? 0n;
	return Number(highest) - new Set(filePositions).size;
}

function isSameOrder({ entries, filePositions }: LogSeen): boolean {
	return (
		entries.length === filePositions.length &&
		entries.every(({ entryPosition }, i) => entryPosition === filePositions[i])
	);
}

/** Whether the entry's rows are exactly those that its writer put into the entry that begins with the first of them. */
function isWhole({ rows }: EntrySeen): boolean {
	const [first] = rows;
	if (!first || rows.length !== rowsOfEntry(first.producer, first.sequence)) return false;
	return rows.every((row, i) => row.intact && row.producer === first.producer && row.sequence === first.sequence + i);
}

function countDoubled(entries: readonly EntrySeen[]): number {
	const rows = entries.flatMap((entry) => entry.rows);
	return rows.length - new Set(rows.map(nameOf)).size;
}

/** Acknowledged entries that are not at their place, and entries of the writer that it did not acknowledge. */
function compare({ producer, acknowledged }: WriterHistory, entries: readonly EntrySeen[]) {
	const own = new Map(
		entries.filter(({ rows }) => rows[0]?.producer === producer).map((entry) => [entry.entryPosition, entry]),
	);
	const lost = acknowledged.filter(({ entryPosition, firstSequence, rows }) => {
		const found = own.get(entryPosition);
		own.delete(entryPosition);
		return !found || found.rows[0]?.sequence !== firstSequence || found.rows.length !== rows;
	});
	return { lost, unacked: [...own.values()] };
}

function strangers(histories: readonly WriterHistory[], entries: readonly EntrySeen[]): string[] {
	const known = new Set(histories.map(({ producer }) => producer));
	return entries
		.filter(({ rows }) => rows.some(({ producer }) => !known.has(producer)))
		.map(({ entryPosition }) => `entry ${entryPosition} holds rows of a writer that nobody started`);
}

/** Entries that a writer got in after its successor's: a fence that did not hold. */
function staleWrites(entries: readonly EntrySeen[]): string[] {
	return entries
		.filter((entry, i) => entry.writerEpoch < (entries[i - 1]?.writerEpoch ?? 0n))
		.map((entry) => `entry ${entry.entryPosition} of epoch ${entry.writerEpoch} follows one of a higher epoch`);
}

function nameOf({ producer, sequence }: NumberedRow): string {
	return `${producer}/${sequence}`;
}
