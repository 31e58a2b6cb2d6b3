import { type Clock, realClock, WalError } from "@memwal/wal-runtime";
import type { Schema } from "apache-arrow";
import type { BatchShape } from "./arrow-shapes.ts";
import { BTreeIndex } from "./btree-index.ts";
import type { IndexBounds } from "./index-bounds.ts";
import { type IndexSpec, indexSpecs, primaryKeyColumns } from "./index-specs.ts";
import type { IndexInsertion, MemtableIndexes, StoredBatch } from "./memtable-indexes.ts";
import { PrimaryKey } from "./primary-key.ts";
import { STEP_ROWS } from "./step.ts";
import { columnsTogether, type StoreColumn, singleColumn } from "./store-column.ts";
import { WorkPace } from "./work-pace.ts";

export interface IndexStoreOptions {
	/** One a column is enough; default: none. */
	readonly indexes?: readonly IndexSpec[] | undefined;
	/** The columns whose values tell rows apart; default: none do. */
	readonly primaryKey?: string | readonly string[] | undefined;
	/** Default: this machine's. */
	readonly clock?: Clock | undefined;
	/** For how long insertions may hold the event loop. Default: 8. */
	readonly sliceMs?: number | undefined;
}

const DEFAULT_SLICE_MS = 8;

/** The index over the columns of a composite primary key. */
const COMPOSITE_KEY_NAME = "__pk_key__";
const SINGLE_KEY_PREFIX = "__pk__";

/**
 * The indexes over the rows of one memtable. A batch counts as indexed when every index has taken it, and is taken once;
 * readers see no row of one that is not. When an index fails, that is the end of insertions.
 *
 * @example
 * ```ts
 * const store = new IndexStore({ indexes: [{ column: "user" }], primaryKey: ["tenant", "id"] });
 * store.validate(schema);
 * await store.insertBatches([{ batch, batchPosition: 0, firstRow: 0, rows: batch.numRows }]);
 * store.get("user", "ada", batch.numRows); // row numbers
 * ```
 */
export class IndexStore implements MemtableIndexes {
	readonly #clock: Clock;
	readonly #pace: WorkPace;
	readonly #fillers: StoreColumn<never>[] = [];
	readonly #indexes = new Map<string, BTreeIndex>();
	readonly #primaryKey: PrimaryKey | undefined;
	#indexed = 0;
	#rows = 0;
	#failure: { readonly error: unknown } | undefined;
	/** Calls that wait or work. */
	#calls = 0;
	/** Settles when the last of them has. */
	#lastCall: Promise<unknown> = Promise.resolve();

	/** @throws RangeError unless `sliceMs` is above 0; `WAL_INVALID` for two indexes of one name, and for a primary key of no column or one column twice. */
	constructor({ indexes = [], primaryKey, clock = realClock, sliceMs = DEFAULT_SLICE_MS }: IndexStoreOptions = {}) {
		if (!(sliceMs > 0)) throw new RangeError(`sliceMs must be above 0, not ${sliceMs}`);
		this.#clock = clock;
		this.#pace = new WorkPace(clock, sliceMs);
		for (const { name, column } of indexSpecs(indexes)) this.#addIndex(name, column);
		const columns = primaryKeyColumns(primaryKey);
		if (columns.length > 0) this.#primaryKey = this.#newPrimaryKey(columns);
	}

	get indexed(): number {
		return this.#indexed;
	}

