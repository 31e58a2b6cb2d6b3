import { WalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import { explainAbsence, gapError } from "./absence.ts";
import { DEFAULTS } from "./defaults.ts";
import { MAX_ENTRY_POSITION } from "./entry-position.ts";
import type { ManifestReader } from "./manifest-reader.ts";
import type { ShardManifest } from "./shard-manifest.ts";
import { entryKey } from "./shard-paths.ts";
import { highest } from "./u64.ts";

export interface TipSearch {
	readonly store: ObjectStore;
	readonly manifests: ManifestReader;
	/** Positions known or thought to be written; a good one saves requests, a bad one only costs some. */
	readonly hints?: readonly bigint[] | undefined;
	/** What was read a moment ago: where the search begins, never what it ends with. Default: it is read. */
	readonly manifest?: ShardManifest | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** How much further each step of the search upwards goes. */
const STRIDE = 4n;

/**
 * The tip of a shard: its first slot that nobody has written, in O(log n) requests and without listing.
 *
 * The entries above the replay cursor have no gaps, so the search strides upwards from the best hint and then halves.
 * Its answer is checked against what was written or collected meanwhile: it was the tip at some moment of the call. Of
 * a log that is full, 2^64.
 *
 * @throws `WAL_GAP` when an entry is missing; `WAL_UNAVAILABLE` when a request failed, which is never an answer.
 */
export async function findTip(search: TipSearch): Promise<bigint> {
	const { store, manifests, hints = [], signal } = search;
	const exists = async (position: bigint): Promise<boolean> =>
		(await store.head(entryKey(manifests.shardId, position), { signal })) !== undefined;

	for (let restart = 0; restart < DEFAULTS.openRestarts; restart++) {
		const manifest = (restart === 0 && search.manifest) || (await manifests.readLatest({ signal }));
		const covered = manifest?.replayAfterEntryPosition ?? 0n;
		const known = [...hints, manifest?.lastSeenEntryPosition ?? 0n];
		let free = await firstFree(exists, covered, highest(...known));
		for (let overtaken = 0; free <= MAX_ENTRY_POSITION; overtaken++) {
			const absence = await explainAbsence({ store, manifests, entryPosition: free, known, signal });
			if (absence.kind === "tip") return free;
			if (absence.kind === "gap") throw gapError(manifests.shardId, free, absence.laterPosition);
			if (absence.kind === "collected") break;
			// A writer that is faster than these requests is never caught up with; this was the tip a moment ago.
			if (overtaken === DEFAULTS.openRestarts) return free;
			free = await firstFree(exists, free, free);
		}
		if (free > MAX_ENTRY_POSITION) return free;
	}
	throw new WalError(
		"WAL_UNAVAILABLE",
		`the log of shard ${manifests.shardId} was collected ${DEFAULTS.openRestarts} times while its tip was looked for`,
		{ details: { shard: manifests.shardId } },
	);
}

/** The first slot above `covered` that does not exist, as far as one look at each of a few slots can tell. */
async function firstFree(
	exists: (position: bigint) => Promise<boolean>,
	covered: bigint,
	hint: bigint,
): Promise<bigint> {
	let written = covered;
	let free: bigint | undefined;
	if (hint > written && hint <= MAX_ENTRY_POSITION) {
		if (await exists(hint)) written = hint;
		else free = hint;
	}
	for (let step = 1n; free === undefined || written + step < free; step *= STRIDE) {
		if (written === MAX_ENTRY_POSITION) return MAX_ENTRY_POSITION + 1n;
		const probe = written + step < MAX_ENTRY_POSITION ? written + step : MAX_ENTRY_POSITION;
		if (await exists(probe)) {
			written = probe;
		} else {
			free = probe;
			break;
		}
	}
	while (free - written > 1n) {
		const middle: bigint = written + (free - written) / 2n;
		if (await exists(middle)) written = middle;
		else free = middle;
	}
	return free;
}
