import type { Data, DataType, Vector } from "apache-arrow";
import type { DataShape, TypeShape, VectorShape } from "./arrow-shapes.ts";
import { type BoundPair, boundPair, type IndexBounds } from "./index-bounds.ts";
import { entriesBetween, type IndexEntry, IndexSnapshot } from "./index-entries.ts";
import { IndexedColumn } from "./indexed-column.ts";
import { requireKeyClass } from "./key-class-of.ts";
import type { Probe } from "./key-entry.ts";
import { type LimitedReadOptions, type ReadOptions, rowLimits, visibleEnd } from "./read-limits.ts";
import type { Order } from "./tree-cursor.ts";
import { type Cut, compareCuts, compareProbes, cutAbove, cutBelow } from "./tree-cut.ts";
import { addRowsBetween, addRowsOf, type RowLimits } from "./tree-rows.ts";

export interface BTreeIndexOptions {
	/** The column's name, for messages and for whoever looks for an index over it. */
	readonly column: string;
	/** Default: the column's name. */
	readonly name?: string | undefined;
	/**
	 * Default: that of the first column that is inserted. As long as it is not known, nothing is found, and values that are
	 * looked up cannot be judged.
	 */
	readonly type?: DataType | undefined;
}

export interface EntryOptions extends IndexBounds, ReadOptions {
	/** Default: ascending. Rows with one value come in the same order as the values. */
	readonly order?: Order | undefined;
}

/**
 * The rows of a column by their values: each row once, ordered by value and then by row, for as many rows as have been
 * inserted. Nothing is ever taken out, so that whoever goes through it sees what was there when they began, whatever is
 * inserted meanwhile.
 *
 * Values are ordered and equal as their bits are: text by its UTF-8 bytes, floats in IEEE 754's total order, so that -0
 * comes before 0 and is not equal to it. Null is no value: no range has it, and in a snapshot it comes first.
 *
 * What is looked up has to be of the column's type, else it is a TypeError: whole numbers as number (up to 2^53 − 1) or
 * bigint, also dates, times, timestamps and durations, in the column's own unit; dates and timestamps also as Date; text
 * as string or UTF-8 bytes; binary as Uint8Array; decimals as bigint without their point. A number that the column cannot
 * have lies where numbers lie: no row has it, and a range reaches up to it.
 *
 * @example
 * ```ts
 * const index = new BTreeIndex({ column: "delay" });
 * index.insert(table.getChild("delay"), 0);
 * index.range({ gte: 60 }); // rows by delay, from an hour on
 * ```
 */
export class BTreeIndex {
	readonly name: string;
	readonly column: string;
	readonly #indexed: IndexedColumn<DataShape>;
	#failure: unknown;

	/**
	 * `indexed` is for whoever fills the index by other means than {@link insert}.
	 *
	 * @throws `WAL_UNSUPPORTED` for a type that has no order.
	 */
	constructor({ column, name = column, type }: BTreeIndexOptions, indexed?: IndexedColumn<DataShape>) {
		this.name = name;
		this.column = column;
		this.#indexed = indexed ?? new IndexedColumn(`column "${column}"`);
		if (type) this.#indexed.bind(requireKeyClass(type as TypeShape, column));
	}

	/** How many rows were inserted, those without a value among them; the exclusive end of their numbers. */
	get size(): number {
		return this.#indexed.rowEnd;
	}

	/** Memory that is held. */
	get bytes(): number {
		return this.#indexed.bytes;
	}

