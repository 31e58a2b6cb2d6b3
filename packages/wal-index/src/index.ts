/**
 * Indexes over record batches in memory: by value, by primary key, and all those of one memtable together.
 *
 * ```ts
 * import { BTreeIndex } from "@memwal/wal-index";
 * import { vectorFromArray } from "apache-arrow";
 *
 * const index = new BTreeIndex({ column: "city" });
 * index.insert(vectorFromArray(["Oslo", "Bern", null, "Oslo"]), 0);
 * console.log(index.get("Oslo"), index.range({ lt: "C" }), index.isNull()); // [0, 3] [1] [2]
 * ```
 *
 * @module
 */
export { BTreeIndex, type BTreeIndexOptions, type EntryOptions } from "./btree-index.ts";
export type { IndexBounds } from "./index-bounds.ts";
export type { IndexEntry, IndexGroup, IndexSnapshot } from "./index-entries.ts";
export type { IndexSpec } from "./index-specs.ts";
export { IndexStore, type IndexStoreOptions } from "./index-store.ts";
export type { IndexInsertion, MemtableIndexes, StoredBatch } from "./memtable-indexes.ts";
export type { LimitedReadOptions, ReadOptions } from "./read-limits.ts";
export type { Order } from "./tree-cursor.ts";
