import { type Clock, type WalError, withOutcome } from "@memwal/wal-runtime";
import { asWalError } from "./as-wal-error.ts";
import { loadOf } from "./load.ts";
import { PendingPut, type PlacedBatches, PutQueue } from "./put-queue.ts";
import { NOTHING_FLUSHED, type WalFlusher, type WalFlushResult, type WalFlushSource } from "./wal-flusher.ts";
import type { WriterLimits } from "./writer-limits.ts";

/** Where puts are kept in memory until they are in the log. */
export interface PutPlace {
	/** Whether a put may be placed now; asked again after `roomMade`. */
	hasRoom(put: PendingPut): boolean;
	/** Resolves when memory was freed. @throws when nothing will free it. */
	roomMade(): Promise<void>;
	/** What the put's entry will be flushed from. Two puts of one source may share an entry. */
	sourceFor(put: PendingPut): WalFlushSource;
	/** Keeps the put, in the source of the last call. */
	place(put: PendingPut): PlacedBatches;
	/** The source's batches up to before `end` are in the log. */
	written(source: WalFlushSource, entryPosition: bigint, end: number): void;
	/** Resolves when nothing is at work for what was placed. */
	idle(): Promise<void>;
}

export interface GroupCommitOptions {
	readonly flusher: WalFlusher;
	readonly place: PutPlace;
	readonly clock: Clock;
	readonly limits: WriterLimits;
	/** Whether a put is placed as soon as there is room, ahead of the log, or only with its entry. */
	readonly placement: "ahead" | "with-entry";
	/** Called with the error that ended an entry. */
	readonly onFailed: (error: WalError) => void;
}

/** What became of the entries so far. */
export interface EntryTotals {
	readonly entries: number;
	readonly bytes: number;
	readonly appendMs: number;
	readonly indexMs: number;
	readonly rowsIndexed: number;
}

/** The puts that share an entry, and where it is flushed from and to; barriers alone have no source. */
interface Group {
	readonly puts: readonly PendingPut[];
	readonly source: WalFlushSource | undefined;
	readonly end: number;
}

/** When an entry was begun, and what became of it. */
interface Written {
	readonly startedMs: number;
	readonly result: WalFlushResult;
}

/**
 * Turns puts into entries: one entry is on its way, and whoever puts meanwhile shares the next.
 *
 * There is no tick. The first put starts an entry in a microtask, so a lone client waits one request and no timer; after
 * an entry its clients are told, and get one turn to put again before the next entry is formed: so a crowd stays one
 * crowd, and does not fall into two halves that wait for each other.
 */
export class GroupCommit {
	readonly #options: GroupCommitOptions;
	readonly #queue = new PutQueue();
	/** In memory and not in the log, in order. */
	#placed: PendingPut[] = [];
	#isPlacing = false;
	#placedBytes = 0;
	#writingBytes = 0;
	#running: Promise<void> | undefined;
	#lingering: AbortController | undefined;
	#totals: EntryTotals = { entries: 0, bytes: 0, appendMs: 0, indexMs: 0, rowsIndexed: 0 };

	constructor(options: GroupCommitOptions) {
		this.#options = options;
	}

	/** Bytes of rows that are not in the log. */
	get waitingBytes(): number {
		return this.#queue.bytes + this.#placedBytes + this.#writingBytes;
	}

	get totals(): EntryTotals {
		return this.#totals;
	}

	/** Bytes of puts that are not placed yet. */
	get queuedBytes(): number {
		return this.#queue.bytes;
	}

	/** Batches of puts that are not placed yet. */
	get queuedBatches(): number {
		return this.#queue.batches;
	}

