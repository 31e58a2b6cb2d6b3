import { AbortListeners, abortedError, type WalError, withOutcome } from "@memwal/wal-runtime";

interface Waiter {
	readonly target: number;
	readonly resolve: () => void;
	readonly reject: (error: WalError) => void;
}

/**
 * How many batches of a writer are durable: an exclusive count that only grows, and whoever waits for it.
 *
 * Waiters are woken in the order of what they wait for, then of their coming, each once, and nothing of them is left.
 * After the first failure nobody waits in vain: every waiter, also one that comes later, gets that failure, unless the
 * watermark reaches what it waits for.
 */
export class DurableWatermark {
	#durable: number;
	/** In the order in which they will be woken. */
	readonly #waiters: Waiter[] = [];
	readonly #aborts = new AbortListeners();
	#failure: { readonly error: WalError; readonly attemptedEnd: number } | undefined;

	constructor(durable = 0) {
		this.#durable = durable;
	}

	/** Exclusive count of the durable batches. */
	get durable(): number {
		return this.#durable;
	}

	/** How many wait. */
	get waiting(): number {
		return this.#waiters.length;
	}

	/** Moves it up to `durable` and wakes whoever waited for that; a lower count changes nothing. */
	advance(durable: number): void {
		if (durable <= this.#durable) return;
		this.#durable = durable;
		let reached = 0;
		while (reached < this.#waiters.length && (this.#waiters[reached] as Waiter).target <= durable) reached++;
		for (const { resolve } of this.#waiters.splice(0, reached)) resolve();
	}

	/**
	 * Keeps the first failure and wakes everybody with it; a later one changes nothing.
	 *
	 * Batches from `attemptedEnd` on were never on their way to the log and never will be, so those who wait for one are
	 * told `not-written`.
	 */
	fail(error: WalError, attemptedEnd: number): void {
		if (this.#failure) return;
		this.#failure = { error, attemptedEnd };
		for (const { target, reject } of this.#waiters.splice(0)) reject(failureFor(target, error, attemptedEnd));
	}

	/**
	 * Resolves when the count has reached `target`.
	 *
	 * @throws the first failure; `WAL_ABORTED` with the outcome `unknown` when the signal ends the waiting.
	 */
	reached(target: number, signal?: AbortSignal): Promise<void> {
		if (this.#durable >= target) return Promise.resolve();
		if (this.#failure) {
			const { error, attemptedEnd } = this.#failure;
			return Promise.reject(failureFor(target, error, attemptedEnd));
		}
		if (signal?.aborted) return Promise.reject(abortedError(signal, "unknown"));
		return new Promise((resolve, reject) => {
			if (!signal) return this.#add({ target, resolve, reject });
			const leave = () => {
				this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
				reject(abortedError(signal, "unknown"));
			};
			const noMore = () => this.#aborts.remove(signal, leave);
			const waiter: Waiter = {
				target,
				resolve: () => {
					noMore();
					resolve();
				},
				reject: (error) => {
					noMore();
					reject(error);
				},
			};
			this.#add(waiter);
			this.#aborts.add(signal, leave);
		});
	}

	/** Mostly at the end: batches are waited for in the order of their coming. */
	#add(waiter: Waiter): void {
		let at = this.#waiters.length;
		while (at > 0 && (this.#waiters[at - 1] as Waiter).target > waiter.target) at--;
		this.#waiters.splice(at, 0, waiter);
	}
}

function failureFor(target: number, error: WalError, attemptedEnd: number): WalError {
	return target <= attemptedEnd ? error : withOutcome(error, "not-written");
}
