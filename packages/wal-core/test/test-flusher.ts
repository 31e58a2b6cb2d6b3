import { WalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import type { RecordBatch, Schema } from "apache-arrow";
import { BatchStore, type StoredBatch } from "../src/batch-store.ts";
import type { IndexBounds, IndexInsertion, MemtableIndexes } from "../src/memtable-indexes.ts";
import { WalFlusher, type WalFlusherOptions, type WalFlushSource } from "../src/wal-flusher.ts";
import { batchOf, idsOf, type TestLog } from "./test-log.ts";

export async function flusherOn(
	log: TestLog,
	store?: ObjectStore,
	options?: Omit<WalFlusherOptions, "appender">,
): Promise<WalFlusher> {
	return new WalFlusher({ appender: await log.appender(store), ...options });
}

/** A memtable with these batches. */
export function storeOf(batches: readonly RecordBatch[], globalOffset = 0): BatchStore {
	const store = new BatchStore({ capacity: 100, globalOffset });
	store.appendBatches(batches);
	return store;
}

export function sourceOf(store: BatchStore, indexes?: MemtableIndexes): WalFlushSource {
	return { kind: "batch-store", store, indexes };
}

/** So many rows. */
export function batchOfRows(rows: number): RecordBatch {
	return batchOf(...Array.from({ length: rows }, (_, row) => row));
}

/** Whether a promise has not settled after `ms` on the log's clock. */
export async function isPending(promise: Promise<unknown>, log: TestLog, ms = 0): Promise<boolean> {
	let settled = false;
	const settle = () => {
		settled = true;
	};
	promise.then(settle, settle);
	await log.clock.advance(ms);
	return !settled;
}

/** Rows that may be seen, by their ids: in the log and in the indexes. */
export function visibleIds(flusher: WalFlusher, store: BatchStore, indexes: MemtableIndexes): number[] {
	const count = Math.min(indexes.indexed, store.localEnd(flusher.durable));
	return idsOf([...store.visible(count)].map(({ batch }) => batch));
}

export interface IndexDoubleOptions {
	/** The ids are looked up here. Default: no index at all, as where none is asked for. */
	readonly column?: "id" | undefined;
	/** What the insertion of a batch waits for, or fails with. */
	readonly beforeBatch?: ((batchPosition: number) => Promise<void>) | undefined;
}

/** The indexes of a memtable, as simple as can be. */
export class IndexDouble implements MemtableIndexes {
	readonly bytes = 0;
	/** Positions of the batches in the order in which they were taken. */
	readonly taken: number[] = [];
	readonly #options: IndexDoubleOptions;
	readonly #rows: { readonly id: number; readonly row: number }[] = [];

	constructor(options: IndexDoubleOptions = {}) {
		this.#options = options;
	}

	get indexed(): number {
		return this.taken.length;
	}

	validate({ fields }: Schema): void {
		const { column } = this.#options;
		if (column === undefined || fields.some(({ name }) => name === column)) return;
		throw new WalError("WAL_INVALID", `there is no column "${column}" to index`);
	}

	async insertBatches(batches: readonly StoredBatch[]): Promise<IndexInsertion> {
		let rows = 0;
		for (const stored of batches) {
			if (stored.batchPosition < this.indexed) continue;
			if (stored.batchPosition > this.indexed) {
				throw new WalError("WAL_INTERNAL", `missing batch position ${this.indexed}`);
			}
			await this.#options.beforeBatch?.(stored.batchPosition);
			idsOf([stored.batch]).forEach((id, index) => {
				this.#rows.push({ id, row: stored.firstRow + index });
			});
			this.taken.push(stored.batchPosition);
			rows += stored.rows;
		}
		return { rows, durationMs: 3 * rows, perIndexMs: this.#options.column ? { id_idx: 2 * rows } : {} };
	}

	get(column: string, value: unknown, rowEnd: number): readonly number[] | undefined {
		return this.#find(column, rowEnd, (id) => id === value);
	}

	range(column: string, { gte, lt }: IndexBounds, rowEnd: number): readonly number[] | undefined {
		return this.#find(column, rowEnd, (id) => id >= Number(gte ?? -Infinity) && id < Number(lt ?? Infinity));
	}

	#find(column: string, rowEnd: number, matches: (id: number) => boolean): readonly number[] | undefined {
		if (column !== this.#options.column) return undefined;
		return this.#rows.filter(({ id, row }) => matches(id) && row < rowEnd).map(({ row }) => row);
	}
}
