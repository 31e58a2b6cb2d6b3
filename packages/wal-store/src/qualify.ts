import {
	type Clock,
	isolated,
	type Observer,
	type Random,
	realClock,
	realRandom,
	throwIfAborted,
	WalError,
	type WalEvent,
} from "@memwal/wal-runtime";
import type { ObjectStore } from "./object-store.ts";
import { objectProbes } from "./qualify/object-probes.ts";
import { Flaw, type ProbeContext } from "./qualify/probe.ts";
import { raceProbe } from "./qualify/race-probe.ts";
import { visibilityProbes } from "./qualify/visibility-probes.ts";
import { withObserver } from "./with-observer.ts";

export interface QualifyOptions {
	/** Other ways to the same objects, as other processes have them; creators race through all of them. */
	readonly rivals?: readonly ObjectStore[] | undefined;
	/** Keys that are raced for; 24 unless told otherwise. */
	readonly keys?: number | undefined;
	/** Creators of each key; 16 unless told otherwise. */
	readonly creators?: number | undefined;
	/** Size of the large body in bytes; 8 MiB unless told otherwise, where early refusals begin to arrive as resets. */
	readonly largeBytes?: number | undefined;
	/** Hears of each probe when it is over, also of those that fail. */
	readonly observer?: Observer<QualifyProbe> | undefined;
	readonly signal?: AbortSignal | undefined;
	readonly clock?: Clock | undefined;
	readonly random?: Random | undefined;
}

/** What became of one probe. */
export interface QualifyProbe extends WalEvent {
	readonly type: "qualify-probe";
	readonly name: string;
	readonly passed: boolean;
	/** What was seen, as a sentence. */
	readonly evidence: string;
	readonly durationMs: number;
	/** Calls to the store, its own repetitions among them. */
	readonly requests: number;
}

export interface QualifyReport {
	readonly probes: readonly QualifyProbe[];
	readonly durationMs: number;
	/** Calls to the store, with those that removed what was written. */
	readonly requests: number;
}

/**
 * Finds out whether a store does what a log rests on, by doing it: races creators for keys, reads and lists right after
 * writes, reads ranges, deletes and creates anew, writes large bodies. Resolves only where all of it holds.
 *
 * A store that passes has not been proven safe; one that fails is not. It writes below a folder of its own and removes
 * that again; some 700 calls, a few seconds on a near store.
 *
 * @throws `WAL_STORE_UNSAFE` where a probe fails, with what was seen; another error where the store did not answer.
 * @example
 * ```ts
 * const { probes } = await qualify(await openStore("s3://bucket/scratch"));
 * ```
 */
export async function qualify(store: ObjectStore, options: QualifyOptions = {}): Promise<QualifyReport> {
	const { rivals = [], keys = 24, creators = 16, largeBytes = 8 * 2 ** 20, signal } = options;
	const { clock = realClock, random = realRandom } = options;
	requireWhole("keys", keys, 1);
	requireWhole("creators", creators, 2);
	requireWhole("largeBytes", largeBytes, 1);
	const observer = isolated(options.observer);

	let requests = 0;
	const counted = (one: ObjectStore) => withObserver(one, { clock, observer: () => void requests++ });
	const id = Array.from(random.bytes(8), (byte) => byte.toString(16).padStart(2, "0")).join("");
	const base = `memwal-qualify-${id}/`;
	const stores = [counted(store), ...rivals.map(counted)] as const;
	const context: ProbeContext = { stores, base, clock, random, signal, keys, creators, largeBytes };

	const startMs = clock.monotonicMs();
	// A store that cannot be reached, or refuses all, says so at once: it is not waited for.
	await stores[0].head(`${base}anything`, { signal });
	const probes: QualifyProbe[] = [];
	try {
		for (const { name, run } of [raceProbe, ...objectProbes, ...visibilityProbes]) {
			throwIfAborted(signal);
			const before = { requests, ms: clock.monotonicMs() };
			const { passed, evidence } = await judge(() => run(context));
			const durationMs = clock.monotonicMs() - before.ms;
			const probe: QualifyProbe = {
				type: "qualify-probe",
				name,
				passed,
				evidence,
				durationMs,
				requests: requests - before.requests,
			};
			probes.push(probe);
			observer?.(probe);
		}
	} finally {
		await cleanUp(context);
	}
	const failed = probes.filter(({ passed }) => !passed);
	const [worst] = failed;
	if (worst) {
		const more = failed.length > 1 ? ` (and ${failed.length - 1} more of ${probes.length} probes failed)` : "";
		throw new WalError("WAL_STORE_UNSAFE", `the store cannot hold a log: ${worst.name}: ${worst.evidence}${more}`);
	}
	return { probes, durationMs: clock.monotonicMs() - startMs, requests };
}

async function judge(probe: () => Promise<string>): Promise<{ readonly passed: boolean; readonly evidence: string }> {
	try {
		return { passed: true, evidence: await probe() };
	} catch (error) {
		if (!(error instanceof Flaw)) throw error;
		return { passed: false, evidence: error.message };
	}
}

/** Removes what was written. That it cannot be removed says nothing of the store's safety, and hides no verdict. */
async function cleanUp({ stores: [store], base }: ProbeContext): Promise<void> {
	const removing: Promise<void>[] = [];
	const removeAll = async () => {
		for await (const { key } of store.list(base)) removing.push(store.delete(key));
	};
	await removeAll().catch(() => undefined);
	await Promise.allSettled(removing);
}

function requireWhole(name: string, value: number, least: number): void {
	if (!Number.isSafeInteger(value) || value < least) {
		throw new RangeError(`${name} must be a whole number from ${least} on, not ${value}`);
	}
}
