import { abortedError, throwIfAborted } from "@memwal/wal-runtime";
import { intercept, isWrite, pullThrough, type StoreRequest } from "./intercept.ts";
import type { ObjectStore } from "./object-store.ts";

/**
 * The same store with at most `limit` requests under way at any time; others wait in the order in which they came,
 * and their signal ends the wait. A list counts only while it is asked for its next object.
 *
 * @throws RangeError unless `limit` is a whole number from 1 on.
 */
export function withConcurrencyLimit(store: ObjectStore, limit: number): ObjectStore {
	if (!Number.isSafeInteger(limit) || limit < 1) {
		throw new RangeError(`a concurrency limit must be a whole number from 1 on, not ${limit}`);
	}
	const places = new Places(limit);
	const inPlace = async <T>(request: StoreRequest, run: () => Promise<T>): Promise<T> => {
		await places.take(request);
		try {
			return await run();
		} finally {
			places.giveBack();
		}
	};
	return intercept(store, {
		call: inPlace,
		list: (request, objects) => pullThrough(objects, (next) => inPlace(request, next)),
	});
}

class Places {
	#free: number;
	/** First come, first served; a Set, so that one who gives up leaves without a search. */
	readonly #waiting = new Set<() => void>();

	constructor(count: number) {
		this.#free = count;
	}

	async take(request: StoreRequest): Promise<void> {
		const { signal } = request;
		const outcome = isWrite(request) ? "not-written" : undefined;
		throwIfAborted(signal, outcome);
		if (this.#free > 0) {
			this.#free--;
			return;
		}
		await new Promise<void>((resolve, reject) => {
			const enter = () => {
				signal?.removeEventListener("abort", leave);
				resolve();
			};
			const leave = () => {
				this.#waiting.delete(enter);
				reject(abortedError(signal, outcome));
			};
			signal?.addEventListener("abort", leave, { once: true });
			this.#waiting.add(enter);
		});
	}

	/** Hands the place to the first who waits, or keeps it free. */
	giveBack(): void {
		const [first] = this.#waiting;
		if (!first) {
			this.#free++;
			return;
		}
		this.#waiting.delete(first);
		first();
	}
}
