import { isWalError, throwIfAborted, WalError } from "@memwal/wal-runtime";
import type { RecordBatch, Schema } from "apache-arrow";
import type { BatchRange } from "./batch-range.ts";
import { requireEncodable } from "./encode-entry.ts";
import { loadOf } from "./load.ts";
import type { IndexBounds } from "./memtable-indexes.ts";
import { type OpenWriterOptions, openWriter, type WriterParts } from "./open-writer.ts";
import { poisonedError } from "./poisoned-error.ts";
import { memoryFull, sinkFails } from "./put-place.ts";
import { PendingPut, type PutAck } from "./put-queue.ts";
import type { ShardId } from "./shard-id.ts";
import { RowSnapshot } from "./visible-rows.ts";
import type { WriterStats } from "./writer-stats.ts";

export interface PutOptions {
	/**
	 * Ends the wait. A put that still waits for its entry is taken out, and nothing of it is written: `not-written`. One
	 * that does not any more goes on, and its outcome is `unknown`.
	 */
	readonly signal?: AbortSignal | undefined;
}

export interface ReadRowsOptions {
	/** Only these columns, in this order. */
	readonly columns?: readonly string[] | undefined;
}

export interface CloseWriterOptions {
	/** `full`, the default, waits for the full memtables to be sunk; `all` sinks the one in use as well. */
	readonly sink?: "full" | "all" | undefined;
}

/** A put that nobody has waited for. */
export interface PutUnderWay {
	readonly batchPositions: BatchRange;
	/** Settles when the put is durable, or cannot be any more. Nobody has to observe it. */
	readonly durable: Promise<PutAck>;
}

/**
 * Writes rows to one shard, as its only writer, and reads them back: a put that resolved is in the log, once, whole, and
 * in the order of the calls; what can be read is in the log.
 *
 * Puts that come while an entry is on its way share the next one. The first error that leaves a row in doubt ends the
 * writer: every put that waits fails and says how far it got, later calls fail with `WAL_POISONED` (after a newer writer
 * took over: `WAL_FENCED`), and the way on is to open the shard again, which reads what is there.
 *
 * With `durability: "deferred"` a put resolves earlier, when it can be read here, and a crash loses what was not yet
 * written.
 *
 * @example
 * ```ts
 * await using writer = await ShardWriter.open({ store: await openStore("file:./data"), schema });
 * const { entryPosition } = await writer.put(table.batches);
 * for await (const batch of writer.scan()) console.log(batch.numRows);
 * ```
 */
export class ShardWriter implements AsyncDisposable {
	readonly shardId: ShardId;
	/** The name that the shard was asked for by; `undefined` where that was a UUID. */
	readonly shardName: string | undefined;
	readonly writerEpoch: bigint;
	readonly schema: Schema;
	readonly #parts: WriterParts;
	readonly #puts = { count: 0, rows: 0, bytes: 0, heldBack: 0 };
	/** The first terminal error. */
	#failure: WalError | undefined;
	#closing: Promise<void> | undefined;
	#aborted: Promise<void> | undefined;

	private constructor(parts: WriterParts) {
		this.shardId = parts.context.manifests.shardId;
		this.shardName = parts.context.manifests.shardName;
		this.writerEpoch = parts.appender.writerEpoch;
		this.schema = parts.schema.schema;
		this.#parts = parts;
	}

