import { AbortListeners, abortedError, type Clock, isolated, WalError, withOutcome } from "@memwal/wal-runtime";
import type { RecordBatch, Schema } from "apache-arrow";
import type { AppendOptions, AppendResult } from "./appender-options.ts";
import { asWalError } from "./as-wal-error.ts";
import { BatchDurableWatcher, type WaitOptions } from "./batch-durable-watcher.ts";
import type { BatchStore, StoredBatch } from "./batch-store.ts";
import type { CoreObserver } from "./core-events.ts";
import { DurableWatermark } from "./durable-watermark.ts";
import { indexFailed } from "./index-failed.ts";
import type { IndexInsertion, MemtableIndexes } from "./memtable-indexes.ts";
import { poisonedError } from "./poisoned-error.ts";
import type { ShardId } from "./shard-id.ts";
import { entryKey } from "./shard-paths.ts";
import { TurnQueue } from "./turn-queue.ts";
import type { WalAppender } from "./wal-appender.ts";
import type { WalOnlyState } from "./wal-only-state.ts";

/** Where batches are flushed from. */
export type WalFlushSource =
	| {
			readonly kind: "batch-store";
			readonly store: BatchStore;
			/** Take the batches while they are appended. */
			readonly indexes?: MemtableIndexes | undefined;
			/** Written with the entry. */
			readonly generation?: bigint | undefined;
			/** Written with the entry in place of the first batch's. */
			readonly schema?: Schema | undefined;
			/** @internal What is in it was checked against that schema, and is not checked again. */
			readonly isChecked?: true | undefined;
	  }
	| {
			readonly kind: "wal-only";
			readonly state: WalOnlyState;
			/** Written with the entry in place of the first batch's. */
			readonly schema?: Schema | undefined;
			/** @internal What is in it was checked against that schema, and is not checked again. */
			readonly isChecked?: true | undefined;
	  };

export interface WalFlushResult {
	/** `undefined` where nothing was pending. */
	readonly entry: FlushedEntry | undefined;
	/** Requests that it took to create the entry; 0 where there is none. */
	readonly attempts: number;
	/** Size of the entry; 0 where there is none. */
	readonly bytes: number;
	readonly appendMs: number;
	readonly indexMs: number;
	/** Time by the index's name. */
	readonly perIndexMs: Readonly<Record<string, number>>;
	readonly rowsIndexed: number;
}

export interface FlushedEntry {
	readonly entryPosition: bigint;
	readonly writerEpoch: bigint;
	readonly batches: number;
}

export interface WalFlusherOptions {
	/** Stays the caller's to close. */
	readonly appender: WalAppender;
	/** Default: the appender's. */
	readonly clock?: Clock | undefined;
	/** Default: the appender's. */
	readonly observer?: CoreObserver | undefined;
	/** How many batches are in the log already, those of a replay. Default: 0. */
	readonly durable?: number | undefined;
	/** Ends an append that is under way, whose outcome is `unknown` then. */
	readonly signal?: AbortSignal | undefined;
}

/**
 * Writes the batches of one writer into the log, in order and each once, and tells who waits for them.
 *
 * One flush runs at a time, and it looks what is pending when its turn comes: calls that overlap write nothing twice.
 * The first failure ends it for good, since nobody could say which rows come next: whoever waits is woken with that
 * error, and later flushes fail with `WAL_POISONED`, or `WAL_FENCED` after a fence.
 */
export class WalFlusher {
	readonly appender: WalAppender;
	readonly #clock: Clock;
	readonly #observer: CoreObserver | undefined;
	readonly #signal: AbortSignal | undefined;
	readonly #turns = new TurnQueue();
	/** Of calls, which end the waiting for a flush. */
	readonly #signals = new AbortListeners();
	readonly #watermark: DurableWatermark;
	/** Where the batches end that are on their way to the log, among all of the writer. */
	#appendingTo: number | undefined;
	#stopped: WalError | undefined;
	#next: NextFlush | undefined;

	constructor({ appender, clock = appender.clock, observer, durable = 0, signal }: WalFlusherOptions) {
		this.appender = appender;
		this.#clock = clock;
		this.#observer = observer ? isolated(observer) : appender.observer;
		this.#signal = signal;
		this.#watermark = new DurableWatermark(requireCount(durable, "durable"));
	}

	get shardId(): ShardId {
		return this.appender.shardId;
	}

	get writerEpoch(): bigint {
		return this.appender.writerEpoch;
	}

	/** Where the next entry goes, as far as is known now. */
	get nextEntryPosition(): bigint {
		return this.appender.nextEntryPosition;
	}

	/** Key of an entry of this shard in its store. */
	entryKey(entryPosition: bigint): string {
		return entryKey(this.shardId, entryPosition);
	}

