import { abortedError, throwIfAborted } from "@memwal/wal-runtime";

/** Runs one piece of work at a time, in the order of asking. */
export class TurnQueue {
	#last: Promise<unknown> = Promise.resolve();
	/** Whoever waits, by signal: one listener a signal, since many make Node warn of a leak. */
	readonly #waiting = new Map<AbortSignal, Set<() => void>>();
	readonly #onAbort = ({ target }: Event): void => {
		for (const leave of this.#waiting.get(target as AbortSignal) ?? []) leave();
	};

	/**
	 * Runs `work` when everything asked for before has settled.
	 *
	 * A signal that aborts before that takes it out of the queue at once: `WAL_ABORTED` with the outcome `not-written`.
	 * From its turn on, the signal is the work's own affair.
	 */
	run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
		return new Promise<T>((resolve, reject) => {
			throwIfAborted(signal, "not-written");
			const leave = () => reject(abortedError(signal, "not-written"));
			if (signal) this.#wait(signal, leave);
			const turn = this.#last.then(() => {
				if (signal) this.#waitNoMore(signal, leave);
				throwIfAborted(signal, "not-written");
				return work();
			});
			this.#last = turn.catch(() => undefined);
			turn.then(resolve, reject);
		});
	}

	/** Resolves when everything asked for so far has settled. */
	async idle(): Promise<void> {
		await this.#last;
	}

	#wait(signal: AbortSignal, leave: () => void): void {
		const others = this.#waiting.get(signal);
		if (others) {
			others.add(leave);
		} else {
			this.#waiting.set(signal, new Set([leave]));
			signal.addEventListener("abort", this.#onAbort);
		}
	}

	#waitNoMore(signal: AbortSignal, leave: () => void): void {
		const waiting = this.#waiting.get(signal);
		waiting?.delete(leave);
		if (waiting?.size !== 0) return;
		this.#waiting.delete(signal);
		signal.removeEventListener("abort", this.#onAbort);
	}
}
