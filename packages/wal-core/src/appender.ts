/**
 * Writing a shard: one appender, fenced by epochs.
 *
 * @module
 */
export type { ShardOptions } from "./shard-context.ts";
export { type AppendOptions, type AppendResult, type OpenAppenderOptions, WalAppender } from "./wal-appender.ts";
