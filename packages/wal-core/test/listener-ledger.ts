/** Keeps count of who listens to a signal that has not aborted: at the end of everything, nobody should. */
export class ListenerLedger {
	readonly #listening = new Map<AbortSignal, Set<unknown>>();

	/** How many listen now. */
	get count(): number {
		let count = 0;
		for (const [signal, listeners] of this.#listening) if (!signal.aborted) count += listeners.size;
		return count;
	}

	/** Counts while `work` runs; one at a time. */
	async during<T>(work: () => Promise<T>): Promise<T> {
		const { addEventListener, removeEventListener } = EventTarget.prototype;
		const listenersOf = (signal: AbortSignal): Set<unknown> => {
			const listeners = this.#listening.get(signal) ?? new Set();
			this.#listening.set(signal, listeners);
			return listeners;
		};
		Object.assign(AbortSignal.prototype, {
			addEventListener(this: AbortSignal, ...args: Parameters<typeof addEventListener>) {
				listenersOf(this).add(args[1]);
				addEventListener.apply(this, args);
			},
			removeEventListener(this: AbortSignal, ...args: Parameters<typeof removeEventListener>) {
				listenersOf(this).delete(args[1]);
				removeEventListener.apply(this, args);
			},
		});
		try {
			return await work();
		} finally {
			for (const name of ["addEventListener", "removeEventListener"])
				Reflect.deleteProperty(AbortSignal.prototype, name);
		}
	}
}
