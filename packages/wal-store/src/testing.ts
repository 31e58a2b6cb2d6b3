/**
 * The conformance suite of `ObjectStore`, for drivers and decorators, ours and other people's.
 *
 * It belongs to no test framework: it gives cases, each a name and a function that rejects where the store is wrong.
 *
 * ```ts
 * import { test } from "node:test";
 * import { openMemoryStore } from "@memwal/wal-store/memory";
 * import { storeConformance } from "@memwal/wal-store/testing";
 *
 * const capabilities = { nestedKeys: true, sharedObjects: false, keyBytes: 1024 };
 * for (const { name, run } of storeConformance({ open: async () => openMemoryStore(), capabilities })) {
 *   test(name, run);
 * }
 * ```
 *
 * @module
 */
export {
	type ConformanceCase,
	type StoreCapabilities,
	type StoreConformanceOptions,
	storeConformance,
} from "./testing/conformance.ts";
