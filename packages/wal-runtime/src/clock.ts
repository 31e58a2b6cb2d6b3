import { abortedError } from "./abort.ts";
import { nextMacrotask } from "./macrotask.ts";

/** Time, injected: everything that waits or measures in memwal takes it from here, so that a simulator can own it. */
export interface Clock {
	/** Wall-clock time in milliseconds since 1970, for stamps only. */
	now(): number;
	/** Milliseconds from an arbitrary start that never run backwards, for durations and deadlines. */
	monotonicMs(): number;
	/**
	 * Resolves after `ms` milliseconds (of more than 24 days, after 24); leaves no timer behind when `signal` ends it
	 * first.
	 *
	 * @throws `WAL_ABORTED` when `signal` is or gets aborted.
	 */
	sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
	/**
	 * Calls `fire` after `ms` milliseconds (of more than 24 days, after 24), unless what it returns is called before: for
	 * what hardly ever fires, since ending a sleep costs an error.
	 */
	timer(ms: number, fire: () => void): () => void;
	/** Lets everything else that is ready run once, I/O included. */
	yield(): Promise<void>;
}

/** The longest time that timers count; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The time of this machine. */
export const realClock: Clock = {
	now: () => Date.now(),
	monotonicMs: () => performance.now(),
	sleep(ms, { signal } = {}) {
		return new Promise((resolve, reject) => {
			if (signal?.aborted) return reject(abortedError(signal));
			const onAbort = () => {
				end();
				reject(abortedError(signal));
			};
			const end = realClock.timer(ms, () => {
				signal?.removeEventListener("abort", onAbort);
				resolve();
			});
			signal?.addEventListener("abort", onAbort, { once: true });
		});
	},
	timer(ms, fire) {
		const timer = setTimeout(fire, Math.min(ms, MAX_TIMER_MS));
		return () => clearTimeout(timer);
	},
	yield: nextMacrotask,
};
