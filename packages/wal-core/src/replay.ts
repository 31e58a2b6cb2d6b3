import { abortable, isWalError, throwIfAborted, WalError } from "@memwal/wal-runtime";
import { getWhole } from "@memwal/wal-store";
import type { RecordBatch } from "apache-arrow";
import { gapError } from "./absence.ts";
import { DEFAULTS } from "./defaults.ts";
import { FIRST_ENTRY_POSITION } from "./entry-position.ts";
import { fencedError } from "./fenced-error.ts";
import { indexFailed } from "./index-failed.ts";
import { loadOf } from "./load.ts";
import type { Memtables } from "./memtables.ts";
import type { ShardContext } from "./shard-context.ts";
import { entryKey } from "./shard-paths.ts";
import { tailEntries } from "./tail-entries.ts";
import type { TakenOver } from "./take-over.ts";
import { decodeWalEntry, type WalEntry } from "./wal-entry.ts";
import type { WriterSchema } from "./writer-schema.ts";

export interface ReplayOptions {
	readonly taken: TakenOver;
	readonly schema: WriterSchema;
	readonly memtables: Memtables;
	/** Resolves when memory was freed. @throws when nothing will free it. */
	readonly roomMade: () => Promise<void>;
	readonly signal: AbortSignal | undefined;
}

/**
 * Reads the rows above the replay cursor into memtables and their indexes, each once, and resolves with the number of
 * batches: they are durable already, and are never appended again.
 *
 * @throws `WAL_FENCED` when a newer writer was found, `WAL_GAP` or `WAL_CORRUPT` for a log that cannot be read,
 * `WAL_COLLECTED` when the cursor moved on meanwhile, `WAL_INVALID` for rows that do not fit the schema,
 * `WAL_BACKPRESSURE` when memory does not hold them.
 */
export async function replay(context: ShardContext, options: ReplayOptions): Promise<number> {
	const { taken, memtables, signal } = options;
	const { store, codec, manifests } = context;
	const { shardId } = manifests;
	const end = taken.nextEntryPosition;
	let next = taken.manifest.replayAfterEntryPosition + FIRST_ENTRY_POSITION;
	if (next >= end) return 0;
	const entries = tailEntries(context, {
		from: next,
		atTip: "end",
		concurrency: DEFAULTS.readConcurrency,
		signal,
		// Everything below was seen to be written, so that an empty slot is no tip.
		highestKnown: () => end - 1n,
		read: async (entryPosition, signal) => {
			if (entryPosition >= end) return undefined;
			const object = await getWhole(store, entryKey(shardId, entryPosition), { signal });
			return object && decodeWalEntry(object, { shardId, entryPosition }, codec);
		},
	});
	for await (const entry of entries) {
		if (entry.writerEpoch > taken.epoch) throw fencedError(shardId, taken.epoch, entry.writerEpoch);
		if (entry.rows > 0) await replayEntry(entry, options);
		next = entry.entryPosition + 1n;
		if (next === end) return memtables.active.store.globalEnd;
	}
	throw gapError(shardId, next, end - 1n);
}

async function replayEntry(entry: WalEntry, { schema, memtables, roomMade, signal }: ReplayOptions): Promise<void> {
	const load = loadOf(conformedBatches(schema, entry));
	while (!memtables.hasRoom(load.bytes)) {
		throwIfAborted(signal);
		await abortable(roomMade(), signal);
	}
	const memtable = memtables.memtableFor(load);
	const { stored } = memtables.place(load);
	memtable.entryWritten(entry.entryPosition, memtable.store.length);
	try {
		await memtable.indexes?.insertBatches(stored);
	} catch (cause) {
		throw indexFailed(cause, "written");
	}
}

/**
 * The entry's batches with the writer's schema.
 *
 * @throws `WAL_INVALID` or `WAL_UNSUPPORTED` naming the entry: it is the log that does not fit, not what the caller puts.
 */
export function conformedBatches(schema: WriterSchema, entry: WalEntry): RecordBatch[] {
	try {
		return entry.batches.map((batch) => schema.ofLog(batch));
	} catch (cause) {
		if (!isWalError(cause)) throw cause;
		const { shardId: shard, entryPosition } = entry;
		throw new WalError(cause.code, `entry ${entryPosition} of shard ${shard}: ${cause.message}`, {
			details: { shard, entryPosition },
			cause,
		});
	}
}
