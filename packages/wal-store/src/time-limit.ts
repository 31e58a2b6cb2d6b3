import { type Clock, type Deadline, deadlineAfter } from "@memwal/wal-runtime";

/** What a call passes on to its requests, so that none outlives it. It begins when it is made. */
export class TimeLimit {
	readonly #clock: Clock;
	readonly #deadline: Deadline;
	readonly #callerSignal: AbortSignal | undefined;
	#requests: AbortController | undefined;
	#endTimer: (() => void) | undefined;
	#onAbort: (() => void) | undefined;
	#fired = false;

	/** For a call that may take `ms` milliseconds, and that `callerSignal` ends. */
	constructor(clock: Clock, ms: number, callerSignal: AbortSignal | undefined) {
		this.#clock = clock;
		this.#deadline = deadlineAfter(clock, ms);
		this.#callerSignal = callerSignal;
	}

	/** Aborts at the deadline, or with the caller's signal. Nothing is set up before it is first asked for. */
	get signal(): AbortSignal {
		this.#requests ??= this.#setUp();
		return this.#requests.signal;
	}

	/** Whether the deadline has passed. */
	get expired(): boolean {
		// A timer may be a little early.
		return this.#fired || this.#deadline.expired;
	}

	remainingMs(): number {
		return this.#deadline.remainingMs();
	}

	/** To be called when the call is over, whatever became of it: leaves no timer and no listener. */
	end(): void {
		this.#endTimer?.();
		if (this.#onAbort) this.#callerSignal?.removeEventListener("abort", this.#onAbort);
	}

	#setUp(): AbortController {
		const controller = new AbortController();
		const caller = this.#callerSignal;
		this.#endTimer = this.#clock.timer(this.remainingMs(), () => {
			this.#fired = true;
			controller.abort();
		});
		this.#onAbort = () => controller.abort(caller?.reason);
		caller?.addEventListener("abort", this.#onAbort, { once: true });
		if (caller?.aborted) this.#onAbort();
		return controller;
	}
}
