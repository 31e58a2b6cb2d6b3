import type { RecordBatch, Schema } from "apache-arrow";
import type { IndexBounds } from "./index-bounds.ts";

/** A batch as a memtable holds it. */
export interface StoredBatch {
	readonly batch: RecordBatch;
	/** In its memtable, from 0. */
	readonly batchPosition: number;
	/** The number of its first row in the memtable. */
	readonly firstRow: number;
	readonly rows: number;
}

/** What the indexes did with some batches. */
export interface IndexInsertion {
	/** Rows that were inserted now: those of batches that the indexes had already are not among them. */
	readonly rows: number;
	/** From when it was this call's turn, pauses included. */
	readonly durationMs: number;
	/** Time of work by the index's name. */
	readonly perIndexMs: Readonly<Record<string, number>>;
}

/** All that a log asks of the indexes over one memtable; {@link IndexStore} is one. */
export interface MemtableIndexes {
	/** Exclusive count of the batches that every index has taken. It only grows. */
	readonly indexed: number;
	/** Memory that is held. */
	readonly bytes: number;
	/**
	 * @throws `WAL_INVALID` naming the column, or `WAL_UNSUPPORTED` naming the type, where rows of this schema cannot be
	 * indexed as asked.
	 */
	validate(schema: Schema): void;
	/**
	 * Inserts batches, in order; those below `indexed` are skipped. Calls run one at a time.
	 *
	 * @throws `WAL_INTERNAL` for a batch beyond `indexed`.
	 */
	insertBatches(batches: readonly StoredBatch[]): Promise<IndexInsertion>;
	/** Numbers of the rows below `rowEnd` with this value, ascending; `undefined` where no index covers the column. */
	get(column: string, value: unknown, rowEnd: number): readonly number[] | undefined;
	/** Numbers of the rows below `rowEnd` within the bounds, by value and row; `undefined` where no index covers the column. */
	range(column: string, bounds: IndexBounds, rowEnd: number): readonly number[] | undefined;
}
