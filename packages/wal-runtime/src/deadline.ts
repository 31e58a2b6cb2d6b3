import type { Clock } from "./clock.ts";

/** A moment by which something has to be over. */
export interface Deadline {
	/** Milliseconds left, never negative. */
	remainingMs(): number;
	readonly expired: boolean;
}

/** The deadline `ms` milliseconds from now. */
export function deadlineAfter(clock: Clock, ms: number): Deadline {
	const end = clock.monotonicMs() + ms;
	return {
		remainingMs: () => Math.max(0, end - clock.monotonicMs()),
		get expired() {
			return clock.monotonicMs() >= end;
		},
	};
}
