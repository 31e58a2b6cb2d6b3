import { AbortListeners, abortedError, throwIfAborted } from "@memwal/wal-runtime";

/** Runs one piece of work at a time, in the order of asking. */
export class TurnQueue {
	#last: Promise<unknown> = Promise.resolve();
	readonly #waiting = new AbortListeners();

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
			if (signal) this.#waiting.add(signal, leave);
			const turn = this.#last.then(() => {
				if (signal) this.#waiting.remove(signal, leave);
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
}
