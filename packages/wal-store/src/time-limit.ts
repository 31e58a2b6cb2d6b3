import { type Clock, deadlineAfter } from "@memwal/wal-runtime";

/** Given as a reason, since an abort without one makes a DOMException, and this is once for every write. */
const CALL_IS_OVER = "the call is over";

/** What a call passes on to its requests, so that none outlives it. */
export interface TimeLimit {
	/** Aborts at the deadline, or with the caller's signal. */
	readonly signal: AbortSignal;
	/** Whether the deadline has passed. */
	readonly expired: boolean;
	remainingMs(): number;
	/** To be called when the call is over, whatever became of it: leaves no timer and no listener. */
	end(): void;
}

/** Begins the time of a call that may take `ms` milliseconds. */
export function startTimeLimit(clock: Clock, ms: number, callerSignal: AbortSignal | undefined): TimeLimit {
	const deadline = deadlineAfter(clock, ms);
	const requests = new AbortController();
	const timer = new AbortController();
	let fired = false;
	const fire = () => {
		fired = true;
		requests.abort();
	};
	const ended = () => undefined;
	clock.sleep(ms, { signal: timer.signal }).then(fire, ended);
	const onAbort = () => requests.abort(callerSignal?.reason);
	callerSignal?.addEventListener("abort", onAbort, { once: true });
	if (callerSignal?.aborted) onAbort();
	return {
		signal: requests.signal,
		get expired() {
			// A timer may be a little early.
			return fired || deadline.expired;
		},
		remainingMs: () => deadline.remainingMs(),
		end() {
			timer.abort(CALL_IS_OVER);
			callerSignal?.removeEventListener("abort", onAbort);
		},
	};
}
