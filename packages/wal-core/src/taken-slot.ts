import type { Codec } from "@memwal/wal-ipc-wasm";
import { WalError } from "@memwal/wal-runtime";
import type { StoredObject } from "@memwal/wal-store";
import { fencedError } from "./fenced-error.ts";
import { decodeWalEntry, type EntryPlace, type WalEntry } from "./wal-entry.ts";

/**
 * The entry of an earlier writer that holds the slot which the writer of `epoch` wanted.
 *
 * @throws `WAL_FENCED` where it is a newer writer's; `WAL_INTERNAL` where another writer has used the same epoch.
 */
export function earlierEntry(existing: StoredObject, place: EntryPlace, epoch: bigint, codec: Codec): WalEntry {
	const entry = decodeWalEntry(existing, place, codec);
	const { shardId: shard, entryPosition } = place;
	if (entry.writerEpoch > epoch) throw fencedError(shard, epoch, entry.writerEpoch);
	if (entry.writerEpoch < epoch) return entry;
	throw new WalError(
		"WAL_INTERNAL",
		`entry ${entryPosition} of shard ${shard} was written by another writer under the same epoch ${epoch}`,
		{ details: { shard, entryPosition }, outcome: "not-written" },
	);
}
