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
export {
	type Fault,
	type FaultName,
	type FaultPlan,
	type FaultRates,
	type FaultyRequest,
	type RandomFaultsOptions,
	READ_FAULTS,
	type ReadFaultName,
	randomFaults,
	WRITE_FAULTS,
	type WriteFaultName,
} from "./faults.ts";
export { getWhole } from "./get-whole.ts";
export type { StoreOperation, StoreRequest } from "./intercept.ts";
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
export { type QualifyOptions, type QualifyProbe, type QualifyReport, qualify } from "./qualify.ts";
export { withConcurrencyLimit } from "./with-concurrency-limit.ts";
export { type FaultyStore, type WithFaultsOptions, withFaults } from "./with-faults.ts";
export { type WithLatencyOptions, withLatency } from "./with-latency.ts";
export {
	type StoreRequestEvent,
	type StoreRequestResult,
	type WithObserverOptions,
	withObserver,
} from "./with-observer.ts";
export { withPrefix } from "./with-prefix.ts";
