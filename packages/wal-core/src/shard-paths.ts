import { bitReversedName, parseBitReversedName } from "./bit-reversal.ts";
import { requireEntryPosition } from "./entry-position.ts";
import type { ShardId } from "./shard-id.ts";
import { requireU64 } from "./u64.ts";

/** Everything of all shards lies under this prefix of the log's base path. */
export const MEM_WAL_PREFIX = "_mem_wal/";

const ENTRY_EXTENSION = ".arrow";
const MANIFEST_EXTENSION = ".binpb";
/** Names are parsed from untrusted listings; 1 is the first position and the first version. */
const FIRST = 1n;

/** The prefix of everything that belongs to the shard. */
function shardPrefix(shardId: ShardId): string {
	return `${MEM_WAL_PREFIX}${shardId}/`;
}

/** The prefix of the shard's entries. */
export function walPrefix(shardId: ShardId): string {
	return `${shardPrefix(shardId)}wal/`;
}

/** The prefix of the shard's manifest versions and of their hint. */
export function manifestPrefix(shardId: ShardId): string {
	return `${shardPrefix(shardId)}manifest/`;
}

/**
 * The key of the entry at this position.
 *
 * @throws TypeError when the position is no bigint, RangeError when it is not from 1 to 2^64−1.
 */
export function entryKey(shardId: ShardId, entryPosition: bigint): string {
	return `${walPrefix(shardId)}${bitReversedName(requireEntryPosition(entryPosition))}${ENTRY_EXTENSION}`;
}

/**
 * The key of this version of the manifest.
 *
 * @throws TypeError when the version is no bigint, RangeError when it is not from 1 to 2^64−1.
 */
export function manifestKey(shardId: ShardId, version: bigint): string {
	const name = bitReversedName(requireU64(version, "a manifest version", FIRST));
	return `${manifestPrefix(shardId)}${name}${MANIFEST_EXTENSION}`;
}

/** The key of the hint that names a recent version of the manifest. */
export function versionHintKey(shardId: ShardId): string {
	return `${manifestPrefix(shardId)}version_hint.json`;
}

/**
 * The position of the entry with this file name (the key after {@link walPrefix}), or `undefined` where it is no entry.
 *
 * Exactly 64 digits and `.arrow` are an entry: whatever else lies there, a crashed writer's leftover for instance, must
 * never count as a position, or the tip is looked for behind it and the slot before it stays open to a fenced writer.
 */
export function parseEntryFileName(fileName: string): bigint | undefined {
	return parseFileName(fileName, ENTRY_EXTENSION);
}

/** The version of the manifest with this file name (the key after {@link manifestPrefix}), or `undefined`; as strict as for entries. */
export function parseManifestFileName(fileName: string): bigint | undefined {
	return parseFileName(fileName, MANIFEST_EXTENSION);
}

function parseFileName(fileName: string, extension: string): bigint | undefined {
	if (!fileName.endsWith(extension)) return undefined;
	const n = parseBitReversedName(fileName.slice(0, -extension.length));
	return n !== undefined && n >= FIRST ? n : undefined;
}