	/** How many of the writer's batches are durable: an exclusive count that only grows. */
	get durable(): number {
		return this.#watermark.durable;
	}

	/** The first terminal error. */
	get stopped(): WalError | undefined {
		return this.#stopped;
	}

	/** For one batch, by its position among all batches of the writer; it need not exist yet. */
	trackBatch(batchPosition: number): BatchDurableWatcher {
		return new BatchDurableWatcher(this.#watermark, requireCount(batchPosition, "batchPosition") + 1);
	}

	/**
	 * Resolves when the next flush that writes an entry has done so. Nobody has to observe it.
	 *
	 * @throws the first terminal error.
	 */
	nextFlush(): Promise<void> {
		this.#next ??= nextFlush(this.stopped);
		return this.#next.promise;
	}

	/**
	 * Resolves when the source's batches up to before `endBatchPosition` are in the log and in the indexes: those that
	 * were not are one entry. The end is a position in the store; of a WAL-only source it is one among all batches of the
	 * writer.
	 *
	 * @throws `WAL_POISONED` or `WAL_FENCED` after the first terminal error, which is thrown by the flush that met it:
	 * the append's, with its outcome; that of an index or `WAL_INTERNAL`, with the outcome `written`, where the entry is
	 * in the log and the indexes lack it; `WAL_INTERNAL` for a batch that the source does not have. `WAL_ABORTED` when
	 * the signal ends the waiting: `not-written` before its turn, `unknown` later, and the flush goes on.
	 */
	flush(source: WalFlushSource, endBatchPosition: number, { signal }: WaitOptions = {}): Promise<WalFlushResult> {
		let underWay = false;
		const flushed = this.#turns.run(() => {
			underWay = true;
			return this.#turn(source, endBatchPosition);
		}, signal);
		if (!signal) return flushed;
		return new Promise((resolve, reject) => {
			const leave = () => reject(abortedError(signal, underWay ? "unknown" : "not-written"));
			this.#signals.add(signal, leave);
			flushed.then(resolve, reject).finally(() => this.#signals.remove(signal, leave));
		});
	}

	/** As {@link flush}, for a caller who may look at what became of it, or not. */
	triggerFlush(source: WalFlushSource, endBatchPosition: number): Promise<WalFlushResult> {
		const flushed = this.flush(source, endBatchPosition);
		flushed.catch(() => undefined);
		return flushed;
	}

	/**
	 * Ends it with this error, unless it has ended already: whoever waits is woken, and no flush begins any more. The
	 * append that is under way goes on, so its batches are told `unknown`; its flush tells what became of it.
	 */
	stop(error: WalError): void {
		const appendingTo = this.#appendingTo;
		if (appendingTo === undefined) this.#end(error, error, this.durable);
		else this.#end(error, withOutcome(error, "unknown"), appendingTo);
	}

	/** `told` is the error for those who wait for batches before `attemptedEnd`; the others were never on their way. */
	#end(error: WalError, told: WalError, attemptedEnd: number): void {
		if (this.#stopped) return;
		this.#stopped = error;
		this.#watermark.fail(told, attemptedEnd);
		this.#next?.reject(error);
		this.#observer?.({ type: "flusher.stopped", shard: this.shardId, error });
	}

	async #turn(source: WalFlushSource, end: number): Promise<WalFlushResult> {
		requireCount(end, "endBatchPosition");
		if (this.#stopped) throw poisonedError(this.#stopped, `the flusher of shard ${this.shardId}`, this.shardId);
		try {
			return source.kind === "wal-only" ? await this.#flushState(source, end) : await this.#flushStore(source, end);
		} catch (error) {
			const failure = asWalError(error, "a flush");
			this.#end(failure, failure, this.#appendingTo ?? this.durable);
			throw failure;
		} finally {
			this.#appendingTo = undefined;
		}
	}

