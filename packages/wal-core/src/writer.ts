/**
 * Writing a shard through memtables: batches from their arrival until they are in the log, in the indexes, and sunk.
 *
 * @module
 */
export { BatchDurableWatcher, type WaitOptions } from "./batch-durable-watcher.ts";
export type { BatchRange } from "./batch-range.ts";
export { BatchStore, type BatchStoreOptions, type StoredBatch } from "./batch-store.ts";
export type { IndexBounds, IndexInsertion, MemtableIndexes } from "./memtable-indexes.ts";
export type { FrozenMemtable, MemtableSink, SunkEntry } from "./memtable-sink.ts";
export type { OpenWriterOptions } from "./open-writer.ts";
export type { PutAck, PutTimings } from "./put-queue.ts";
export {
	type CloseWriterOptions,
	type PutOptions,
	type PutUnderWay,
	type ReadRowsOptions,
	ShardWriter,
} from "./shard-writer.ts";
export {
	type FlushedEntry,
	WalFlusher,
	type WalFlusherOptions,
	type WalFlushResult,
	type WalFlushSource,
} from "./wal-flusher.ts";
export { type WalOnlySnapshot, WalOnlyState } from "./wal-only-state.ts";
export type { WriterLimits } from "./writer-limits.ts";
export type { WriterStats } from "./writer-stats.ts";
