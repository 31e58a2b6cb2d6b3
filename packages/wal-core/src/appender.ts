/**
 * Writing a shard: one appender, fenced by epochs.
 *
 * @module
 */
export type { AppendOptions, AppendResult, OpenAppenderOptions } from "./appender-options.ts";
export type { ShardOptions } from "./shard-context.ts";
export { WalAppender } from "./wal-appender.ts";
