import { WalError } from "@memwal/wal-runtime";
import type { RecordBatch } from "apache-arrow";
import { rowBytesOf, visitArrays } from "./batch-bytes.ts";
import type { BatchRange } from "./batch-range.ts";

/** A batch in its memtable. */
export interface StoredBatch {
	readonly batch: RecordBatch;
	/** Its place among the memtable's batches, from 0. */
	readonly batchPosition: number;
	/** The number of its first row in the memtable, from 0. */
	readonly firstRow: number;
	readonly rows: number;
	/** Bytes of its own rows, whatever they are a slice of. */
	readonly rowBytes: number;
}

export interface BatchStoreOptions {
	/** How many batches it takes. */
	readonly capacity: number;
	/** Where its first batch stands among all batches of the writer. Default: 0. */
	readonly globalOffset?: number | undefined;
}

/**
 * A short array lies in the heap, and V8 makes a buffer of it when somebody asks for that: it takes ten times as long as
 * a copy. To remember the buffer takes about as much as it holds, so it is remembered only where it is shared for certain.
 */
const SHORT_BYTES = 64;

/**
 * The batches of one memtable in the order of their arrival: appended, never changed, never removed.
 *
 * It keeps no cursor. How many batches are durable, indexed or visible is an exclusive count that the caller passes, so
 * 0 always means "none". Positions are counted from the memtable's first batch; a writer's cursors, which go on from
 * memtable to memtable, are converted by {@link localEnd}.
 */
export class BatchStore implements Iterable<StoredBatch> {
	readonly capacity: number;
	readonly globalOffset: number;
	readonly #batches: StoredBatch[] = [];
	readonly #buffers = new Set<ArrayBufferLike>();
	#rows = 0;
	#rowBytes = 0;
	#retainedBytes = 0;
	/** Whether the batch that is being added has a short array that is all of its buffer. */
	#hasOwnArrays = false;

	/** @throws RangeError unless the capacity is a whole number of 1 or more, and the offset one of 0 or more. */
	constructor({ capacity, globalOffset = 0 }: BatchStoreOptions) {
		if (!Number.isSafeInteger(capacity) || capacity < 1) {
			throw new RangeError(`capacity must be a whole number of 1 or more, not ${capacity}`);
		}
		if (!Number.isSafeInteger(globalOffset) || globalOffset < 0) {
			throw new RangeError(`globalOffset must be a whole number of 0 or more, not ${globalOffset}`);
		}
		this.capacity = capacity;
		this.globalOffset = globalOffset;
	}

	/** How many batches a memtable of so many bytes should have room for, at 64 KiB a batch and a fifth to spare. */
	static recommendedCapacity(bytes: number): number {
		return Math.max(16, Math.floor((bytes / 65_536) * 1.2));
	}

	/** Batches in it. */
	get length(): number {
		return this.#batches.length;
	}

	/** Where the next batch stands among all batches of the writer. */
	get globalEnd(): number {
		return this.globalOffset + this.#batches.length;
	}

	/** How many more batches it takes. */
	get remaining(): number {
		return this.capacity - this.#batches.length;
	}

	get rows(): number {
		return this.#rows;
	}

	/** Bytes of the rows themselves: a slice counts with its own window only, a dictionary once a batch. */
	get rowBytes(): number {
		return this.#rowBytes;
	}

	/**
	 * Bytes of the memory that cannot be freed while this lives: each buffer of rows once, and whole. One of 64 bytes and
	 * less that is all of an array counts with every batch. Whether a batch is a slice is seen by the first of its short
	 * arrays: where that is all of its buffer, the others that begin with theirs are taken for the same.
	 */
	get retainedBytes(): number {
		return this.#retainedBytes;
	}

	/** @throws `WAL_BACKPRESSURE` with the outcome `not-written` when it is full. */
	append(batch: RecordBatch): StoredBatch {
		this.#requireRoom(1);
		return this.#add(batch, rowBytesOf(batch));
	}

