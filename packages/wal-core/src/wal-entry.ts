import type { Codec, DecodedEntry, DecodeOptions } from "@memwal/wal-ipc-wasm";
import { isWalError, WalError } from "@memwal/wal-runtime";
import type { StoredObject } from "@memwal/wal-store";
import type { RecordBatch, Schema } from "apache-arrow";
import type { ShardId } from "./shard-id.ts";

/** An entry as it was read from the log: immutable, like the object that it came from. */
export interface WalEntry {
	readonly shardId: ShardId;
	readonly entryPosition: bigint;
	/** The epoch of the writer that appended it. */
	readonly writerEpoch: bigint;
	/** The memtable generation of its rows, where the writer told. */
	readonly generation: bigint | undefined;
	/** Whether it is the mark that a new writer sets to fence the one before it. It has no rows. */
	readonly fenceSentinel: boolean;
	/** The user's schema, without the metadata keys of the log. */
	readonly schema: Schema;
	/** The batches that have rows, as they were appended. */
	readonly batches: readonly RecordBatch[];
	readonly rows: number;
	/** Size of the stored object. */
	readonly bytes: number;
	/** When the store created it, in milliseconds since 1970 by the store's clock. */
	readonly lastModifiedMs: number;
}

export interface EntryPlace {
	readonly shardId: ShardId;
	readonly entryPosition: bigint;
}

/**
 * The entry in a stored object, whole and checked: its batches are views on the object's bytes.
 *
 * @throws `WAL_CORRUPT` when the bytes are damaged or say no epoch, `WAL_UNSUPPORTED` when they are of a later format,
 * both with shard, position and key; `WAL_INVALID` for an unknown column.
 */
export function decodeWalEntry(
	object: StoredObject,
	place: EntryPlace,
	codec: Codec,
	options?: Pick<DecodeOptions, "columns">,
): WalEntry {
	const { header, schema, batches, rows } = decodeAt(object, place, codec, options);
	if (header.writerEpoch === undefined) {
		throw new WalError(
			"WAL_CORRUPT",
			`${entryAt(place)} says no writer's epoch: the metadata key writer_epoch is missing or malformed (${object.key})`,
			{ details: detailsOf(object, place) },
		);
	}
	return {
		shardId: place.shardId,
		entryPosition: place.entryPosition,
		writerEpoch: header.writerEpoch,
		generation: header.generation,
		fenceSentinel: header.fenceSentinel,
		schema,
		batches,
		rows,
		bytes: object.size,
		lastModifiedMs: object.lastModifiedMs,
	};
}

function decodeAt(
	object: StoredObject,
	place: EntryPlace,
	codec: Codec,
	options: Pick<DecodeOptions, "columns"> | undefined,
): DecodedEntry {
	try {
		return codec.decode(object.bytes, { key: object.key, columns: options?.columns });
	} catch (cause) {
		if (isWalError(cause, "WAL_CORRUPT") || isWalError(cause, "WAL_UNSUPPORTED")) {
			// The codec knows bytes and key; a reader also asks which entry it was, and the key's digits do not tell at a glance.
			throw new WalError(cause.code, `${entryAt(place)}: ${cause.message}`, {
				details: { ...cause.details, ...detailsOf(object, place) },
				cause,
			});
		}
		throw cause;
	}
}

function entryAt(place: EntryPlace): string {
	return `entry ${place.entryPosition} of shard ${place.shardId}`;
}

function detailsOf(object: StoredObject, place: EntryPlace): { shard: string; key: string; entryPosition: bigint } {
	return { shard: place.shardId, key: object.key, entryPosition: place.entryPosition };
}
