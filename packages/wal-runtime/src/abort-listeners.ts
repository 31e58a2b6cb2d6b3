/**
 * Whoever waits, by signal: one listener a signal, however many wait for it, since many listeners on one signal make
 * Node warn of a leak.
 */
export class AbortListeners {
	readonly #leaving = new Map<AbortSignal, Set<() => void>>();
	readonly #onAbort = ({ target }: Event): void => {
		const signal = target as AbortSignal;
		const leaving = this.#leaving.get(signal) ?? [];
		this.#leaving.delete(signal);
		for (const leave of leaving) leave();
	};

	/** Calls `leave` once, when the signal aborts, unless it is removed before; not for a signal that has aborted already. */
	add(signal: AbortSignal, leave: () => void): void {
		const others = this.#leaving.get(signal);
		if (others) {
			others.add(leave);
		} else {
			this.#leaving.set(signal, new Set([leave]));
			signal.addEventListener("abort", this.#onAbort, { once: true });
		}
	}

	/** After the last one has been removed, nothing is left on the signal. */
	remove(signal: AbortSignal, leave: () => void): void {
		const leaving = this.#leaving.get(signal);
		if (!leaving?.delete(leave) || leaving.size > 0) return;
		this.#leaving.delete(signal);
		signal.removeEventListener("abort", this.#onAbort);
	}
}
