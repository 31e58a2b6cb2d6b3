/**
 * An Arrow-native write-ahead log on object storage.
 *
 * ```ts
 * import { openStore, ShardWriter, WalTailer } from "@memwal/wal-core";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const store = await openStore("memory:");
 * const { schema, batches } = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
 * const writer = await ShardWriter.open({ store, shard: "events", schema });
 * const { entryPosition } = await writer.put(batches);
 * const found = await writer.get("id", 2);
 * await writer.close();
 *
 * const tailer = await WalTailer.open({ store, shard: "events" });
 * for await (const entry of tailer.entries()) console.log(entry.entryPosition === entryPosition, entry.rows, found.length);
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
