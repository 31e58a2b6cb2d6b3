import type { Clock } from "./clock.ts";
import { type Deadline, deadlineAfter } from "./deadline.ts";
import type { Random } from "./random.ts";
import { isWalError } from "./wal-error.ts";

export interface BackoffLimits {
	/** The longest first pause. */
	readonly baseMs: number;
	/** The longest pause at all. */
	readonly maxMs: number;
}

/** The pause before try number `attempt + 1`: exponential, with full jitter so that rivals do not meet again. */
export function backoffMs(attempt: number, random: Random, { baseMs, maxMs }: BackoffLimits): number {
	return random.float() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
}

export interface RetryOptions {
	readonly clock: Clock;
	readonly random: Random;
	/** How long to go on trying. */
	readonly deadline: Deadline | number;
	readonly backoff: BackoffLimits;
	readonly signal?: AbortSignal | undefined;
}

/**
 * Repeats a *read* while it fails with a retryable error and time is left; then throws the last error.
 *
 * Never for writes: a write whose outcome is unknown is settled, not repeated.
 */
export async function retryRead<T>(read: () => Promise<T>, options: RetryOptions): Promise<T> {
	const { clock, random, signal } = options;
	const deadline = typeof options.deadline === "number" ? deadlineAfter(clock, options.deadline) : options.deadline;
	for (let attempt = 0; ; attempt++) {
		try {
			return await read();
		} catch (error) {
			if (!isWalError(error) || !error.retryable || deadline.expired) throw error;
			await clock.sleep(Math.min(backoffMs(attempt, random, options.backoff), deadline.remainingMs()), { signal });
		}
	}
}
