import type { EntrySeen, LogSeen } from "./log-seen.ts";
import { type RowGroup, rowName, rowNames } from "./producer-rows.ts";
import type { KnownGroup } from "./round-ledger.ts";

/** What happened to one shard. */
export interface RoundHistory {
	/** What everybody set out to bring into the log. */
	readonly groups: readonly RowGroup[];
	readonly known: readonly KnownGroup[];
	/** What a reader saw that followed the log all the while. */
	readonly followed: readonly EntrySeen[];
}

export interface LogCounts {
	readonly entries: number;
	readonly rows: number;
	/** Rows that their producer knew to be in the log, and that are not, or not where the acknowledgement said. */
	readonly lost: number;
	/** Rows that are there once more than they should. */
	readonly doubled: number;
	/** Positions without an entry below one with. */
	readonly holes: number;
	/** Rows that lie behind a later row of their producer, and entries that lie behind one of a higher epoch. */
	readonly reordered: number;
}

export const NOTHING: LogCounts = { entries: 0, rows: 0, lost: 0, doubled: 0, holes: 0, reordered: 0 };

export interface Verdict {
	readonly counts: LogCounts;
	/** What must never happen and did. */
	readonly violations: readonly string[];
}

/** Holds a log against what its producers know. */
export function judgeLog({ groups, known, followed }: RoundHistory, log: LogSeen): Verdict {
	const violations: string[] = [];
	const holes = Number(log.positions.at(-1) ?? 0n) - new Set(log.positions).size;
	if (holes > 0) violations.push(`${holes} positions have no entry although a later one has`);
	if (log.readerError !== undefined) violations.push(`the reader ended early: ${log.readerError}`);
	else if (log.entries.some((entry, i) => entry.entryPosition !== log.positions[i]) || isShort(log))
		violations.push("the reader did not yield every entry once, in order");

	const rows = log.entries.flatMap((entry) =>
		entry.rows.map((row) => ({ ...row, entryPosition: entry.entryPosition })),
	);
	const positionsOf = new Map<string, bigint[]>();
	for (const row of rows) {
		const name = rowName(row);
		positionsOf.set(name, [...(positionsOf.get(name) ?? []), row.entryPosition]);
		if (!row.intact) violations.push(`row ${name} in entry ${row.entryPosition} is not what was appended`);
	}
	const mayBe = new Set(groups.flatMap(rowNames));
	for (const [name, positions] of positionsOf) {
		if (positions.length > 1) violations.push(`row ${name} is in the entries ${positions.join()}`);
		if (!mayBe.has(name)) violations.push(`row ${name} was never appended`);
	}
	const lost = lostRows(known, positionsOf);
	violations.push(...lost);
	const reordered = reorderedRows(log.entries);
	violations.push(...reordered, ...strayEntries(followed, log.entries));
	return {
		counts: {
			entries: log.entries.length,
			rows: rows.length,
			lost: lost.length,
			doubled: rows.length - positionsOf.size,
			holes,
			reordered: reordered.length,
		},
		violations,
	};
}

function isShort({ entries, positions }: LogSeen): boolean {
	return entries.length < positions.length;
}

function lostRows(known: readonly KnownGroup[], positionsOf: ReadonlyMap<string, readonly bigint[]>): string[] {
	return known.flatMap((group) =>
		rowNames(group).flatMap((name) => {
			const positions = positionsOf.get(name) ?? [];
			if (group.entryPosition === undefined) return positions.length > 0 ? [] : `row ${name} was found, and is gone`;
			if (positions.includes(group.entryPosition)) return [];
			return `row ${name}, acknowledged in entry ${group.entryPosition}, is in ${positions.join() || "none"}`;
		}),
	);
}

function reorderedRows(entries: readonly EntrySeen[]): string[] {
	const flaws: string[] = [];
	const last = new Map<number, number>();
	let epoch = 0n;
	for (const entry of entries) {
		// An opener that lost leaves an entry without rows, wherever it was.
		if (entry.rows.length > 0 && entry.writerEpoch < epoch) {
			flaws.push(`entry ${entry.entryPosition} of epoch ${entry.writerEpoch} lies behind epoch ${epoch}`);
		}
		if (entry.rows.length > 0) epoch = entry.writerEpoch;
		for (const { producer, sequence } of entry.rows) {
			if (sequence < (last.get(producer) ?? -1)) flaws.push(`row ${producer}/${sequence} lies behind a later one`);
			last.set(producer, Math.max(sequence, last.get(producer) ?? -1));
		}
	}
	return flaws;
}

/** What the reader that followed saw otherwise than the fresh one. */
function strayEntries(followed: readonly EntrySeen[], entries: readonly EntrySeen[]): string[] {
	const flaws = followed.flatMap((seen, i) =>
		fingerprint(seen) === fingerprint(entries[i])
			? []
			: `entry ${seen.entryPosition} was another one to the one that followed`,
	);
	if (followed.length < entries.length)
		flaws.push(`${entries.length - followed.length} entries never came to the one that followed`);
	return flaws;
}

function fingerprint(entry: EntrySeen | undefined): string {
	return entry ? `${entry.entryPosition} ${entry.writerEpoch} ${entry.rows.map(rowName).join()}` : "";
}
