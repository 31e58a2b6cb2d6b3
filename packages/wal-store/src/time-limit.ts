import { type Clock, deadlineAfter } from "@memwal/wal-runtime";

/** What a call passes on to its requests, so that none outlives it. */
export interface TimeLimit {
	/** Aborts at the deadline, or with the caller's signal. Nothing is set up before it is first asked for. */
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
	let requests: AbortController | undefined;
	let endTimer: (() => void) | undefined;
	let fired = false;
	const onAbort = () => requests?.abort(callerSignal?.reason);
	const setUp = (): AbortController => {
		const controller = new AbortController();
		endTimer = clock.timer(deadline.remainingMs(), () => {
			fired = true;
			controller.abort();
		});
		callerSignal?.addEventListener("abort", onAbort, { once: true });
		if (callerSignal?.aborted) controller.abort(callerSignal.reason);
		return controller;
	};
	return {
		get signal() {
			requests ??= setUp();
			return requests.signal;
		},
		get expired() {
			// A timer may be a little early.
			return fired || deadline.expired;
		},
		remainingMs: () => deadline.remainingMs(),
		end() {
			if (!endTimer) return;
			endTimer();
			callerSignal?.removeEventListener("abort", onAbort);
		},
	};
}
