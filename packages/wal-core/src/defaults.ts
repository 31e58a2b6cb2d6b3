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
};
