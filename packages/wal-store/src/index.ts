/**
 * Object storage as a log needs it: immutable objects, one atomic operation, and stores to choose from by URL.
 *
 * ```ts
 * import { openStore } from "@memwal/wal-store";
 *
 * const store = await openStore("memory:");
 * console.log(await store.putIfAbsent("greetings/1", new TextEncoder().encode("hello"))); // "created"
 * ```
 *
 * @module
 */
export { type CreateOnceOptions, type CreateOnceResult, createOnce } from "./create-once.ts";
export { DEFAULTS } from "./defaults.ts";
export { getWhole } from "./get-whole.ts";
export type {
	Body,
	ByteRange,
	GetOptions,
	ListOptions,
	ObjectMeta,
	ObjectStore,
	PutOptions,
	ReadOptions,
	StoredObject,
} from "./object-store.ts";
export { type OpenStoreOptions, openStore } from "./open-store.ts";
