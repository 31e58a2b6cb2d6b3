/**
 * An Arrow-native write-ahead log on object storage.
 *
 * ```ts
 * import { openStore, WalAppender, WalTailer } from "@memwal/wal-core";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const store = await openStore("memory:");
 * const appender = await WalAppender.open({ store, shard: "events" });
 * const { entryPosition } = await appender.append(tableFromArrays({ id: [1, 2, 3] }).batches);
 * await appender.close();
 *
 * const tailer = await WalTailer.open({ store, shard: "events" });
 * for await (const entry of tailer.entries()) console.log(entry.entryPosition === entryPosition, entry.rows);
 * ```
 *
 * @module
 */
export { openStore } from "@memwal/wal-store";
export * from "./appender.ts";
export type { CoreEvent, CoreObserver } from "./core-events.ts";
export { DEFAULTS } from "./defaults.ts";
export { FIRST_ENTRY_POSITION, MAX_ENTRY_POSITION } from "./entry-position.ts";
export * from "./manifest.ts";
export { entryKey, MEM_WAL_PREFIX, manifestKey, manifestPrefix, parseEntryFileName, walPrefix } from "./shard-paths.ts";
export * from "./tailer.ts";
export * from "./writer.ts";
