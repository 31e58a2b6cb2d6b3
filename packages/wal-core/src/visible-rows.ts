import { WalError } from "@memwal/wal-runtime";
import type { RecordBatch, Schema } from "apache-arrow";
import type { BatchStore, StoredBatch } from "./batch-store.ts";
import { columnMatcher } from "./column-matcher.ts";
import type { Memtable } from "./memtable.ts";
import type { IndexBounds } from "./memtable-indexes.ts";

/** The rows of one memtable that a reader may see: its first batches. */
export interface VisibleRows {
	readonly memtable: Memtable;
	/** How many batches. */
	readonly count: number;
}

/** The rows of some memtables at one moment, in the order of the log; what is put afterwards is not among them. */
export class RowSnapshot {
	readonly #schema: Schema;
	readonly #parts: readonly VisibleRows[];
	/** Where the columns stand in the schema; all of them where `undefined`. */
	readonly #columns: number[] | undefined;

	/**
	 * Gives only some columns where these are named, in their order.
	 *
	 * @throws `WAL_INVALID` for a column that is not in the schema, and for none at all.
	 */
	constructor(schema: Schema, parts: readonly VisibleRows[], columns: readonly string[] | undefined) {
		this.#schema = schema;
		this.#parts = parts;
		this.#columns = columns?.map((column) => this.#requireColumn(column));
		if (columns?.length === 0)
			throw new WalError("WAL_INVALID", "no column was named, and without one there are no rows");
	}

	*batches(): IterableIterator<RecordBatch> {
		for (const { memtable, count } of this.#parts) {
			for (const { batch } of memtable.store.visible(count)) yield this.#selected(batch);
		}
	}

	/** The rows with one value, in the order of the log. */
	equal(column: string, value: unknown): RecordBatch[] {
		const index = this.#requireColumn(column);
		return this.#parts.flatMap(({ memtable, count }) => {
			const { store, indexes } = memtable;
			const rows = indexes?.get(column, value, store.rowEnd(count)) ?? matching(store, count, index, value);
			return this.#slices(store, rows);
		});
	}

	/** The rows with values within the bounds: memtable by memtable, in each by value, then by the order of the log. */
	between(column: string, bounds: IndexBounds): RecordBatch[] {
		this.#requireColumn(column);
		return this.#parts.flatMap(({ memtable, count }) => {
			const { store, indexes } = memtable;
			const rows = indexes?.range(column, bounds, store.rowEnd(count));
			if (!rows) {
				throw new WalError("WAL_UNSUPPORTED", `a range needs an index, and column "${column}" has none`);
			}
			return this.#slices(store, rows);
		});
	}

	/** Rows by their numbers, in that order; neighbours come in one batch. */
	#slices(store: BatchStore, rows: readonly number[]): RecordBatch[] {
		const found: RecordBatch[] = [];
		for (let at = 0; at < rows.length; ) {
			const first = rows[at] as number;
			const { batch, firstRow, rows: length } = batchOf(store, first);
			let end = first + 1;
			at++;
			while (at < rows.length && rows[at] === end && end < firstRow + length) {
				end++;
				at++;
			}
			found.push(this.#selected(batch.slice(first - firstRow, end - firstRow)));
		}
		return found;
	}

	#selected(batch: RecordBatch): RecordBatch {
		// Not by name: apache-arrow's `select` mistakes one column for another.
		return this.#columns ? batch.selectAt(this.#columns) : batch;
	}

	#requireColumn(column: string): number {
		const index = this.#schema.fields.findIndex(({ name }) => name === column);
		if (index >= 0) return index;
		const names = this.#schema.fields.map(({ name }) => name).join(", ");
		throw new WalError("WAL_INVALID", `there is no column "${column}"; the columns are ${names}`);
	}
}

/** Numbers of the rows with this value, found by looking at each. */
function matching(store: BatchStore, count: number, index: number, value: unknown): number[] {
	const rows: number[] = [];
	for (const { batch, firstRow } of store.visible(count)) {
		const column = batch.data.children[index];
		if (!column) continue;
		const matches = columnMatcher(column, batch.schema.fields[index]?.name ?? "", value);
		for (let row = 0; row < batch.numRows; row++) if (matches(row)) rows.push(firstRow + row);
	}
	return rows;
}

function batchOf(store: BatchStore, row: number): StoredBatch {
	let low = 0;
	let high = store.length - 1;
	while (low < high) {
		const middle = (low + high + 1) >>> 1;
		if ((store.get(middle) as StoredBatch).firstRow <= row) low = middle;
		else high = middle - 1;
	}
	return store.get(low) as StoredBatch;
}
