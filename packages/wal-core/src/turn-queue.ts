import { AbortListeners, abortedError } from "@memwal/wal-runtime";

/** Runs one piece of work at a time, in the order of asking. */
export class TurnQueue {
	/** Settles when everything asked for so far has. */
	#last: Promise<unknown> = Promise.resolve();
	#unsettled = 0;
	readonly #waiting = new AbortListeners();

	/**
	 * Runs `work` when everything asked for before has settled: at once, where there is nothing.
	 *
	 * A signal that aborts before that takes it out of the queue at once: `WAL_ABORTED` with the outcome `not-written`.
	 * From its turn on, the signal is the work's own affair.
	 */
	run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
		if (signal?.aborted) return Promise.reject(abortedError(signal, "not-written"));
		const isFirst = this.#unsettled === 0;
		this.#unsettled++;
		if (isFirst) return this.#followed(work());
		return new Promise<T>((resolve, reject) => {
			const leave = () => reject(abortedError(signal, "not-written"));
			if (signal) this.#waiting.add(signal, leave);
			const turn = this.#last.then(() => {
				if (signal) this.#waiting.remove(signal, leave);
				if (signal?.aborted) throw abortedError(signal, "not-written");
				return work();
			});
			this.#followed(turn).then(resolve, reject);
		});
	}

	/** Resolves when everything asked for so far has settled. */
	async idle(): Promise<void> {
		await this.#last;
	}

	#followed<T>(turn: Promise<T>): Promise<T> {
		this.#last = turn.then(this.#settled, this.#settled);
		return turn;
	}

	readonly #settled = (): void => {
		this.#unsettled--;
	};
}
