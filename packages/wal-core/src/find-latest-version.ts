import type { ObjectStore } from "@memwal/wal-store";
import { manifestKey, versionHintKey } from "./shard-paths.ts";
import { decodeVersionHint } from "./version-hint.ts";

const MAX_VERSION = 2n ** 64n - 1n;
const FIRST_BATCH = 2;
const LARGEST_BATCH = 64;

export interface FindVersionOptions {
	/** A version that is known to exist: the search starts there and asks for no hint. */
	readonly knownVersion?: bigint | undefined;
	readonly signal?: AbortSignal | undefined;
}

/**
 * The highest manifest version of a shard, `0n` where it has none.
 *
 * Versions have no gaps and are never deleted, so the first batch of successors without any ends the search. Only
 * absence ends it: a failed HEAD fails the search. The hint may be missing, wrong or garbage.
 */
export async function findLatestVersion(
	store: ObjectStore,
	shardId: string,
	{ knownVersion, signal }: FindVersionOptions = {},
): Promise<bigint> {
	const exists = async (version: bigint): Promise<boolean> =>
		(await store.head(manifestKey(shardId, version), { signal })) !== undefined;

	let latest = knownVersion ?? (await readHint(store, shardId, signal));
	if (knownVersion === undefined && !(await exists(latest))) {
		latest = latest > 1n && (await exists(1n)) ? 1n : 0n;
		if (latest === 0n) return 0n;
	}
	for (let batch = FIRST_BATCH; latest < MAX_VERSION; batch = Math.min(batch * 2, LARGEST_BATCH)) {
		const last = latest + BigInt(batch) < MAX_VERSION ? latest + BigInt(batch) : MAX_VERSION;
		const versions = Array.from({ length: Number(last - latest) }, (_, i) => latest + 1n + BigInt(i));
		const found = await Promise.all(versions.map(exists));
		const highest = found.lastIndexOf(true);
		if (highest === -1) break;
		latest += 1n + BigInt(highest);
	}
	return latest;
}

async function readHint(store: ObjectStore, shardId: string, signal: AbortSignal | undefined): Promise<bigint> {
	try {
		const hint = await store.get(versionHintKey(shardId), { signal });
		return (hint && decodeVersionHint(hint.bytes)) ?? 1n;
	} catch {
		// A hint that cannot be read is one that does not help; what follows finds the version without it.
		return 1n;
	}
}