	/** Takes a put; see {@link PutQueue.add} for what the signal does. */
	add(put: PendingPut, signal: AbortSignal | undefined): void {
		this.#queue.add(put, signal);
		if (this.#options.placement === "ahead") this.#placeNext();
		if (put.isBarrier || this.waitingBytes >= this.#options.limits.maxEntryBytes) this.#lingering?.abort();
		this.#running ??= this.#run();
	}

	/** Keeps every put that waits in its place, since somebody was told a position behind them. */
	pin(): void {
		this.#queue.pin();
	}

	/** Resolves when everything that was added before is in the log. @throws what kept it from getting there. */
	async settled(signal: AbortSignal | undefined): Promise<void> {
		if (!this.#running) return;
		const barrier = new PendingPut(loadOf([]), this.#options.clock.monotonicMs());
		this.add(barrier, signal);
		await barrier.durable;
	}

	/** Resolves when no entry is on its way and none will be begun for what was added. */
	async idle(): Promise<void> {
		await this.#running;
		await this.#options.place.idle();
	}

	/** Ends everything that waits: nothing of it is in an entry, nor ever will be. */
	stop(error: WalError): void {
		this.#lingering?.abort();
		for (const put of this.#placed.splice(0)) put.reject(withOutcome(error, "not-written"));
		this.#placedBytes = 0;
		this.#queue.rejectAll(error);
	}

	async #run(): Promise<void> {
		// Whoever puts in the same turn shares the first entry.
		await undefined;
		for (;;) {
			if (this.#options.limits.lingerMs > 0) await this.#linger();
			this.#placeNext();
			if (this.#placed.length === 0 && this.#queue.length > 0) {
				await this.#roomForFirst();
				this.#placeNext();
			}
			const group = this.#takeGroup();
			if (group.puts.length > 0) {
				const written = await this.#write(group);
				// A lone client needs no turn: the put that follows on what it is told now begins the next entry.
				const isCrowd = group.puts.length > 1 || this.#queue.length > 0;
				if (written) acknowledge(group.puts, written);
				if (isCrowd) await this.#options.clock.yield();
			} else if (this.#queue.length === 0) {
				this.#running = undefined;
				return;
			}
		}
	}

	#fail(error: unknown): WalError {
		const failure = asWalError(error, "an entry");
		this.stop(failure);
		this.#options.onFailed(failure);
		return failure;
	}

	async #linger(): Promise<void> {
		const { clock, limits } = this.#options;
		this.#lingering = new AbortController();
		while (
			this.waitingBytes < limits.maxEntryBytes &&
			!this.#queue.hasBarrier &&
			!this.#placed.some(({ isBarrier }) => isBarrier)
		) {
			const oldest = this.#placed[0] ?? this.#queue.first;
			const leftMs = oldest ? oldest.queuedAtMs + limits.lingerMs - clock.monotonicMs() : 0;
			if (leftMs <= 0) break;
			await clock.sleep(leftMs, { signal: this.#lingering.signal }).catch(() => undefined);
			if (this.#lingering.signal.aborted) break;
		}
		this.#lingering = undefined;
	}

	/** Waits until there is memory for the first put, where none is in memory already. */
	async #roomForFirst(): Promise<void> {
		const { place } = this.#options;
		while (this.#placed.length === 0) {
			const { first } = this.#queue;
			if (!first || first.isBarrier) return;
			try {
				// The one that waits may give up, also while the caller's code runs, and who comes after it may need no room.
				const givenUp = this.#queue.givenUp();
				if (place.hasRoom(first)) return;
				await Promise.race([place.roomMade(), givenUp]);
			} catch (error) {
				this.#queue.rejectAll(asWalError(error, "an entry"));
				return;
			}
		}
	}

	/** Indexes are the caller's code, and are made and measured where puts are placed: what they throw ends the writer. */
	#placeNext(): void {
		// Called by that code: what it put comes behind what is being placed.
		if (this.#isPlacing) return;
		this.#isPlacing = true;
		try {
			if (this.#options.placement === "ahead") this.#placeAll();
			else this.#placeGroup();
		} catch (error) {
			this.#fail(error);
		} finally {
			this.#isPlacing = false;
		}
	}

	/** Places what may share the next entry, and no more: what is not placed can still be taken back. */
	#placeGroup(): void {
		const { place, limits } = this.#options;
		let shared: WalFlushSource | undefined;
		for (let put = this.#queue.first; put; put = this.#queue.first) {
			if (!put.isBarrier) {
				if (this.#placedBytes > 0 && this.#placedBytes + put.bytes > limits.maxEntryBytes) return;
				if (!place.hasRoom(put)) return;
				const source = place.sourceFor(put);
				// Where a memtable begins, the caller's code ran, and may have given the put up.
				if (put !== this.#queue.first) continue;
				shared ??= source;
				if (source !== shared) return;
			}
			this.#place(put, put.isBarrier ? undefined : shared);
		}
	}

	/** Places whatever there is room for. */
	#placeAll(): void {
		const { place, limits } = this.#options;
		for (let put = this.#queue.first; put; put = this.#queue.first) {
			if (put.isBarrier) {
				this.#place(put, undefined);
				continue;
			}
			const ahead = this.#placedBytes + this.#writingBytes;
			if ((ahead > 0 && ahead + put.bytes > limits.maxQueuedBytes) || !place.hasRoom(put)) return;
			const source = place.sourceFor(put);
			if (put === this.#queue.first) this.#place(put, source);
		}
	}

	/** Takes the first put out of the queue and places it; a barrier has no place. */
	#place(put: PendingPut, source: WalFlushSource | undefined): void {
		const placed = source && this.#options.place.place(put);
		this.#queue.takeFirst();
		if (placed) put.placed(source, placed);
		this.#placed.push(put);
		this.#placedBytes += put.bytes;
	}

	/** What makes the next entry. */
	#takeGroup(): Group {
		const { maxEntryBytes } = this.#options.limits;
		let source: WalFlushSource | undefined;
		let end = 0;
		let bytes = 0;
		let count = 0;
		for (const put of this.#placed) {
			if (put.source !== undefined) {
				source ??= put.source;
				if (put.source !== source || (bytes > 0 && bytes + put.bytes > maxEntryBytes)) break;
				end = put.end;
			}
			bytes += put.bytes;
			count++;
		}
		this.#placedBytes -= bytes;
		this.#writingBytes = bytes;
		return { puts: this.#placed.splice(0, count), source, end };
	}

	/** `undefined` where it failed, as its puts were told then. */
	async #write({ puts, source, end }: Group): Promise<Written | undefined> {
		const { flusher, place, clock } = this.#options;
		const startedMs = clock.monotonicMs();
		try {
			if (!source) return { startedMs, result: NOTHING_FLUSHED };
			const result = await flusher.flush(source, end);
			if (result.entry) place.written(source, result.entry.entryPosition, end);
			this.#count(result);
			return { startedMs, result };
		} catch (error) {
			const failure = this.#fail(error);
			for (const put of puts) put.reject(failure);
			return undefined;
		} finally {
			this.#writingBytes = 0;
		}
	}

	#count({ bytes, appendMs, indexMs, rowsIndexed }: WalFlushResult): void {
		const before = this.#totals;
		this.#totals = {
			entries: before.entries + 1,
			bytes: before.bytes + bytes,
			appendMs: before.appendMs + appendMs,
			indexMs: before.indexMs + indexMs,
			rowsIndexed: before.rowsIndexed + rowsIndexed,
		};
	}
}

function acknowledge(puts: readonly PendingPut[], { startedMs, result }: Written): void {
	const { entry, attempts, bytes, appendMs, indexMs } = result;
	for (const put of puts) {
		put.resolve({
			batchPositions: put.batchPositions,
			rows: put.rows,
			entryPosition: entry?.entryPosition,
			attempts,
			bytes,
			timings: { queuedMs: startedMs - put.queuedAtMs, appendMs, indexMs },
		});
	}
}