	/**
	 * Takes all of them or none; whoever reads sees all of them or none. `sizes` are the bytes of their rows, where they
	 * are known already.
	 *
	 * @throws `WAL_BACKPRESSURE` with the outcome `not-written` when there is not room for all.
	 */
	appendBatches(
		batches: readonly RecordBatch[],
		sizes: readonly number[] = batches.map(rowBytesOf),
	): readonly StoredBatch[] {
		this.#requireRoom(batches.length);
		return batches.map((batch, index) => this.#add(batch, sizes[index] as number));
	}

	get(batchPosition: number): StoredBatch | undefined {
		return this.#batches[batchPosition];
	}

	/** The batches that are there now, in order. */
	[Symbol.iterator](): IterableIterator<StoredBatch> {
		return this.#up(this.#batches.length);
	}

	/** The batches that are there now, the newest first; the rows in each stay in their order. */
	reversed(): IterableIterator<StoredBatch> {
		return this.#down(this.#batches.length);
	}

	/** A writer's cursor in positions of this memtable: 0 for one below it, `length` for one beyond it. */
	localEnd(cursor: number): number {
		return Math.min(Math.max(cursor - this.globalOffset, 0), this.#batches.length);
	}

	/** How many of its batches are not durable, by the writer's cursor. */
	pendingFlushCount(durable: number): number {
		return this.#batches.length - this.localEnd(durable);
	}

	/** Positions of its batches that are not durable, by the writer's cursor. */
	pendingFlushRange(durable: number): BatchRange {
		return { start: this.localEnd(durable), end: this.#batches.length };
	}

	/** Whether a batch is among the first `count`. */
	isVisible(batchPosition: number, count: number): boolean {
		return batchPosition >= 0 && batchPosition < Math.min(count, this.#batches.length);
	}

	/** The first `count` batches, in order; all of them where there are fewer. */
	visible(count: number): IterableIterator<StoredBatch> {
		return this.#up(Math.min(count, this.#batches.length));
	}

	/** Rows in the first `count` batches, and so the number after that of the last such row. */
	rowEnd(count: number): number {
		const last = this.#batches[Math.min(count, this.#batches.length) - 1];
		return last === undefined ? 0 : last.firstRow + last.rows;
	}

	*#up(end: number): IterableIterator<StoredBatch> {
		for (let position = 0; position < end; position++) yield this.#batches[position] as StoredBatch;
	}

	*#down(end: number): IterableIterator<StoredBatch> {
		for (let position = end - 1; position >= 0; position--) yield this.#batches[position] as StoredBatch;
	}

	#requireRoom(count: number): void {
		if (count <= this.remaining) return;
		throw new WalError(
			"WAL_BACKPRESSURE",
			`the memtable has room for ${this.remaining} of its ${this.capacity} batches, and ${count} were to be added`,
			{ outcome: "not-written" },
		);
	}

	#add(batch: RecordBatch, rowBytes: number): StoredBatch {
		const stored: StoredBatch = {
			batch,
			batchPosition: this.#batches.length,
			firstRow: this.#rows,
			rows: batch.numRows,
			rowBytes,
		};
		this.#hasOwnArrays = false;
		visitArrays(batch, this.#retain);
		this.#batches.push(stored);
		this.#rows += stored.rows;
		this.#rowBytes += rowBytes;
		return stored;
	}

	readonly #retain = (array: ArrayBufferView): void => {
		const isShort = array.byteLength <= SHORT_BYTES && array.byteOffset === 0;
		if (isShort && this.#hasOwnArrays) {
			this.#retainedBytes += array.byteLength;
			return;
		}
		const { buffer } = array;
		const bytes = buffer.byteLength;
		if (isShort && bytes === array.byteLength) this.#hasOwnArrays = true;
		if (bytes > SHORT_BYTES || array.byteLength < bytes) {
			const known = this.#buffers.size;
			if (this.#buffers.add(buffer).size === known) return;
		}
		this.#retainedBytes += bytes;
	};
}
