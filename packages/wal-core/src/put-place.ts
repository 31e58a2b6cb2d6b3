import { WalError } from "@memwal/wal-runtime";
import type { Schema } from "apache-arrow";
import type { StoredBatch } from "./batch-store.ts";
import type { PutPlace } from "./group-commit.ts";
import { indexFailed } from "./index-failed.ts";
import type { Memtable } from "./memtable.ts";
import type { IndexInsertion, MemtableIndexes } from "./memtable-indexes.ts";
import type { Memtables } from "./memtables.ts";
import type { PendingPut, PlacedBatches } from "./put-queue.ts";
import type { SinkQueue } from "./sink-queue.ts";
import type { WalFlushSource } from "./wal-flusher.ts";
import { WalOnlyState } from "./wal-only-state.ts";

export interface MemtablePlaceOptions {
	readonly memtables: Memtables;
	readonly sinks: SinkQueue | undefined;
	/** Whether puts are indexed when they are placed, or by the flush of their entry. */
	readonly indexing: "when-placed" | "with-entry";
	/** Called when an index fails ahead of the log. */
	readonly onIndexFailed: (error: WalError) => void;
}

/** Keeps puts in memtables; full ones go to the sink as soon as all of them is in the log. */
export class MemtablePlace implements PutPlace {
	readonly #options: MemtablePlaceOptions;
	/** Full, and not offered to the sink yet. */
	readonly #full: Memtable[] = [];
	/** What the indexes do ahead of the log, to the last of it. */
	#indexing: Promise<unknown> = Promise.resolve();

	constructor(options: MemtablePlaceOptions) {
		this.#options = options;
	}

	hasRoom({ bytes }: { readonly bytes: number }): boolean {
		return this.#options.memtables.hasRoom(bytes);
	}

	/**
	 * Resolves when a memtable was sunk: the active one, where no other is full.
	 *
	 * @throws `WAL_BACKPRESSURE` when the sink fails, and where there is none; `WAL_FENCED` or `WAL_CLOSED` when nothing is
	 * sunk any more.
	 */
	async roomMade(): Promise<void> {
		const { memtables, sinks } = this.#options;
		if (!sinks) throw memoryFull();
		if (sinks.length === 0) memtables.freeze();
		try {
			await sinks.next();
		} catch (error) {
			throw sinks.ended ?? sinkFails(error);
		}
	}

	sourceFor(put: PendingPut): WalFlushSource {
		return this.#options.memtables.memtableFor(put).source;
	}

	place(put: PendingPut): PlacedBatches {
		const { memtables, indexing } = this.#options;
		const { stored, batchPositions } = memtables.place(put);
		const { store, indexes } = memtables.active;
		const ahead = indexing === "when-placed" ? indexes : undefined;
		return { batchPositions, end: store.length, indexing: ahead && this.#insertAhead(ahead, stored) };
	}

	async idle(): Promise<void> {
		await this.#indexing;
	}

	/** One memtable after the other: no row may be read before one that was put before it. */
	#insertAhead(indexes: MemtableIndexes, stored: readonly StoredBatch[]): Promise<IndexInsertion> {
		const inserted = this.#indexing
			.then(() => indexes.insertBatches(stored))
			.catch((cause) => {
				throw indexFailed(cause, "unknown");
			});
		this.#indexing = inserted.catch(this.#options.onIndexFailed);
		return inserted;
	}

	written(source: WalFlushSource, entryPosition: bigint, end: number): void {
		const memtable = this.#options.memtables.all().find((one) => one.source === source);
		memtable?.entryWritten(entryPosition, end);
		this.#offerWritten();
	}

	/** A memtable takes no more rows. */
	frozen(memtable: Memtable): void {
		if (!this.#options.sinks) return;
		this.#full.push(memtable);
		this.#offerWritten();
	}

	#offerWritten(): void {
		const { sinks } = this.#options;
		// The cursor would not do: it moves before the entry is known here, and while the indexes are at work.
		while (this.#full[0]?.isWritten) sinks?.offer(this.#full.shift() as Memtable);
	}
}

/** Keeps puts only until they are in the log. */
export class WalOnlyPlace implements PutPlace {
	readonly #state = new WalOnlyState();
	readonly #source: WalFlushSource;

	constructor(schema: Schema) {
		this.#source = { kind: "wal-only", state: this.#state, schema, isChecked: true };
	}

	get nextBatchPosition(): number {
		return this.#state.nextBatchPosition;
	}

	/** What waits is bounded by the queue's own limit. */
	hasRoom(): boolean {
		return true;
	}

	async roomMade(): Promise<void> {
		// There always is.
	}

	async idle(): Promise<void> {
		// It has no indexes.
	}

	sourceFor(): WalFlushSource {
		return this.#source;
	}

	place({ batches, sizes }: PendingPut): PlacedBatches {
		const batchPositions = this.#state.push(batches, sizes);
		return { batchPositions, end: batchPositions.end, indexing: undefined };
	}

	written(): void {
		// The flush has let go of it.
	}
}

/** The error of a put for which there is no memory, and nothing that would free some. */
export function memoryFull(): WalError<"WAL_BACKPRESSURE"> {
	return new WalError(
		"WAL_BACKPRESSURE",
		"the memtables are full (maxMemoryBytes), and without a sink nothing empties them; open the writer with a sink, with a higher limit, or in the mode wal-only",
		{ outcome: "not-written" },
	);
}

/** The error of a put for which there is no memory, since the sink takes nothing. */
export function sinkFails(cause: unknown): WalError<"WAL_BACKPRESSURE"> {
	const reason = cause instanceof Error ? cause.message : String(cause);
	return new WalError("WAL_BACKPRESSURE", `memory is full, and the sink fails: ${reason}`, {
		outcome: "not-written",
		cause,
	});
}
