import { realRandom } from "@memwal/wal-runtime";
import type { ObjectStore } from "../object-store.ts";
import { keyCases } from "./key-cases.ts";
import { lifetimeCases } from "./lifetime-cases.ts";
import { listCases } from "./list-cases.ts";
import { readCases } from "./read-cases.ts";
import { signalCases } from "./signal-cases.ts";
import { writeCases } from "./write-cases.ts";

/** Where stores may differ; a case that asks for more than a store has does not run on it. */
export interface StoreCapabilities {
	/** Whether `a` and `a/b` can both be objects. In a file system they cannot: a folder is no file. */
	readonly nestedKeys: boolean;
	/** The longest key in UTF-8 bytes: 1,024, less what the store itself puts before it. */
	readonly keyBytes: number;
	/** Whether all stores that `open` gives hold the same objects; rivals then race through several of them. */
	readonly sharedObjects: boolean;
}

export interface StoreConformanceOptions {
	/**
	 * Opens a store for one case, which closes it at the end. Cases write below prefixes of their own and remove
	 * what they wrote, so that an empty store is not needed.
	 */
	open(): Promise<ObjectStore>;
	readonly capabilities: StoreCapabilities;
	/** Names of cases that are known to fail. One that passes fails the run, so that the list cannot grow stale. */
	readonly knownGaps?: readonly string[] | undefined;
}

/** One thing that a store has to do; `run` rejects with an error that says what it did instead. */
export interface ConformanceCase {
	readonly name: string;
	run(): Promise<void>;
}

/** What a case has to work with. */
export interface CaseContext {
	readonly store: ObjectStore;
	/** A folder of this case's own, with a slash at its end. */
	readonly base: string;
	readonly capabilities: StoreCapabilities;
	/** Another store with the same objects, or the same one where stores share nothing. */
	openRival(): Promise<ObjectStore>;
}

export interface StoreCase {
	readonly name: string;
	/** Whether the case applies to stores that can do this; to all where it is absent. */
	readonly appliesTo?: (capabilities: StoreCapabilities) => boolean;
	test(context: CaseContext): Promise<void>;
}

const allCases: readonly StoreCase[] = [
	...readCases,
	...writeCases,
	...listCases,
	...keyCases,
	...signalCases,
	...lifetimeCases,
];

/**
 * Every sentence of the `ObjectStore` interface as a case, for any test runner.
 *
 * @throws RangeError if `knownGaps` names a case that does not exist or does not apply.
 * @example
 * ```ts
 * const capabilities = { nestedKeys: true, sharedObjects: true, keyBytes: 1024 };
 * for (const { name, run } of storeConformance({ open, capabilities })) {
 *   test(name, run);
 * }
 * ```
 */
export function storeConformance(options: StoreConformanceOptions): readonly ConformanceCase[] {
	const { capabilities, knownGaps = [] } = options;
	const cases = allCases.filter(({ appliesTo }) => appliesTo?.(capabilities) ?? true);
	const unknown = knownGaps.filter((gap) => !cases.some(({ name }) => name === gap));
	if (unknown.length > 0) throw new RangeError(`no such case: ${unknown.map((gap) => JSON.stringify(gap)).join(", ")}`);
	return cases.map((storeCase) => ({
		name: storeCase.name,
		run: () => (knownGaps.includes(storeCase.name) ? runGap(storeCase, options) : runCase(storeCase, options)),
	}));
}

async function runGap(storeCase: StoreCase, options: StoreConformanceOptions): Promise<void> {
	try {
		await runCase(storeCase, options);
	} catch {
		return;
	}
	throw new Error(`passes, though it is a known gap: take ${JSON.stringify(storeCase.name)} out of knownGaps`);
}

async function runCase({ test }: StoreCase, { open, capabilities }: StoreConformanceOptions): Promise<void> {
	const store = await open();
	const rivals: ObjectStore[] = [];
	const base = `conformance-${Array.from(realRandom.bytes(8), (byte) => byte.toString(16).padStart(2, "0")).join("")}/`;
	const openRival = async () => {
		if (!capabilities.sharedObjects) return store;
		const rival = await open();
		rivals.push(rival);
		return rival;
	};
	try {
		await test({ store, base, capabilities, openRival });
		for await (const { key } of store.list(base)) await store.delete(key);
	} finally {
		for (const opened of [store, ...rivals]) await opened.close?.();
	}
}
