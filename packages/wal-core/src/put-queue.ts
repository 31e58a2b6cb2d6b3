import { AbortListeners, abortedError, type WalError, withOutcome } from "@memwal/wal-runtime";
import type { RecordBatch } from "apache-arrow";
import type { BatchRange } from "./batch-range.ts";
import type { Load } from "./load.ts";
import type { IndexInsertion } from "./memtable-indexes.ts";
import type { WalFlushSource } from "./wal-flusher.ts";

/** What a put has become. */
export interface PutAck {
	/** Its batches among all of the writer. */
	readonly batchPositions: BatchRange;
	readonly rows: number;
	/** The entry that holds the put, durably; `undefined` where durability is deferred. */
	readonly entryPosition: bigint | undefined;
	/** Requests that it took to create the entry: 1, unless the store failed; 0 where durability is deferred. */
	readonly attempts: number;
	/** Size of the entry, which other puts may share; 0 where durability is deferred. */
	readonly bytes: number;
	/** Where the time went. The append and the index work at the same time. */
	readonly timings: PutTimings;
}

/** Milliseconds. */
export interface PutTimings {
	/** From the call until its entry was begun. */
	readonly queuedMs: number;
	readonly appendMs: number;
	readonly indexMs: number;
}

/** Where a put was placed. */
export interface PlacedBatches {
	readonly batchPositions: BatchRange;
	/** Where the put ends in its source. */
	readonly end: number;
	/** What the indexes do, where they go ahead of the log. */
	readonly indexing: Promise<IndexInsertion> | undefined;
}

/** A put that is not settled yet; without batches it is a barrier, which settles after everything before it. */
export class PendingPut implements Load {
	readonly batches: readonly RecordBatch[];
	readonly rows: number;
	readonly sizes: readonly number[];
	readonly bytes: number;
	readonly queuedAtMs: number;
	/** Settles when the put is durable, or cannot be any more. */
	readonly durable: Promise<PutAck>;
	/** Where it was placed; nowhere before that. */
	batchPositions: BatchRange = NOWHERE;
	/** What its entry is flushed from; of a barrier, nothing. */
	source: WalFlushSource | undefined;
	/** Where it ends in its source. */
	end = 0;
	/** Called when it is placed, with what its indexes do where they go ahead of the log. */
	onPlaced: ((indexing: Promise<IndexInsertion> | undefined) => void) | undefined;
	#resolve!: (ack: PutAck) => void;
	#reject!: (error: WalError) => void;
	/** Ends its listening to the caller's signal. */
	onSettled: (() => void) | undefined;

	constructor({ batches, rows, sizes, bytes }: Load, queuedAtMs: number) {
		this.batches = batches;
		this.rows = rows;
		this.sizes = sizes;
		this.bytes = bytes;
		this.queuedAtMs = queuedAtMs;
		this.durable = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
	}

	get isBarrier(): boolean {
		return this.batches.length === 0;
	}

	placed(source: WalFlushSource, { batchPositions, end, indexing }: PlacedBatches): void {
		this.batchPositions = batchPositions;
		this.source = source;
		this.end = end;
		this.onPlaced?.(indexing);
	}

	resolve(ack: PutAck): void {
		this.onSettled?.();
		this.#resolve(ack);
	}

	reject(error: WalError): void {
		this.onSettled?.();
		this.#reject(error);
	}
}

const NOWHERE: BatchRange = { start: 0, end: 0 };

/** Puts in the order of their calls, before they are placed in memory. A signal takes its put out again. */
export class PutQueue {
	readonly #puts: PendingPut[] = [];
	readonly #signals = new AbortListeners();
	/** How many puts there have been, and how many of them may not be taken out: a later one was told its positions. */
	#added = 0;
	#pinned = 0;
	#onGivenUp: (() => void) | undefined;
	#batches = 0;
	#bytes = 0;
	#barriers = 0;

	get bytes(): number {
		return this.#bytes;
	}

	/** Batches of all puts in it. */
	get batches(): number {
		return this.#batches;
	}

	get length(): number {
		return this.#puts.length;
	}

	/** Whether somebody waits for everything before to be settled. */
	get hasBarrier(): boolean {
		return this.#barriers > 0;
	}

	get first(): PendingPut | undefined {
		return this.#puts[0];
	}

	/**
	 * The signal ends the put: still here, it is taken out, and nothing of it is ever written; later its outcome is
	 * `unknown`, and only the waiting ends.
	 */
	add(put: PendingPut, signal: AbortSignal | undefined): void {
		this.#puts.push(put);
		this.#count(put, 1);
		const place = ++this.#added;
		if (!signal) return;
		const leave = () => {
			const removed = place > this.#pinned && this.#remove(put);
			put.reject(abortedError(signal, removed ? "not-written" : "unknown"));
			if (removed) this.#onGivenUp?.();
		};
		this.#signals.add(signal, leave);
		put.onSettled = () => this.#signals.remove(signal, leave);
	}

	/** Takes the first one out. */
	takeFirst(): void {
		const put = this.#puts.shift();
		if (put) this.#count(put, -1);
	}

	/** Keeps every put where it is: somebody was told a position that counts on them. */
	pin(): void {
		this.#pinned = this.#added;
	}

	/** Resolves when a signal next takes a put out; for one at a time. */
	givenUp(): Promise<void> {
		return new Promise((resolve) => {
			this.#onGivenUp = resolve;
		});
	}

	/** Ends all puts that are still here, none of which was written. */
	rejectAll(error: WalError): void {
		for (let put = this.first; put; put = this.first) {
			this.takeFirst();
			put.reject(withOutcome(error, "not-written"));
		}
	}

	/** Takes it out, if it is here. */
	#remove(put: PendingPut): boolean {
		const index = this.#puts.indexOf(put);
		if (index < 0) return false;
		this.#puts.splice(index, 1);
		this.#count(put, -1);
		return true;
	}

	#count({ batches, bytes, isBarrier }: PendingPut, sign: 1 | -1): void {
		this.#batches += sign * batches.length;
		this.#bytes += sign * bytes;
		if (isBarrier) this.#barriers += sign;
	}
}
