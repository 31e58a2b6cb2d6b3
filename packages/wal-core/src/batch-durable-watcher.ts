import type { DurableWatermark } from "./durable-watermark.ts";

export interface WaitOptions {
	/** Ends the waiting, and nothing else. */
	readonly signal?: AbortSignal | undefined;
}

/** Whether one batch is durable, and the waiting for it. */
export class BatchDurableWatcher {
	/** How many batches must be durable: those up to and with this one. */
	readonly target: number;
	readonly #watermark: DurableWatermark;

	static {
		// What `console.log` of Node, Deno and Bun calls; private fields would not be shown otherwise.
		Object.defineProperty(BatchDurableWatcher.prototype, Symbol.for("nodejs.util.inspect.custom"), {
			value(this: BatchDurableWatcher): string {
				return this.toString();
			},
		});
	}

	constructor(watermark: DurableWatermark, target: number) {
		this.#watermark = watermark;
		this.target = target;
	}

	get isDurable(): boolean {
		return this.#watermark.durable >= this.target;
	}

	/**
	 * Resolves when the batch is durable, at once where it is already.
	 *
	 * @throws the first terminal error, with the outcome of this batch; `WAL_ABORTED` when the signal ends the waiting.
	 */
	wait({ signal }: WaitOptions = {}): Promise<void> {
		return this.#watermark.reached(this.target, signal);
	}

	toString(): string {
		return `BatchDurableWatcher { target: ${this.target}, durable: ${this.#watermark.durable} }`;
	}
}
