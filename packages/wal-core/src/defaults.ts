import type { BackoffLimits } from "@memwal/wal-runtime";

/** The limits of this package, each with its unit and its reason. */
export const DEFAULTS: {
	/** The shard that is meant where none is named: LanceDB's single shard of a table. */
	readonly shard: string;
	/** How long one append may stay in doubt before it fails; longer than a store's usual brown-out. */
	readonly persistDeadlineMs: number;
	/** How long a read is repeated while it fails in a way that can pass. */
	readonly readDeadlineMs: number;
	/** Pauses between repeated reads and commits. */
	readonly backoff: BackoffLimits;
	/** Tries to claim one epoch while other commits take the version: each is a rival's, so a handful says it all. */
	readonly claimConflicts: number;
	/** How often a claim in doubt is followed by one of a higher epoch; each costs one number and nothing else. */
	readonly claimsInDoubt: number;
	/** Versions that a commit may lose to other commits of the same epoch. */
	readonly commitConflicts: number;
	/** How many slots above an absent one are looked at before it counts as the tip: a live writer is rarely further. */
	readonly absenceWindow: number;
	/** Slots found taken by losing openers' sentinels before the tip is searched for again. */
	readonly takenSlotsBeforeSearch: number;
	/** How often an open starts again because the log was collected under it, or written on by a rival. */
	readonly openRestarts: number;
	/** Entries between two publications of `lastSeen`: what a search for the tip may have to gallop over. */
	readonly publishEveryEntries: bigint;
	/** Entries that a tailer fetches at the same time. */
	readonly readConcurrency: number;
	/** A follower's shortest pause at the tip, after an entry came. */
	readonly pollMinMs: number;
	/** A follower's longest pause at the tip, after a long silence. */
	readonly pollMaxMs: number;
	/** How often a follower at the tip reads the manifest, to notice that its place was collected. */
	readonly pollManifestMs: number;
	/** What may share one entry, in bytes of rows: larger objects gain no throughput, and a reader takes each whole. */
	readonly maxEntryBytes: number;
	/** How long an entry waits for more puts, in milliseconds: a crowd shares entries without it. */
	readonly lingerMs: number;
	/** What may wait for the log, in bytes of rows: some entries' worth, so that a crowd never starves the next one. */
	readonly maxQueuedBytes: number;
	/** What fills a memtable, in bytes of rows: a file that a table is glad to get. */
	readonly maxMemtableBytes: number;
	/** What fills a memtable, in rows: bounds what an index rebuilds when a shard is opened. */
	readonly maxMemtableRows: number;
	/** What fills a memtable, in batches: bounds the bookkeeping of tiny puts. */
	readonly maxMemtableBatches: number;
	/** What all memtables may hold, in bytes: a share of a small server's memory. */
	readonly maxMemoryBytes: number;
	/** Pauses before a memtable is offered again to a sink that failed. */
	readonly sinkBackoff: BackoffLimits;
} = {
	shard: "unsharded",
	persistDeadlineMs: 30_000,
	readDeadlineMs: 30_000,
	backoff: { baseMs: 20, maxMs: 2_000 },
	claimConflicts: 16,
	claimsInDoubt: 8,
	commitConflicts: 10,
	absenceWindow: 8,
	takenSlotsBeforeSearch: 8,
	openRestarts: 8,
	publishEveryEntries: 1_024n,
	readConcurrency: 16,
	pollMinMs: 5,
	pollMaxMs: 1_000,
	pollManifestMs: 5_000,
	maxEntryBytes: 8 * 2 ** 20,
	lingerMs: 0,
	maxQueuedBytes: 64 * 2 ** 20,
	maxMemtableBytes: 64 * 2 ** 20,
	maxMemtableRows: 1_000_000,
	maxMemtableBatches: 65_536,
	maxMemoryBytes: 2 ** 30,
	sinkBackoff: { baseMs: 100, maxMs: 10_000 },
};
