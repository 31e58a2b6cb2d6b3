import type { Clock } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";

/**
 * A process that can be killed: its clock and its store stop answering from one moment to the next, while the requests
 * that it has sent still arrive.
 */
export class KillableProcess {
	readonly clock: Clock;
	readonly store: ObjectStore;
	readonly #sleeps = new Set<AbortController>();
	readonly #died: Promise<"died">;
	readonly #requests = new Set<Promise<unknown>>();
	#dead = false;
	#die!: () => void;

	constructor(clock: Clock, store: ObjectStore) {
		this.#died = new Promise((resolve) => {
			this.#die = () => resolve("died");
		});
		this.clock = {
			now: () => clock.now(),
			monotonicMs: () => clock.monotonicMs(),
			sleep: (ms, { signal } = {}) => this.answered(this.#sleep(clock, ms, signal)),
			timer: (ms, fire) => {
				const ending = new AbortController();
				this.clock.sleep(ms, { signal: ending.signal }).then(fire, () => undefined);
				return () => ending.abort();
			},
			yield: () => this.clock.sleep(0),
		};
		this.store = {
			get: (key, options) => this.#sent(() => store.get(key, options)),
			head: (key, options) => this.#sent(() => store.head(key, options)),
			putIfAbsent: (key, body, options) => this.#sent(() => store.putIfAbsent(key, body, options)),
			put: (key, body, options) => this.#sent(() => store.put(key, body, options)),
			list: (prefix, options) => this.#listed(store.list(prefix, options)),
			delete: (key, options) => this.#sent(() => store.delete(key, options)),
		};
	}

	/** How many timers it has. */
	get timers(): number {
		return this.#sleeps.size;
	}

	get isDead(): boolean {
		return this.#dead;
	}

	kill(): void {
		this.#dead = true;
		for (const ending of this.#sleeps) ending.abort();
		this.#die();
	}

	/** What a call of its own resolves with, or that it died before. */
	async await<T>(call: Promise<T>): Promise<{ readonly value: T } | "died"> {
		return Promise.race([call.then((value) => ({ value })), this.#died]);
	}

	/** Resolves when every request that it sent has arrived. */
	async requestsArrived(): Promise<void> {
		await Promise.allSettled(this.#requests);
	}

	/** A request on its way arrives also after the death; its answer does not. */
	#sent<T>(request: () => Promise<T>): Promise<T> {
		if (this.#dead) return new Promise(() => undefined);
		const answer = request();
		const arrived = () => {
			this.#requests.delete(answer);
		};
		this.#requests.add(answer);
		answer.then(arrived, arrived);
		return this.answered(answer);
	}

	async *#listed<T>(objects: AsyncIterable<T>): AsyncIterable<T> {
		const iterator = objects[Symbol.asyncIterator]();
		for (;;) {
			const step = await this.#sent(() => iterator.next());
			if (step.done) return;
			yield step.value;
		}
	}

	/** What the process sees of an answer from outside: nothing, once it is dead. */
	answered<T>(answer: Promise<T>): Promise<T> {
		return new Promise((resolve, reject) => {
			answer.then(
				(value) => {
					if (!this.#dead) resolve(value);
				},
				(error) => {
					if (!this.#dead) reject(error);
				},
			);
		});
	}

	async #sleep(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
		const ending = new AbortController();
		const onAbort = () => ending.abort(signal?.reason);
		if (this.#dead || signal?.aborted) onAbort();
		signal?.addEventListener("abort", onAbort, { once: true });
		this.#sleeps.add(ending);
		try {
			await clock.sleep(ms, { signal: ending.signal });
		} finally {
			this.#sleeps.delete(ending);
			signal?.removeEventListener("abort", onAbort);
		}
	}
}
