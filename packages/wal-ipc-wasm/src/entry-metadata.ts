import { WalError } from "@memwal/wal-runtime";
import type { EntryHeader } from "./codec.ts";

const WRITER_EPOCH_KEY = "writer_epoch";
const GENERATION_KEY = "generation";
const FENCE_SENTINEL_KEY = "fence_sentinel";

/** Keys of the schema's metadata that describe the entry itself, ours and those that a Lance engine may add. */
export const ENTRY_KEYS: ReadonlySet<string> = new Set([
	WRITER_EPOCH_KEY,
	GENERATION_KEY,
	FENCE_SENTINEL_KEY,
	"mem_wal_target_generation",
	"mem_wal_target_generation_dir",
	"mem_wal_target_data_file",
	"mem_wal_target_creator_epoch",
	"mem_wal_target_batch_capacity",
]);

type Metadata = ReadonlyMap<string, string>;

/** Sorted, so that the same pairs give the same bytes in whatever order they were set. */
export function sortedByKey(metadata: Metadata = new Map()): Map<string, string> {
	return new Map([...metadata].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The user's metadata with the keys that say whose entry it is.
 *
 * @throws `WAL_INVALID` where the user's metadata has such a key already: it would be lost when the entry is read.
 */
export function entryMetadata(user: Metadata, header: EntryHeader): Map<string, string> {
	const metadata = new Map(user);
	for (const key of user.keys()) {
		if (ENTRY_KEYS.has(key)) {
			throw new WalError("WAL_INVALID", `The metadata's key "${key}" is reserved for the log. Rename it.`);
		}
	}
	if (header.writerEpoch !== undefined) metadata.set(WRITER_EPOCH_KEY, decimal("writerEpoch", header.writerEpoch));
	if (header.generation !== undefined) metadata.set(GENERATION_KEY, decimal("generation", header.generation));
	if (header.fenceSentinel) metadata.set(FENCE_SENTINEL_KEY, "true");
	return sortedByKey(metadata);
}

/** Takes a schema's metadata apart: what it says about the entry, and what is the user's. */
export function splitMetadata(metadata: Metadata): {
	readonly header: EntryHeader;
	readonly user: Map<string, string>;
} {
	return {
		header: {
			writerEpoch: parseUint64(metadata.get(WRITER_EPOCH_KEY)),
			generation: parseUint64(metadata.get(GENERATION_KEY)),
			fenceSentinel: metadata.get(FENCE_SENTINEL_KEY) === "true",
		},
		user: new Map([...metadata].filter(([key]) => !ENTRY_KEYS.has(key))),
	};
}

function decimal(name: string, value: bigint): string {
	if (BigInt.asUintN(64, value) !== value) throw new RangeError(`${name} must be an unsigned 64-bit number`);
	return value.toString();
}

function parseUint64(text: string | undefined): bigint | undefined {
	if (text === undefined || !/^\d{1,20}$/.test(text)) return undefined;
	const value = BigInt.asUintN(64, BigInt(text));
	return `${value}` === text ? value : undefined;
}
