import type { RecordBatch, Schema } from "apache-arrow";
import type { ShardId } from "./shard-id.ts";

/** A memtable that is complete: everything in it is in the log, and nothing will be added. */
export interface FrozenMemtable {
	readonly shardId: ShardId;
	/** The writer that offers it. */
	readonly writerEpoch: bigint;
	/** Counts a shard's memtables. Two writers may cut the same entries into different generations. */
	readonly generation: bigint;
	readonly schema: Schema;
	/**
	 * Where it begins: a sink took every row up to this entry before, and one that has not got them lacks rows. Between it
	 * and the first of `entries` there are only entries without rows.
	 */
	readonly afterEntryPosition: bigint;
	/** Its entries in the order of the log, each whole. */
	readonly entries: readonly SunkEntry[];
	/** Aborts when the writer no longer cares how the sink ends. */
	readonly signal: AbortSignal;
}

/** One entry's rows. */
export interface SunkEntry {
	readonly entryPosition: bigint;
	readonly batches: readonly RecordBatch[];
}

/**
 * Where full memtables go: a table, a file, another system.
 *
 * A writer offers its memtables one at a time, in order, and a row at least once: again after a failure, after a crash,
 * and possibly while a stalled predecessor is still writing the same rows. A sink that wants each row exactly once stores
 * the last entry position together with the rows, atomically, and drops entries at or below it.
 *
 * What a sink has taken, the log need no longer keep: the replay cursor moves past it, and the rows are the sink's alone.
 */
export interface MemtableSink {
	/**
	 * Resolves when the rows are safe where they went. What it throws is reported, and the same rows are offered again
	 * after a pause, for as long as it takes.
	 *
	 * A `WalError` that is not `retryable` (`WAL_ABORTED` apart) says that this cannot help: nothing is offered any more
	 * until the shard is opened again. Puts go on while memory holds them, and fail with `WAL_BACKPRESSURE` then; `close()`
	 * throws what the sink threw, or, where a put was waiting for memory, what that put fails with.
	 *
	 * Must not wait for the writer that offers them, unless it ends the wait with the `signal`: `close()` and `abort()` wait
	 * for the sink, and a put may wait until the sink has made room. `abort()`, called elsewhere, is the way out.
	 */
	write(memtable: FrozenMemtable): Promise<void>;
}
