import { FIRST_ENTRY_POSITION, WalTailer } from "@memwal/wal-core";
import { ShardManifestStore } from "@memwal/wal-core/manifest";
import type { Clock } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import type { RecordBatch } from "apache-arrow";
import type { FileLabel } from "./file-label.ts";
import { readChain } from "./read-chain.ts";

export interface FileSeen extends FileLabel {
	readonly ids: readonly number[];
}

export interface EntrySeen {
	readonly entryPosition: bigint;
	readonly writerEpoch: bigint;
	readonly ids: readonly number[];
}

/** Everything that is left of a shard, as somebody finds it who was not there before. */
export interface RowsSeen {
	readonly files: readonly FileSeen[];
	/** All entries that are still in the log, those without rows and those that are in the files included. */
	readonly entries: readonly EntrySeen[];
	/** What is at or below it may be deleted from the log. */
	readonly replayAfterEntryPosition: bigint;
}

export interface SeeRowsOptions {
	readonly store: ObjectStore;
	readonly shard?: string | undefined;
	readonly prefix: string;
	readonly idsOf: (batches: readonly RecordBatch[]) => number[];
	readonly clock?: Clock | undefined;
}

/** @throws as `readChain` and the log's reader, for what is damaged. */
export async function seeRows({ store, shard, prefix, idsOf, clock }: SeeRowsOptions): Promise<RowsSeen> {
	const files: FileSeen[] = [];
	for await (const { table, ...label } of readChain(store, prefix)) files.push({ ...label, ids: idsOf(table.batches) });
	const entries: EntrySeen[] = [];
	const tailer = await WalTailer.open({ store, shard, clock });
	const end = await tailer.nextPosition();
	// One by one, since a reader of the whole log begins behind what was sunk.
	for (let position = FIRST_ENTRY_POSITION; position < end; position++) {
		const entry = await tailer.readEntry(position);
		if (entry) entries.push({ entryPosition: position, writerEpoch: entry.writerEpoch, ids: idsOf(entry.batches) });
	}
	const manifest = await new ShardManifestStore({ store, shard, clock }).readLatest();
	return { files, entries, replayAfterEntryPosition: manifest?.replayAfterEntryPosition ?? 0n };
}
