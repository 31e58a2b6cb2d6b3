import type { RecordBatch } from "apache-arrow";
import { rowBytesOf } from "./batch-bytes.ts";
import type { BatchRange } from "./batch-range.ts";

/** The oldest batches that wait, as one entry will hold them. */
export interface WalOnlySnapshot {
	readonly batches: readonly RecordBatch[];
	readonly count: number;
}

interface PendingBatch {
	readonly batch: RecordBatch;
	readonly rowBytes: number;
}

/**
 * The batches of a writer without memtables, from their arrival until they are durable, first in, first out.
 *
 * A flush takes a snapshot, appends it, and then commits it: a batch leaves only when it is in the log, so one whose
 * append failed is still here.
 */
export class WalOnlyState {
	readonly #pending: PendingBatch[] = [];
	#bytes = 0;
	#nextBatchPosition = 0;

	/**
	 * Adds batches at the end; their positions go on for the life of the writer. `sizes` are the bytes of their rows, where
	 * they are known already.
	 */
	push(batches: readonly RecordBatch[], sizes: readonly number[] = batches.map(rowBytesOf)): BatchRange {
		const start = this.#nextBatchPosition;
		for (let index = 0; index < batches.length; index++) {
			const rowBytes = sizes[index] as number;
			this.#pending.push({ batch: batches[index] as RecordBatch, rowBytes });
			this.#bytes += rowBytes;
		}
		this.#nextBatchPosition = start + batches.length;
		return { start, end: this.#nextBatchPosition };
	}

	/** The batches that wait, up to before `endBatchPosition`, and removes none. Default: all of them. */
	snapshotPending(endBatchPosition: number = this.#nextBatchPosition): WalOnlySnapshot {
		const count = Math.min(Math.max(endBatchPosition - this.firstBatchPosition, 0), this.batchCount);
		const batches = this.#pending.slice(0, count).map(({ batch }) => batch);
		return { batches, count };
	}

	/**
	 * Removes the `count` oldest batches: they are durable.
	 *
	 * @throws RangeError for more than there are.
	 */
	commitFlushed(count: number): void {
		if (!Number.isSafeInteger(count) || count < 0 || count > this.batchCount) {
			throw new RangeError(`count must be a whole number from 0 to ${this.batchCount}, not ${count}`);
		}
		for (const { rowBytes } of this.#pending.splice(0, count)) this.#bytes -= rowBytes;
	}

	/** Batches that wait. */
	get batchCount(): number {
		return this.#pending.length;
	}

	/** Bytes of their rows. */
	get bytes(): number {
		return this.#bytes;
	}

	/** Position of the oldest batch that waits, and of the next one where none does. */
	get firstBatchPosition(): number {
		return this.#nextBatchPosition - this.batchCount;
	}

	/** Position that the next batch gets. */
	get nextBatchPosition(): number {
		return this.#nextBatchPosition;
	}
}
