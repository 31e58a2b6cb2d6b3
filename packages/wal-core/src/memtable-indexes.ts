import type { Schema } from "apache-arrow";
import type { StoredBatch } from "./batch-store.ts";

/** What the indexes did with some batches. */
export interface IndexInsertion {
	/** Rows that were inserted now: those of batches that the indexes had already are not among them. */
	readonly rows: number;
	readonly durationMs: number;
	/** Time by the index's name. */
	readonly perIndexMs: Readonly<Record<string, number>>;
}

/** The ends of a range of values; a bound that is absent leaves its end open. */
export interface IndexBounds {
	readonly gt?: unknown;
	readonly gte?: unknown;
	readonly lt?: unknown;
	readonly lte?: unknown;
}

/**
 * All that the log knows of the indexes over one memtable. They are inserted into while the rows are appended to the
 * log, so they may know rows that are not durable: whoever looks something up says where the visible rows end.
 */
export interface MemtableIndexes {
	/** Exclusive count of the batches that every index has taken. It only grows. */
	readonly indexed: number;
	/** Memory that is held. */
	readonly bytes: number;
	/**
	 * Called once before anything is inserted or looked up; also before the shard is claimed, so that an open that must
	 * fail fences nobody.
	 *
	 * @throws `WAL_INVALID` naming the column, or `WAL_UNSUPPORTED` naming the type, where rows of this schema cannot be
	 * indexed as asked.
	 */
	validate(schema: Schema): void;
	/**
	 * Inserts batches, in order; those below `indexed` are skipped, so nothing is indexed twice. `indexed` advances batch
	 * by batch, when every index has taken the batch. A call that comes while another is at work waits for it.
	 *
	 * @throws `WAL_INTERNAL` "missing batch position N" for a batch beyond `indexed`.
	 */
	insertBatches(batches: readonly StoredBatch[]): Promise<IndexInsertion>;
	/**
	 * Numbers of the rows below `rowEnd` that have this value, ascending; with `null`, of those that have none.
	 * `undefined` where no index covers the column.
	 */
	get(column: string, value: unknown, rowEnd: number): readonly number[] | undefined;
	/**
	 * Numbers of the rows below `rowEnd` whose values are within the bounds, by value, then by row; never those without
	 * a value. `undefined` where no index covers the column.
	 *
	 * @throws TypeError for two lower or two upper bounds, and for a bound of another type than the column's.
	 */
	range(column: string, bounds: IndexBounds, rowEnd: number): readonly number[] | undefined;
}