	/**
	 * Takes the shard over, fences whoever wrote before, and reads the rows that no sink has: then it resolves, and every
	 * acknowledged row of every earlier writer is there. A shard that does not exist is created.
	 *
	 * Do not reopen in a loop after `WAL_FENCED`: two writers that do so fence each other for ever.
	 *
	 * @throws TypeError, RangeError, `WAL_INVALID`, `WAL_UNSUPPORTED`, `WAL_SEALED` before anybody is fenced, for what the
	 * arguments, the manifest or the newest entry show; `WAL_FENCED` when another opener won; `WAL_CORRUPT`, `WAL_GAP` or
	 * `WAL_INVALID` for a log that cannot be replayed; `WAL_BACKPRESSURE` when memory does not hold it;
	 * `WAL_UNAVAILABLE` or `WAL_TIMEOUT` when the store was away for too long.
	 */
	static async open(options: OpenWriterOptions): Promise<ShardWriter> {
		let writer: ShardWriter | undefined;
		let failure: WalError | undefined;
		const parts = await openWriter(options, (error) => {
			failure ??= error;
			if (writer) writer.#fail(error);
		});
		writer = new ShardWriter(parts);
		if (!failure) return writer;
		await writer.abort();
		throw failure;
	}

	/**
	 * Resolves when the rows are in the log, all in one entry, and can be read; with deferred durability, when they can be
	 * read. The batches must not change until then.
	 *
	 * Waits where too much is waiting already.
	 *
	 * @throws TypeError for what is no array of record batches; `WAL_INVALID` for batches that are empty, do not fit the
	 * schema, or are larger than a memtable; `WAL_BACKPRESSURE` when memory is full and nothing empties it;
	 * `WAL_ABORTED` when the signal ended the wait; `WAL_FENCED`, `WAL_TIMEOUT` and the like when the entry failed,
	 * `WAL_POISONED` when an earlier one did. Each says by its `outcome` whether the rows may be in the log.
	 */
	put(batches: readonly RecordBatch[], { signal }: PutOptions = {}): Promise<PutAck> {
		// Not an async function: the promise of the put itself will do, and a crowd makes a hundred thousand a second.
		try {
			throwIfAborted(signal, "not-written");
			const put = this.#begin(batches);
			this.#requireMemory(put);
			if (this.#isFull(put)) this.#puts.heldBack++;
			this.#count(put);
			if (this.#parts.durability === "deferred") return this.#putAhead(put, signal);
			this.#parts.commits.add(put, signal);
			return put.durable;
		} catch (error) {
			return Promise.reject(error);
		}
	}

	/**
	 * Takes the rows without waiting, in the order of the calls.
	 *
	 * @throws as {@link put}; `WAL_BACKPRESSURE` where that would have to wait.
	 */
	putNoWait(batches: readonly RecordBatch[]): PutUnderWay {
		const put = this.#begin(batches);
		this.#requireMemory(put);
		const { commits, memtables, sinks, nextBatchPosition } = this.#parts;
		const memoryIsFull = sinks !== undefined && memtables?.hasRoom(put.bytes + commits.queuedBytes) === false;
		// Only a put that waits has the sink empty the memtable in use, and here may be none.
		if (memoryIsFull && sinks.length === 0) memtables.freeze();
		if (memoryIsFull || this.#isFull(put)) {
			this.#puts.heldBack++;
			if (memoryIsFull && sinks.refusal) throw sinkFails(sinks.refusal);
			throw new WalError("WAL_BACKPRESSURE", `${commits.waitingBytes} bytes wait for the log already; wait for some`, {
				details: { shard: this.shardId },
				outcome: "not-written",
			});
		}
		const start = nextBatchPosition() + commits.queuedBatches;
		put.durable.catch(() => undefined);
		this.#count(put);
		// Before it is placed, which may run the caller's code: nobody before it may leave any more.
		commits.pin();
		commits.add(put, undefined);
		return { batchPositions: { start, end: start + batches.length }, durable: put.durable };
	}

	/**
	 * The rows whose `column` has this value, as they are visible now, in the order of the log; with `null`, those
	 * without a value. By an index where there is one, else by looking at every row.
	 *
	 * @throws `WAL_INVALID` for a column that is not in the schema, TypeError for a value of another type;
	 * `WAL_UNSUPPORTED` in the mode wal-only; `WAL_POISONED`, `WAL_FENCED` or `WAL_CLOSED` after the end.
	 */
	async get(column: string, value: unknown, { columns }: ReadRowsOptions = {}): Promise<readonly RecordBatch[]> {
		return this.#snapshot(columns).equal(column, value);
	}

	/**
	 * The rows whose `column` is within the bounds, as they are visible now: memtable by memtable, in each by value. It
	 * takes an index.
	 *
	 * @throws as {@link get}; `WAL_UNSUPPORTED` for a column without an index.
	 */
	async range(column: string, bounds: IndexBounds, { columns }: ReadRowsOptions = {}): Promise<readonly RecordBatch[]> {
		return this.#snapshot(columns).between(column, bounds);
	}

	/**
	 * The rows that are visible at the call and not in a sink, in the order of the log; what is put meanwhile is not
	 * among them.
	 *
	 * @throws as {@link get}.
	 */
	scan({ columns }: ReadRowsOptions = {}): AsyncIterableIterator<RecordBatch> {
		return asynchronous(this.#snapshot(columns).batches());
	}

	/**
	 * Resolves while this is the shard's newest writer, by reading the manifest now.
	 *
	 * @throws `WAL_FENCED` when it is not; that ends the writer.
	 */
	async checkFenced(options: PutOptions = {}): Promise<void> {
		this.#requireUsable();
		try {
			await this.#parts.appender.checkFenced(options);
		} catch (error) {
			if (isWalError(error, "WAL_FENCED")) this.#fail(error);
			throw error;
		}
	}

	/**
	 * Resolves when every put that was called before is in the log; ends a lingering.
	 *
	 * @throws what kept one from getting there.
	 */
	async flush({ signal }: PutOptions = {}): Promise<void> {
		throwIfAborted(signal);
		this.#requireUsable();
		await this.#parts.commits.settled(signal);
	}

	/** Can be read also after the end. */
	stats(): WriterStats {
		const { commits, memtables, sinks, flusher } = this.#parts;
		const { count, rows, bytes, heldBack } = this.#puts;
		const { totals } = commits;
		return {
			puts: { count, rows, bytes },
			entries: { count: totals.entries, bytes: totals.bytes, appendMs: totals.appendMs },
			index: { rows: totals.rowsIndexed, durationMs: totals.indexMs },
			heldBack,
			waitingBytes: commits.waitingBytes,
			durableBatches: flusher.durable,
			memtables: { count: memtables?.count ?? 0, bytes: memtables?.bytes ?? 0 },
			sinking: sinks?.length ?? 0,
			nextEntryPosition: flusher.nextEntryPosition,
			stopped: this.#failure,
		};
	}

	/**
	 * Resolves when every put is in the log and the full memtables are sunk; nothing is left running. The store stays
	 * open: it is the caller's.
	 *
	 * @throws the first error that ended the writer, or kept it from ending well.
	 */
	close({ sink = "full" }: CloseWriterOptions = {}): Promise<void> {
		this.#closing ??= this.#close(sink);
		return this.#closing;
	}

	/**
	 * Ends the writer without another request, and forgets what is not in the log: what waits fails as `not-written`, what
	 * is on its way as `unknown`. Resolves when what was under way has ended.
	 */
	abort(): Promise<void> {
		this.#aborted ??= this.#abort(this.#closing);
		this.#closing ??= this.#aborted;
		return this.#aborted;
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}

	async #abort(closing: Promise<void> | undefined): Promise<void> {
		const { aborting, commits, appender, sinks } = this.#parts;
		const error = this.#closed("aborted");
		this.#fail(error);
		aborting.abort(error);
		await sinks?.abort();
		await commits.idle();
		await appender.abort();
		await closing?.catch(() => undefined);
	}

	async #close(sink: "full" | "all"): Promise<void> {
		const { commits, memtables, sinks, flusher, appender } = this.#parts;
		let failure: unknown;
		const attempt = async (work: () => Promise<void>): Promise<void> => {
			try {
				await work();
			} catch (error) {
				failure ??= error;
			}
		};
		await attempt(async () => {
			await commits.settled(undefined);
			if (sink === "all") memtables?.freeze();
			if (!this.#failure) await sinks?.drain();
		});
		await commits.idle();
		await sinks?.end();
		flusher.stop(this.#closed("closed"));
		await attempt(() => appender.close());
		failure = this.#failure ?? failure;
		if (failure) throw failure;
	}

	/** A put that may be written; nothing of it is kept yet. */
	#begin(batches: readonly RecordBatch[]): PendingPut {
		this.#requireUsable();
		const { schema, memtables, context } = this.#parts;
		const checked = schema.ofPut(batches);
		// One that the codec refuses would take along whoever shares its entry, and the writer.
		requireEncodable(context.codec, { schema: schema.schema, batches: checked });
		const put = new PendingPut(loadOf(checked), context.clock.monotonicMs());
		memtables?.requireFitting(put);
		return put;
	}

	#count({ rows, bytes }: PendingPut): void {
		this.#puts.count++;
		this.#puts.rows += rows;
		this.#puts.bytes += bytes;
	}

	async #putAhead(put: PendingPut, signal: AbortSignal | undefined): Promise<PutAck> {
		const { commits, context } = this.#parts;
		const placed = new Promise<void>((resolve, reject) => {
			put.onPlaced = (indexing) => {
				// What is in no entry yet was told by now that it never will be.
				if (indexing)
					indexing.then(
						() => resolve(),
						(error) => put.reject(error),
					);
				else resolve();
			};
			put.durable.catch(reject);
		});
		commits.add(put, signal);
		await placed;
		const { batchPositions, rows, queuedAtMs } = put;
		const indexMs = context.clock.monotonicMs() - queuedAtMs;
		return {
			batchPositions,
			rows,
			entryPosition: undefined,
			attempts: 0,
			bytes: 0,
			timings: { queuedMs: 0, appendMs: 0, indexMs },
		};
	}