	async #flushStore(
		{ store, indexes, generation, schema, isChecked }: Extract<WalFlushSource, { kind: "batch-store" }>,
		end: number,
	): Promise<WalFlushResult> {
		const { durable } = this;
		const start = store.localEnd(durable);
		if (start >= end) return NOTHING_FLUSHED;
		// The batches between belong to an earlier memtable, and the cursor would jump over them.
		if (durable < store.globalOffset) {
			throw this.#broken(
				`a memtable that begins at batch ${store.globalOffset} was to be flushed before batch ${durable}`,
			);
		}
		const batches = this.#stored(store, start, end).map(({ batch }) => batch);
		const globalEnd = store.globalOffset + end;
		const append = this.#append(batches, globalEnd, { generation, schema, isChecked, signal: this.#signal }, () =>
			this.#watermark.advance(globalEnd),
		);
		if (!indexes || indexes.indexed >= end) return this.#done(await append, NOTHING_INDEXED);
		const [appended, indexed] = await Promise.allSettled([append, this.#index(indexes, store, end)]);
		if (appended.status === "rejected") throw appended.reason;
		if (indexed.status === "rejected") throw indexed.reason;
		return this.#done(appended.value, indexed.value);
	}

	async #flushState(
		{ state, schema, isChecked }: Extract<WalFlushSource, { kind: "wal-only" }>,
		end: number,
	): Promise<WalFlushResult> {
		const { firstBatchPosition, nextBatchPosition } = state;
		if (end > nextBatchPosition) throw this.#missing(nextBatchPosition);
		if (firstBatchPosition !== this.durable) {
			throw this.#broken(
				`batch ${firstBatchPosition} is the oldest that waits, and batch ${this.durable} the next to be written`,
			);
		}
		const { batches, count } = state.snapshotPending(end);
		if (count === 0) return NOTHING_FLUSHED;
		const globalEnd = firstBatchPosition + count;
		const appended = await this.#append(batches, globalEnd, { schema, isChecked, signal: this.#signal }, () => {
			state.commitFlushed(count);
			this.#watermark.advance(globalEnd);
		});
		return this.#done(appended, NOTHING_INDEXED);
	}

	/** Calls `written` as soon as the entry is in the log. */
	async #append(
		batches: readonly RecordBatch[],
		globalEnd: number,
		options: AppendOptions,
		written: () => void,
	): Promise<TimedAppend> {
		const startMs = this.#clock.monotonicMs();
		this.#appendingTo = globalEnd;
		const result = await this.appender.append(batches, options);
		this.#appendingTo = undefined;
		written();
		return { result, durationMs: this.#clock.monotonicMs() - startMs };
	}

	async #index(indexes: MemtableIndexes, store: BatchStore, end: number): Promise<IndexInsertion> {
		try {
			// The request goes out first: while it is on its way, there is time for the indexes.
			await this.#clock.yield();
			// From the first batch that they lack, which may have been durable before.
			return await indexes.insertBatches(this.#stored(store, Math.min(indexes.indexed, end), end));
		} catch (error) {
			throw indexFailed(error, "written");
		}
	}

	#stored(store: BatchStore, start: number, end: number): readonly StoredBatch[] {
		const stored: StoredBatch[] = [];
		for (let position = start; position < end; position++) {
			const one = store.get(position);
			if (!one) throw this.#missing(position);
			stored.push(one);
		}
		return stored;
	}

	#done({ result, durationMs }: TimedAppend, indexed: IndexInsertion): WalFlushResult {
		const { entryPosition, batches, rows, bytes, attempts } = result;
		this.#next?.resolve();
		this.#next = undefined;
		this.#observer?.({
			type: "flush.done",
			shard: this.shardId,
			entryPosition,
			batches,
			rows,
			bytes,
			appendMs: durationMs,
			indexMs: indexed.durationMs,
			rowsIndexed: indexed.rows,
		});
		return {
			entry: { entryPosition, writerEpoch: this.writerEpoch, batches },
			attempts,
			bytes,
			appendMs: durationMs,
			indexMs: indexed.durationMs,
			perIndexMs: indexed.perIndexMs,
			rowsIndexed: indexed.rows,
		};
	}

	#missing(position: number): WalError {
		return this.#broken(`missing batch position ${position}: a flush was to write a batch that is not there`);
	}

	#broken(message: string): WalError {
		return new WalError("WAL_INTERNAL", message, { details: { shard: this.shardId }, outcome: "not-written" });
	}
}

interface TimedAppend {
	readonly result: AppendResult;
	readonly durationMs: number;
}

interface NextFlush {
	readonly promise: Promise<void>;
	readonly resolve: () => void;
	readonly reject: (error: WalError) => void;
}

const NOTHING_INDEXED: IndexInsertion = { rows: 0, durationMs: 0, perIndexMs: {} };

/** The result where nothing was pending. */
export const NOTHING_FLUSHED: WalFlushResult = {
	entry: undefined,
	attempts: 0,
	bytes: 0,
	appendMs: 0,
	indexMs: 0,
	perIndexMs: {},
	rowsIndexed: 0,
};

function nextFlush(stopped: WalError | undefined): NextFlush {
	let [resolve, reject]: [() => void, (error: WalError) => void] = [() => undefined, () => undefined];
	const promise = new Promise<void>((onResolve, onReject) => {
		[resolve, reject] = [onResolve, onReject];
	});
	promise.catch(() => undefined);
	if (stopped) reject(stopped);
	return { promise, resolve, reject };
}

function requireCount(value: number, noun: string): number {
	if (Number.isSafeInteger(value) && value >= 0) return value;
	throw new RangeError(`${noun} must be a whole number of 0 or more, not ${value}`);
}
