import type { Clock } from "./clock.ts";

/** A moment by which something has to be over. */
export interface Deadline {
	/** Milliseconds left, never negative. */
	remainingMs(): number;
	readonly expired: boolean;
}

/** The deadline `ms` milliseconds from now. */
export function deadlineAfter(clock: Clock, ms: number): Deadline {
	return new ClockDeadline(clock, clock.monotonicMs() + ms);
}

/** A class, since it is made for every request: V8 gives each object literal with a getter a hidden class of its own. */
class ClockDeadline implements Deadline {
	readonly #clock: Clock;
	readonly #endMs: number;

	constructor(clock: Clock, endMs: number) {
		this.#clock = clock;
		this.#endMs = endMs;
	}

	remainingMs(): number {
		return Math.max(0, this.#endMs - this.#clock.monotonicMs());
	}

	get expired(): boolean {
		return this.#clock.monotonicMs() >= this.#endMs;
	}
}
