import { abortedError } from "./abort.ts";
import type { Clock } from "./clock.ts";
import { nextMacrotask } from "./macrotask.ts";

interface Timer {
	readonly atMs: number;
	readonly order: number;
	readonly fire: () => void;
}

export interface ManualClockOptions {
	/**
	 * Resolves once nothing can happen any more before time moves: the next macrotask by default. A test whose requests
	 * leave the process waits for their answers here.
	 */
	readonly idle?: (() => Promise<void>) | undefined;
}

/**
 * A clock that stands still until a test moves it, and then wakes sleepers in the order of their times.
 *
 * @example
 * ```ts
 * const clock = new ManualClock();
 * const slept = clock.sleep(60_000);
 * await clock.run(slept); // at once: jumps from timer to timer until the promise settles
 * ```
 */
export class ManualClock implements Clock {
	#nowMs: number;
	#order = 0;
	#timers: Timer[] = [];
	readonly #idle: () => Promise<void>;

	constructor(startMs = 0, { idle = nextMacrotask }: ManualClockOptions = {}) {
		this.#nowMs = startMs;
		this.#idle = idle;
	}

	now(): number {
		return this.#nowMs;
	}

	monotonicMs(): number {
		return this.#nowMs;
	}

	/** How many sleepers and timers wait: zero when nothing was left behind. */
	get pendingTimers(): number {
		return this.#timers.length;
	}

	sleep(ms: number, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
		return new Promise((resolve, reject) => {
			if (signal?.aborted) return reject(abortedError(signal));
			const onAbort = () => {
				end();
				reject(abortedError(signal));
			};
			const end = this.timer(ms, () => {
				signal?.removeEventListener("abort", onAbort);
				resolve();
			});
			signal?.addEventListener("abort", onAbort, { once: true });
		});
	}

	timer(ms: number, fire: () => void): () => void {
		const timer: Timer = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, fire };
		this.#timers.push(timer);
		return () => {
			this.#timers = this.#timers.filter((other) => other !== timer);
		};
	}

	yield(): Promise<void> {
		return this.sleep(0);
	}

	/** Moves time by `ms`, waking everyone due on the way, each before the next is looked at. */
	async advance(ms: number): Promise<void> {
		const endMs = this.#nowMs + ms;
		await this.#idle();
		for (let timer = this.#earliest(); timer && timer.atMs <= endMs; timer = this.#earliest()) {
			await this.#fire(timer);
		}
		this.#nowMs = endMs;
	}

	/**
	 * Jumps from timer to timer until `promise` settles, and passes on how it did.
	 *
	 * @throws Error when nothing is left to wait for: the promise could never settle.
	 */
	async run<T>(promise: Promise<T>): Promise<T> {
		let settled = false;
		const done = () => {
			settled = true;
		};
		promise.then(done, done);
		await this.#idle();
		while (!settled) {
			const timer = this.#earliest();
			if (!timer) throw new Error("ManualClock: no timer is left, and the promise is still pending");
			await this.#fire(timer);
		}
		return promise;
	}

	#earliest(): Timer | undefined {
		return this.#timers.reduce<Timer | undefined>(
			(best, timer) =>
				!best || timer.atMs < best.atMs || (timer.atMs === best.atMs && timer.order < best.order) ? timer : best,
			undefined,
		);
	}

	async #fire(timer: Timer): Promise<void> {
		this.#timers = this.#timers.filter((other) => other !== timer);
		this.#nowMs = Math.max(this.#nowMs, timer.atMs);
		timer.fire();
		await this.#idle();
	}
}
