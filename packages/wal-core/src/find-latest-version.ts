import type { ObjectStore } from "@memwal/wal-store";
import type { ShardId } from "./shard-id.ts";
import { manifestKey, manifestPrefix, parseManifestFileName, versionHintKey } from "./shard-paths.ts";
import { together } from "./together.ts";
import { MAX_U64 } from "./u64.ts";
import { decodeVersionHint } from "./version-hint.ts";

/** Successors that are looked for at the same time: few where the hint is good, more the further behind it is. */
const FIRST_BATCH = 2;
/** After a version that this process knew a moment ago there is rarely one, and an open asks again and again. */
const FIRST_BATCH_AFTER_KNOWN = 1;
const LARGEST_BATCH = 64;

export interface FindVersionOptions {
	/** A version that is known to exist: the search starts there and asks for no hint. */
	readonly knownVersion?: bigint | undefined;
	readonly signal?: AbortSignal | undefined;
}

/**
 * The highest manifest version of a shard, `0n` where it has none.
 *
 * Versions have no gaps, so the first batch of successors without any ends the search. Only absence ends it: a failed
 * HEAD fails the search. The hint may be missing, wrong or garbage.
 *
 * Nothing in memwal deletes a version; should something else have deleted version 1, a shard that has a hint is listed
 * before it counts as new.
 */
export async function findLatestVersion(
	store: ObjectStore,
	shardId: ShardId,
	{ knownVersion, signal }: FindVersionOptions = {},
): Promise<bigint> {
	const exists = async (version: bigint, ends = signal): Promise<boolean> =>
		(await store.head(manifestKey(shardId, version), { signal: ends })) !== undefined;

	let latest = knownVersion ?? (await findStart(store, shardId, exists, signal));
	if (latest === 0n) return 0n;
	const firstBatch = knownVersion === undefined ? FIRST_BATCH : FIRST_BATCH_AFTER_KNOWN;
	for (let batch = firstBatch; latest < MAX_U64; batch = Math.min(batch * 2, LARGEST_BATCH)) {
		const last = latest + BigInt(batch) < MAX_U64 ? latest + BigInt(batch) : MAX_U64;
		const versions = Array.from({ length: Number(last - latest) }, (_, i) => latest + 1n + BigInt(i));
		const found = await together(
			versions.map((version) => (own) => exists(version, own)),
			signal,
		);
		const highest = found.lastIndexOf(true);
		if (highest === -1) break;
		latest += 1n + BigInt(highest);
	}
	return latest;
}

/** A version that exists, near the highest if the hint is good; `0n` where there is none. */
async function findStart(
	store: ObjectStore,
	shardId: ShardId,
	exists: (version: bigint) => Promise<boolean>,
	signal: AbortSignal | undefined,
): Promise<bigint> {
	const hint = await readHint(store, shardId, signal);
	if (typeof hint === "bigint" && (await exists(hint))) return hint;
	if (hint !== 1n && (await exists(1n))) return 1n;
	if (hint === "none") return 0n;
	let highest = 0n;
	const prefix = manifestPrefix(shardId);
	for await (const { key } of store.list(prefix, { signal })) {
		const version = parseManifestFileName(key.slice(prefix.length));
		if (version !== undefined && version > highest) highest = version;
	}
	return highest;
}

async function readHint(
	store: ObjectStore,
	shardId: ShardId,
	signal: AbortSignal | undefined,
): Promise<bigint | "none" | "garbage"> {
	try {
		const hint = await store.get(versionHintKey(shardId), { signal });
		return hint ? (decodeVersionHint(hint.bytes) ?? "garbage") : "none";
	} catch {
		// A hint that cannot be read is one that does not help; what follows finds the version without it.
		return "garbage";
	}
}
