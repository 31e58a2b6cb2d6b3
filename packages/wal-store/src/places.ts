import { AbortListeners, abortedError, throwIfAborted } from "@memwal/wal-runtime";

/** So many places for work, given out in the order in which they were asked for. */
export class Places {
	#free: number;
	/** A Set, so that one who gives up leaves without a search. */
	readonly #waiting = new Set<() => void>();
	readonly #listeners = new AbortListeners();

	constructor(count: number) {
		this.#free = count;
	}

	/**
	 * Does `work` when a place is free, and gives the place back when it is over.
	 *
	 * @throws `WAL_ABORTED`, with `outcome` if one is given, when `signal` ends the wait.
	 */
	async hold<T>(work: () => Promise<T>, signal: AbortSignal | undefined, outcome?: "not-written"): Promise<T> {
		throwIfAborted(signal, outcome);
		if (this.#free > 0) this.#free--;
		else await this.#turn(signal, outcome);
		try {
			return await work();
		} finally {
			this.#giveBack();
		}
	}

	#turn(signal: AbortSignal | undefined, outcome: "not-written" | undefined): Promise<void> {
		return new Promise((resolve, reject) => {
			const enter = () => {
				if (signal) this.#listeners.remove(signal, leave);
				resolve();
			};
			const leave = () => {
				this.#waiting.delete(enter);
				reject(abortedError(signal, outcome));
			};
			if (signal) this.#listeners.add(signal, leave);
			this.#waiting.add(enter);
		});
	}

	/** Hands the place to the first who waits, or keeps it free. */
	#giveBack(): void {
		const [first] = this.#waiting;
		if (!first) {
			this.#free++;
			return;
		}
		this.#waiting.delete(first);
		first();
	}
}
