/**
 * Reading a shard: no writer is loaded with it.
 *
 * @module
 */
export type { ShardOptions } from "./shard-context.ts";
export type { WalEntry } from "./wal-entry.ts";
export { type ReadEntryDataOptions, WalEntryData } from "./wal-entry-data.ts";
export { type ReadEntryOptions, type TailOptions, WalTailer } from "./wal-tailer.ts";