	/**
	 * Inserts a column, whose first row has that number. Rows come in order and without gaps, so that none is there twice.
	 * It does not return before all are read; an {@link IndexStore} pauses meanwhile. The last of them, 8,192 at most, may
	 * wait for the first reader to be put in order.
	 *
	 * @throws RangeError for another row than the next one; `WAL_UNSUPPORTED` for a type that has no order; `WAL_INVALID`
	 * for a type other than before. After another error, the index takes no more rows, and has none of these.
	 */
	insert(column: Vector | Data, firstRow: number): void {
		const indexed = this.#indexed;
		if (this.#failure !== undefined) throw this.#failure;
		if (firstRow !== indexed.rows) {
			throw new RangeError(`rows are inserted in order: the next one is ${indexed.rows}, not ${firstRow}`);
		}
		const shape = column as unknown as VectorShape | DataShape;
		if (typeof shape?.type?.typeId !== "number")
			throw new TypeError("what is inserted must be a Vector or a Data of apache-arrow");
		const parts = "data" in shape ? shape.data : [shape];
		const keyClass = requireKeyClass(shape.type, this.column);
		indexed.require(keyClass);
		try {
			for (const part of parts) {
				for (let row = 0; row < part.length; ) row = indexed.read(keyClass, part, row, part.length);
			}
		} catch (error) {
			this.#failure = error;
			throw error;
		}
		indexed.publish();
	}

	/** Numbers of the rows with this value, ascending; with `null`, of those without one. */
	get(value: unknown, options?: ReadOptions): readonly number[];
	/** `undefined` where more than `limit` rows have it. */
	get(value: unknown, options: LimitedReadOptions): readonly number[] | undefined;
	get(value: unknown, options: ReadOptions & { readonly limit?: number } = {}): readonly number[] | undefined {
		const limits = rowLimits(options, this.size);
		const rows: number[] = [];
		return this.#addRows(value, limits, rows) ? rows : undefined;
	}

	/** Numbers of the rows with one of these values, each once, ascending; with `null` among them, also of those without. */
	in(values: Iterable<unknown>, options?: ReadOptions): readonly number[];
	/** `undefined` where there are more than `limit`. */
	in(values: Iterable<unknown>, options: LimitedReadOptions): readonly number[] | undefined;
	in(
		values: Iterable<unknown>,
		options: ReadOptions & { readonly limit?: number } = {},
	): readonly number[] | undefined {
		const limits = rowLimits(options, this.size);
		const given = [...values];
		const rows: number[] = [];
		if (given.includes(null) && !this.#addRows(null, limits, rows)) return undefined;
		const probes = given.flatMap((value) => (value === null ? [] : (this.#indexed.probe(value) ?? [])));
		const keys = probes.filter(({ side }) => side === 0).sort(compareProbes);
		for (const [index, key] of keys.entries()) {
			const before = keys[index - 1];
			if (before && compareProbes(before, key) === 0) continue;
			if (!this.#addRowsOf(key, limits, rows)) return undefined;
		}
		return rows.sort((a, b) => a - b);
	}

	/** Numbers of the rows without a value, ascending. */
	isNull(options?: ReadOptions): readonly number[];
	/** `undefined` where there are more than `limit`. */
	isNull(options: LimitedReadOptions): readonly number[] | undefined;
	isNull(options: ReadOptions & { readonly limit?: number } = {}): readonly number[] | undefined {
		return this.get(null, options as LimitedReadOptions);
	}

	/** Numbers of the rows with values within the bounds, by value, then by row; never of rows without a value. */
	range(bounds: IndexBounds, options?: ReadOptions): readonly number[];
	/** `undefined` where there are more than `limit`. */
	range(bounds: IndexBounds, options: LimitedReadOptions): readonly number[] | undefined;
	range(bounds: IndexBounds, options: ReadOptions & { readonly limit?: number } = {}): readonly number[] | undefined {
		return this.#rowsBetween(this.#cuts(boundPair(bounds)), rowLimits(options, this.size));
	}

	/**
	 * Numbers of the rows whose text or bytes begin with these, by value, then by row.
	 *
	 * @throws TypeError where values are neither text nor bytes.
	 */
	prefix(prefix: string | Uint8Array, options?: ReadOptions): readonly number[];
	/** `undefined` where there are more than `limit`. */
	prefix(prefix: string | Uint8Array, options: LimitedReadOptions): readonly number[] | undefined;
	prefix(
		prefix: string | Uint8Array,
		options: ReadOptions & { readonly limit?: number } = {},
	): readonly number[] | undefined {
		const limits = rowLimits(options, this.size);
		const range = this.#indexed.prefix(prefix);
		return range ? this.#rowsBetween([cutBelow(range.from), range.to && cutBelow(range.to)], limits) : [];
	}

	/**
	 * The highest number below `rowEnd` of a row with this value, or with `null` of one without; `undefined` where there is
	 * none. One descent, however many rows have it.
	 */
	newestVisible(value: unknown, rowEnd: number): number | undefined {
		return this.#indexed.newest(value, visibleEnd(rowEnd, this.size));
	}

	/** The rows with values within the bounds, one by one, ascending by value and row or descending; none without a value. */
	entries({ order = "ascending", rowEnd, ...bounds }: EntryOptions = {}): IterableIterator<IndexEntry> {
		const cuts = this.#cuts(boundPair(bounds));
		const end = visibleEnd(rowEnd, this.size);
		return cuts ? entriesBetween(this.#indexed, cuts, order, end) : [].values();
	}

	/** All rows as they are now, grouped by value in order, those without a value first. */
	snapshot({ rowEnd }: ReadOptions = {}): IndexSnapshot {
		return new IndexSnapshot(this.#indexed, visibleEnd(rowEnd, this.size));
	}

	#addRows(value: unknown, limits: RowLimits, rows: number[]): boolean {
		if (value !== null) {
			const probe = this.#indexed.probe(value);
			return probe?.side !== 0 || this.#addRowsOf(probe, limits, rows);
		}
		const { nulls } = this.#indexed;
		const count = nulls.countBelow(limits.rowEnd);
		if (count > limits.limit) return false;
		for (let index = 0; index < count; index++) rows.push(nulls.at(index));
		return true;
	}

	#addRowsOf(probe: Probe, limits: RowLimits, rows: number[]): boolean {
		const { tree } = this.#indexed;
		return tree === undefined || addRowsOf(tree, probe, limits, rows);
	}

	/** `undefined` where nothing is within the bounds. */
	#cuts({ lower, upper }: BoundPair): readonly [Cut | undefined, Cut | undefined] | undefined {
		const from = lower && this.#indexed.probe(lower.value);
		const to = upper && this.#indexed.probe(upper.value);
		const lowerCut = from && (lower.reach === "inclusive" ? cutBelow(from) : cutAbove(from));
		const upperCut = to && (upper.reach === "inclusive" ? cutAbove(to) : cutBelow(to));
		return lowerCut && upperCut && compareCuts(lowerCut, upperCut) >= 0 ? undefined : [lowerCut, upperCut];
	}

	#rowsBetween(
		cuts: readonly [Cut | undefined, Cut | undefined] | undefined,
		limits: RowLimits,
	): readonly number[] | undefined {
		const { tree } = this.#indexed;
		const rows: number[] = [];
		if (!tree || !cuts) return rows;
		return addRowsBetween(tree, ...cuts, limits, rows) ? rows : undefined;
	}
}