	get bytes(): number {
		let bytes = 0;
		for (const { indexed } of this.#fillers) bytes += indexed.bytes;
		return bytes;
	}

	/** The names of the indexes, in the order in which they were asked for; then that of the primary key, if it has its own. */
	get names(): readonly string[] {
		return this.#fillers.map(({ name }) => name);
	}

	index(name: string): BTreeIndex | undefined {
		return this.#indexes.get(name);
	}

	/** The first index over the column. */
	indexOn(column: string): BTreeIndex | undefined {
		for (const index of this.#indexes.values()) if (index.column === column) return index;
		return undefined;
	}

	/**
	 * After this, as long as there are no rows, the values that are looked up are judged by the types of this schema.
	 *
	 * @throws `WAL_INVALID` naming the column that the schema does not have, or has twice; `WAL_UNSUPPORTED` naming the
	 * column and its type where that has no order or, in a composite primary key, no encoding that keeps it.
	 */
	validate(schema: Schema): void {
		for (const filler of this.#fillers) filler.validate(schema);
	}

	/**
	 * Inserts batches, in order; those that every index has are skipped, so nothing is indexed twice. Calls run one at a
	 * time. Between steps the event loop gets its turn, so that it is never held longer than `sliceMs`.
	 *
	 * @throws `WAL_INTERNAL` "missing batch position N" for a batch beyond `indexed`, and for one whose rows do not follow
	 * those before; then nothing was inserted. `WAL_INVALID` or `WAL_UNSUPPORTED` where an index cannot take a batch; then,
	 * and after any other error of an index, `indexed` stays as it is, and every later call fails with the same error.
	 */
	insertBatches(batches: readonly StoredBatch[]): Promise<IndexInsertion> {
		const call = this.#calls === 0 ? this.#insert(batches) : this.#lastCall.then(() => this.#insert(batches));
		this.#calls++;
		const settled = () => {
			this.#calls--;
		};
		this.#lastCall = call.then(settled, settled);
		return call;
	}

	get(column: string, value: unknown, rowEnd: number): readonly number[] | undefined {
		return this.indexOn(column)?.get(value, { rowEnd });
	}

	range(column: string, bounds: IndexBounds, rowEnd: number): readonly number[] | undefined {
		return this.indexOn(column)?.range(bounds, { rowEnd });
	}

	/**
	 * The highest number below `rowEnd` of a row with this primary key; `undefined` where there is none.
	 *
	 * @throws TypeError unless there is a value of its type, or null, for each column of the key, and where there is no
	 * primary key.
	 */
	pkNewestVisible(values: readonly unknown[], rowEnd: number): number | undefined {
		return this.#requirePrimaryKey().newestVisible(values, rowEnd);
	}

	/** Whether no row below `rowEnd` with this primary key comes after `row`, which has it. */
	pkIsNewest(values: readonly unknown[], row: number, rowEnd: number): boolean {
		return this.pkNewestVisible(values, rowEnd) === row;
	}

	/** Whether a row below `rowEnd` has this primary key. */
	pkContains(values: readonly unknown[], rowEnd: number): boolean {
		return this.pkNewestVisible(values, rowEnd) !== undefined;
	}

	/** Whether some primary key has come twice. It is known before the batch counts as indexed, and stays so. */
	get pkHasOverrides(): boolean {
		return this.#requirePrimaryKey().hasOverrides;
	}

	async #insert(batches: readonly StoredBatch[]): Promise<IndexInsertion> {
		if (this.#failure) throw this.#failure.error;
		const fresh = this.#freshOf(batches);
		const startMs = this.#clock.monotonicMs();
		this.#pace.resume(startMs);
		const perIndexMs: Record<string, number> = {};
		for (const { name } of this.#fillers) perIndexMs[name] = 0;
		const firstRow = this.#rows;
		let nowMs = startMs;
		try {
			for (let begin = 0, end = 0; begin < fresh.length; begin = end) {
				end = endOfGroup(fresh, begin);
				for (const filler of this.#fillers) {
					for (const place = { at: begin, row: 0 }; place.at < end; ) {
						if (this.#pace.isPauseDue) {
							await this.#pace.pause();
							nowMs = this.#clock.monotonicMs();
						}
						const rows = step(filler, fresh, place, end);
						const endMs = this.#clock.monotonicMs();
						this.#pace.worked(rows, endMs - nowMs, endMs);
						perIndexMs[filler.name] = (perIndexMs[filler.name] as number) + (endMs - nowMs);
						nowMs = endMs;
					}
				}
				this.#publish(fresh, end);
			}
		} catch (error) {
			this.#failure = { error };
			throw error;
		}
		return { rows: this.#rows - firstRow, durationMs: nowMs - startMs, perIndexMs };
	}

	/** Every index has the batches up to before `end`. */
	#publish(batches: readonly StoredBatch[], end: number): void {
		for (const { indexed } of this.#fillers) indexed.publish();
		const { batchPosition, firstRow, rows } = batches[end - 1] as StoredBatch;
		this.#indexed = batchPosition + 1;
		this.#rows = firstRow + rows;
	}

	/** The batches that the indexes do not have. */
	#freshOf(batches: readonly StoredBatch[]): readonly StoredBatch[] {
		const known = batches.findIndex(({ batchPosition }) => batchPosition >= this.#indexed);
		if (known < 0) return [];
		const fresh = known === 0 ? batches : batches.slice(known);
		let position = this.#indexed;
		let row = this.#rows;
		for (const { batchPosition, firstRow, rows } of fresh) {
			if (batchPosition !== position) throw internal(`missing batch position ${position}`);
			if (firstRow !== row) throw internal(`batch ${position} begins with row ${firstRow}, not with row ${row}`);
			position++;
			row += rows;
		}
		return fresh;
	}

	#addIndex(name: string, column: string): void {
		if (this.#indexes.has(name)) throw new WalError("WAL_INVALID", `there are two indexes of the name "${name}"`);
		const filler = singleColumn(name, column);
		this.#fillers.push(filler as StoreColumn<never>);
		this.#indexes.set(name, new BTreeIndex({ name, column }, filler.indexed));
	}

	/** Of one column, an index over it will do. */
	#newPrimaryKey(columns: readonly string[]): PrimaryKey {
		const [column = "", second] = columns;
		let filler: StoreColumn<never> | undefined;
		if (second !== undefined) {
			filler = columnsTogether(COMPOSITE_KEY_NAME, columns) as StoreColumn<never>;
			this.#fillers.push(filler);
		} else {
			const index = this.indexOn(column);
			const name = index?.name ?? SINGLE_KEY_PREFIX + column;
			if (!index) this.#addIndex(name, column);
			filler = this.#fillers.find((one) => one.name === name);
		}
		const { indexed } = filler as StoreColumn<never>;
		indexed.watchRepeats();
		return new PrimaryKey(columns, indexed);
	}

	#requirePrimaryKey(): PrimaryKey {
		if (this.#primaryKey) return this.#primaryKey;
		throw new TypeError("these indexes have no primary key; give its columns to the constructor");
	}
}

/** Reads rows into one index, from a place among batches on, until a step is full or the batches end; returns how many. */
function step(
	filler: StoreColumn<never>,
	batches: readonly StoredBatch[],
	place: { at: number; row: number },
	end: number,
): number {
	const { indexed } = filler;
	const before = indexed.rows;
	do {
		const { batch, rows } = batches[place.at] as StoredBatch;
		if (place.row < rows) place.row = filler.read(batch as unknown as BatchShape, place.row, rows);
		if (place.row < rows) break;
		place.at++;
		place.row = 0;
	} while (place.at < end && !indexed.isRunFull);
	return indexed.rows - before;
}

/** Small batches go to each index together: to read a row takes no longer than to look at the clock after it. */
function endOfGroup(batches: readonly StoredBatch[], begin: number): number {
	let rows = 0;
	let end = begin;
	while (end < batches.length && (end === begin || rows + (batches[end] as StoredBatch).rows <= STEP_ROWS)) {
		rows += (batches[end] as StoredBatch).rows;
		end++;
	}
	return end;
}

function internal(message: string): WalError {
	return new WalError("WAL_INTERNAL", message);
}
