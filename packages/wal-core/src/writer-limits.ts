import { DEFAULTS } from "./defaults.ts";

/** What bounds a writer; bytes are those of the rows in memory, before they are encoded. */
export interface WriterLimits {
	/** How much may share an entry; a put that is larger goes alone. */
	readonly maxEntryBytes: number;
	/** How long the first put of an entry waits for others to share it, in milliseconds. */
	readonly lingerMs: number;
	/** How much may wait for the log; puts beyond it wait in their turn, and `putNoWait` fails. */
	readonly maxQueuedBytes: number;
	/** What fills a memtable, by bytes. */
	readonly maxMemtableBytes: number;
	/** What fills a memtable, by rows. */
	readonly maxMemtableRows: number;
	/** What fills a memtable, by batches. */
	readonly maxMemtableBatches: number;
	/** What all memtables with their indexes may hold, counting whole every buffer that a row keeps alive. */
	readonly maxMemoryBytes: number;
	/** How long one entry may stay in doubt while the store fails, in milliseconds, before the writer gives up. */
	readonly persistDeadlineMs: number;
}

const LEAST: WriterLimits = {
	maxEntryBytes: 1,
	lingerMs: 0,
	maxQueuedBytes: 1,
	maxMemtableBytes: 1,
	maxMemtableRows: 1,
	maxMemtableBatches: 1,
	maxMemoryBytes: 1,
	persistDeadlineMs: 0,
};

/**
 * The limits with defaults in place of what is not told.
 *
 * @throws RangeError for a limit that is too small, or that another one contradicts; TypeError for what is no number, and
 * for a limit that does not exist.
 */
export function checkedLimits(told: Partial<WriterLimits> = {}): WriterLimits {
	const unknown = Object.keys(told).find((name) => !(name in LEAST));
	if (unknown !== undefined) throw new TypeError(`there is no limit called ${JSON.stringify(unknown)}`);
	const limits = Object.fromEntries(
		Object.entries(LEAST).map(([name, least]) => {
			const value = told[name as keyof WriterLimits] ?? DEFAULTS[name as keyof WriterLimits];
			if (typeof value !== "number") throw new TypeError(`${name} must be a number, not ${typeof value}`);
			if (!(value >= least)) throw new RangeError(`${name} must be ${least} or more, not ${value}`);
			return [name, value];
		}),
	) as unknown as WriterLimits;
	if (!Number.isInteger(limits.maxMemtableBatches)) {
		throw new RangeError(`maxMemtableBatches must be a whole number, not ${limits.maxMemtableBatches}`);
	}
	if (limits.maxMemoryBytes < limits.maxMemtableBytes) {
		throw new RangeError(
			`maxMemoryBytes (${limits.maxMemoryBytes}) must hold at least one memtable (maxMemtableBytes: ${limits.maxMemtableBytes})`,
		);
	}
	return limits;
}
