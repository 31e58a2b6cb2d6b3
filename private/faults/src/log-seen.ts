import { parseEntryFileName, resolveShard, type WalEntry, WalTailer, walPrefix } from "@memwal/wal-core";
import type { ObjectStore } from "@memwal/wal-store";
import { type ProducerRow, readRows } from "./producer-rows.ts";

export interface EntrySeen {
	readonly entryPosition: bigint;
	readonly writerEpoch: bigint;
	readonly rows: readonly ProducerRow[];
}

/** A shard as a reader that was not there before finds it, over a wire that nothing befalls. */
export interface LogSeen {
	/** What the reader yielded, in its order. */
	readonly entries: readonly EntrySeen[];
	/** The positions of all objects with the name of an entry, ascending. */
	readonly positions: readonly bigint[];
	/** Why the reader ended early, if it did. */
	readonly readerError: string | undefined;
}

/** Reads a shard through the public reader, and lists it. */
export async function readLog(store: ObjectStore, shard: string): Promise<LogSeen> {
	const prefix = walPrefix(resolveShard(shard).shardId);
	const positions: bigint[] = [];
	for await (const { key } of store.list(prefix)) {
		const position = parseEntryFileName(key.slice(prefix.length));
		if (position !== undefined) positions.push(position);
	}
	positions.sort((a, b) => (a < b ? -1 : 1));
	const entries: EntrySeen[] = [];
	try {
		const tailer = await WalTailer.open({ store, shard });
		for await (const entry of tailer.entries({ from: 1n })) entries.push(entrySeen(entry));
		return { entries, positions, readerError: undefined };
	} catch (error) {
		return { entries, positions, readerError: String(error) };
	}
}

/** What is kept of an entry: its rows may be large. */
export function entrySeen({ entryPosition, writerEpoch, batches }: WalEntry): EntrySeen {
	return { entryPosition, writerEpoch, rows: batches.flatMap(readRows) };
}
