import type { Schema } from "apache-arrow";
import { BatchStore } from "./batch-store.ts";
import type { MemtableIndexes } from "./memtable-indexes.ts";
import type { SunkEntry } from "./memtable-sink.ts";
import type { WalFlushSource } from "./wal-flusher.ts";

export interface MemtableOptions {
	readonly generation: bigint;
	readonly capacity: number;
	/** Where its first batch stands among all batches of the writer. */
	readonly globalOffset: number;
	readonly schema: Schema;
	readonly indexes: MemtableIndexes | undefined;
}

/** Some rows of the log in memory, with their indexes. It takes whole puts, and an entry is never cut between two. */
export class Memtable {
	readonly generation: bigint;
	readonly store: BatchStore;
	readonly indexes: MemtableIndexes | undefined;
	/** What its entries are flushed from. */
	readonly source: Extract<WalFlushSource, { kind: "batch-store" }>;
	/** Ends of the puts in it, in batches: readers see whole puts. */
	readonly #putEnds: number[] = [];
	readonly #entries: { readonly entryPosition: bigint; readonly end: number }[] = [];

	constructor({ generation, capacity, globalOffset, schema, indexes }: MemtableOptions) {
		this.generation = generation;
		this.store = new BatchStore({ capacity, globalOffset });
		this.indexes = indexes;
		this.source = { kind: "batch-store", store: this.store, indexes, generation, schema, isChecked: true };
	}

	/** Memory that cannot be freed before it is dropped. */
	get bytes(): number {
		return this.store.retainedBytes + (this.indexes?.bytes ?? 0);
	}

	/** Position of its newest entry; `undefined` where none of its rows is in the log. */
	get lastEntryPosition(): bigint | undefined {
		return this.#entries.at(-1)?.entryPosition;
	}

	/** Whether all of it is in entries that are known, each with its position. */
	get isWritten(): boolean {
		return (this.#entries.at(-1)?.end ?? 0) === this.store.length;
	}

	/** Remembers that a put ends here. */
	putEnded(): void {
		this.#putEnds.push(this.store.length);
	}

	/** Remembers that the batches up to before `end`, from the last entry on, are in this one. */
	entryWritten(entryPosition: bigint, end: number): void {
		this.#entries.push({ entryPosition, end });
	}

	/**
	 * How many batches a reader may see: those that are indexed and, where `durable` is told, in the log; never a part of
	 * a put.
	 */
	visible(durable: number | undefined): number {
		const indexed = this.indexes?.indexed ?? this.store.length;
		const count = durable === undefined ? indexed : Math.min(indexed, this.store.localEnd(durable));
		return greatestUpTo(this.#putEnds, count);
	}

	/** Its entries, each with its batches. */
	entries(): SunkEntry[] {
		let start = 0;
		return this.#entries.map(({ entryPosition, end }) => {
			const batches = [];
			for (; start < end; start++) {
				const stored = this.store.get(start);
				if (stored) batches.push(stored.batch);
			}
			return { entryPosition, batches };
		});
	}
}

/** The greatest of the ascending numbers that is not above `limit`; 0 where all are. */
function greatestUpTo(ascending: readonly number[], limit: number): number {
	let low = 0;
	let high = ascending.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((ascending[middle] as number) <= limit) low = middle + 1;
		else high = middle;
	}
	return ascending[low - 1] ?? 0;
}
