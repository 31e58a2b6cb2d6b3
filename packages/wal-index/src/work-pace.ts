import type { Clock } from "@memwal/wal-runtime";

/** Rows after which there is a pause whatever the clock says: on a clock that stands still, too. */
const ROWS_BETWEEN_PAUSES = 32_768;

/** Part of the time that the event loop may be held after which there is a pause: a step, and more than one collection of garbage, fit in. */
const SHARE = 1 / 8;

/** Sees to it that work in steps does not hold the event loop for long, over all calls together. */
export class WorkPace {
	readonly #clock: Clock;
	readonly #sliceMs: number;
	#workedMs = 0;
	#workedRows = 0;
	#lastMs = Number.NEGATIVE_INFINITY;

	constructor(clock: Clock, sliceMs: number) {
		this.#clock = clock;
		this.#sliceMs = sliceMs;
	}

	/** Work goes on at `nowMs`. Whoever was busy with something else for so long did not wait for what was done before. */
	resume(nowMs: number): void {
		if (nowMs - this.#lastMs > this.#sliceMs) this.#reset();
	}

	/** Counts a step that ended at `nowMs`. */
	worked(rows: number, durationMs: number, nowMs: number): void {
		this.#workedMs += durationMs;
		this.#workedRows += rows;
		this.#lastMs = nowMs;
	}

	get isPauseDue(): boolean {
		return this.#workedMs >= this.#sliceMs * SHARE || this.#workedRows >= ROWS_BETWEEN_PAUSES;
	}

	async pause(): Promise<void> {
		await this.#clock.yield();
		this.#reset();
	}

	#reset(): void {
		this.#workedMs = 0;
		this.#workedRows = 0;
	}
}