	#isFull({ bytes }: PendingPut): boolean {
		const { commits, limits } = this.#parts;
		return commits.waitingBytes > 0 && commits.waitingBytes + bytes > limits.maxQueuedBytes;
	}

	/** A put that could only wait for ever does not. */
	#requireMemory({ bytes }: PendingPut): void {
		const { memtables, sinks, commits } = this.#parts;
		if (!memtables || sinks || memtables.hasRoom(bytes + commits.queuedBytes)) return;
		this.#puts.heldBack++;
		throw memoryFull();
	}

	#snapshot(columns: readonly string[] | undefined): RowSnapshot {
		this.#requireUsable();
		const { memtables, durability, flusher } = this.#parts;
		if (!memtables) throw new WalError("WAL_UNSUPPORTED", "in WAL-only mode no rows are kept that could be read");
		const durable = durability === "durable" ? flusher.durable : undefined;
		const parts = memtables.all().map((memtable) => ({ memtable, count: memtable.visible(durable) }));
		return new RowSnapshot(this.schema, parts, columns);
	}

	#fail(error: WalError): void {
		if (this.#failure) return;
		this.#failure = error;
		const { flusher, commits, sinks } = this.#parts;
		flusher.stop(error);
		commits.stop(error);
		void sinks?.end();
	}

	#requireUsable(): void {
		const first = this.#failure;
		if (this.#closing && (!first || first.code === "WAL_CLOSED")) throw this.#closed("closed");
		if (first) throw poisonedError(first, `the writer of shard ${this.shardId}`, this.shardId);
	}

	#closed(how: "closed" | "aborted"): WalError<"WAL_CLOSED"> {
		return new WalError("WAL_CLOSED", `the writer of shard ${this.shardId} was ${how}`, {
			details: { shard: this.shardId },
			outcome: "not-written",
		});
	}
}

async function* asynchronous<T>(items: Iterable<T>): AsyncIterableIterator<T> {
	yield* items;
}
