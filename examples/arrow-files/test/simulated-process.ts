import type { Clock } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";

/** One request of a process to its store. */
export interface ProcessRequest {
	readonly operation: "get" | "head" | "putIfAbsent" | "put" | "list";
	readonly key: string;
}

/**
 * A process that can be stopped, woken up again, and killed, between any two of its steps: nothing that it waits for
 * reaches it meanwhile, and it asks for nothing; what it has asked for already happens.
 */
export class SimulatedProcess {
	readonly clock: Clock;
	readonly store: ObjectStore;
	/** Called before each request is sent, and after it took effect. */
	onRequest: (request: ProcessRequest, moment: "before" | "after") => void = () => undefined;
	#state: "running" | "stopped" | "dead" = "running";
	#wake: (() => void)[] = [];
	readonly #died: Promise<"died">;
	#die: (() => void) | undefined;

	constructor(clock: Clock, store: ObjectStore) {
		this.#died = new Promise((resolve) => {
			this.#die = () => resolve("died");
		});
		this.clock = {
			now: () => clock.now(),
			monotonicMs: () => clock.monotonicMs(),
			sleep: (ms, options) => this.#answered(clock.sleep(ms, options)),
			timer: (ms, fire) => clock.timer(ms, () => void this.#answered(Promise.resolve()).then(fire)),
			yield: () => this.#answered(clock.yield()),
		};
		const send = async <T>(operation: ProcessRequest["operation"], key: string, call: () => Promise<T>): Promise<T> => {
			this.onRequest({ operation, key }, "before");
			await this.#running();
			const answer = call();
			const told = () => this.onRequest({ operation, key }, "after");
			answer.then(told, told);
			return this.#answered(answer);
		};
		this.store = {
			get: (key, options) => send("get", key, () => store.get(key, options)),
			// Many at a time, and short: none is broken off.
			head: (key) => send("head", key, () => store.head(key)),
			putIfAbsent: (key, body, options) => send("putIfAbsent", key, () => store.putIfAbsent(key, body, options)),
			put: (key, body, options) => send("put", key, () => store.put(key, body, options)),
			list: async function* (prefix, options) {
				yield* await send("list", prefix, async () => collected(store.list(prefix, options)));
			},
			delete: () => {
				throw new Error("a writer deletes nothing");
			},
		};
	}

	get isDead(): boolean {
		return this.#state === "dead";
	}

	stop(): void {
		if (this.#state === "running") this.#state = "stopped";
	}

	resume(): void {
		if (this.#state !== "stopped") return;
		this.#state = "running";
		for (const wake of this.#wake.splice(0)) wake();
	}

	kill(): void {
		this.#state = "dead";
		this.#wake = [];
		this.#die?.();
	}

	/** What a call of the process resolves with, or that it died before. */
	outcome<T>(call: Promise<T>): Promise<{ readonly value: T } | "died"> {
		return Promise.race([call.then((value) => ({ value })), this.#died]);
	}

	async #answered<T>(call: Promise<T>): Promise<T> {
		try {
			return await call;
		} finally {
			await this.#running();
		}
	}

	async #running(): Promise<void> {
		while (this.#state !== "running") await new Promise<void>((resolve) => this.#wake.push(resolve));
	}
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
	const all: T[] = [];
	for await (const item of items) all.push(item);
	return all;
}
