import type { DataShape } from "./arrow-shapes.ts";
import { SourceList } from "./batch-job.ts";
import { type ColumnPlan, outsideValues } from "./column-plan.ts";
import type { Engine } from "./engine.ts";
import { denseUnionChildren } from "./union-slices.ts";
import { narrowedViews } from "./view-slices.ts";

/** What a column has where its data has none: it is null throughout. */
const ABSENT: Omit<DataShape, "type"> = {
	length: 0,
	offset: 0,
	_nullCount: 0,
	children: [],
	slice: () => ABSENT as DataShape,
};

/**
 * Takes columns apart: nodes and sources in the order of the format, of exactly the rows that are asked for, whatever
 * the data is a slice of. Nothing is copied but where a slice's buffers cannot be used as they are.
 */
export class ColumnWalk {
	readonly sources: SourceList = new SourceList();
	/** Length and null count of each node. */
	readonly nodes: number[] = [];
	/** Numbers in `nodes`. */
	nodesEnd = 0;
	/** Buffers of each column of views. */
	variadicCounts: number[] = [];
	readonly #engine: Pick<Engine, "countOnes">;
	/** Results of the last call of `#offsets`. */
	#begin = 0;
	#end = 0;

	constructor(engine: Pick<Engine, "countOnes">) {
		this.#engine = engine;
	}

	clear(): void {
		this.sources.clear();
		this.nodesEnd = 0;
		this.variadicCounts = [];
	}

	/** The first `rows` rows of `source`; those that it does not have are null. */
	column(plan: ColumnPlan, source: DataShape | undefined, rows: number): void {
		const data = source ?? (ABSENT as DataShape);
		switch (plan.layout) {
			case "fixed":
				this.#nodeAndValidity(data, rows);
				this.#bytes(data.values, rows * plan.width);
				return;
			case "variable":
				this.#nodeAndValidity(data, rows);
				this.#offsets(plan, data, rows);
				this.#content(plan, data.values);
				return;
			case "bits":
				this.#nodeAndValidity(data, rows);
				this.#bits(data.values as Uint8Array | undefined, data.offset, rows);
				return;
			case "list": {
				this.#nodeAndValidity(data, rows);
				this.#offsets(plan, data, rows);
				const [begin, length] = [this.#begin, this.#end - this.#begin];
				const [child] = data.children;
				if (length > 0 && (child === undefined || begin + length > child.length)) throw outsideValues(plan);
				// Without an offset the first rows are the slice.
				this.column(plan.children[0] as ColumnPlan, begin === 0 ? child : child?.slice(begin, length), length);
				return;
			}
			case "fixed-list":
				this.#nodeAndValidity(data, rows);
				this.column(plan.children[0] as ColumnPlan, data.children[0], rows * plan.width);
				return;
			case "struct":
				this.#nodeAndValidity(data, rows);
				for (let i = 0; i < plan.children.length; i++) {
					this.column(plan.children[i] as ColumnPlan, data.children[i], rows);
				}
				return;
			case "null":
				this.#node(rows, rows);
				return;
			case "sparse-union":
				this.#node(rows, 0);
				this.#bytes(data.typeIds, rows);
				for (let i = 0; i < plan.children.length; i++) {
					this.column(plan.children[i] as ColumnPlan, data.children[i], rows);
				}
				return;
			case "dense-union": {
				this.#node(rows, 0);
				if (rows > 0 && data.length < rows) throw outsideValues(plan);
				const { offsets, children } = denseUnionChildren(plan, data, rows);
				this.#bytes(data.typeIds, rows);
				this.#bytes(offsets, rows * 4);
				children.forEach((child, i) => {
					this.column(plan.children[i] as ColumnPlan, child, child?.length ?? 0);
				});
				return;
			}
			case "view": {
				this.#nodeAndValidity(data, rows);
				const { views, buffers } = narrowedViews(plan, data, rows);
				this.#bytes(views, rows * plan.width);
				for (const buffer of buffers) this.#bytes(buffer, buffer.length);
				this.variadicCounts.push(buffers.length);
			}
		}
	}

	#node(length: number, nulls: number): void {
		this.nodes[this.nodesEnd++] = length;
		this.nodes[this.nodesEnd++] = nulls;
	}

	/** A bitmap is written where there are nulls, and only then. */
	#nodeAndValidity(data: DataShape, rows: number): void {
		const { nullBitmap } = data;
		const given = data.length;
		const hasBitmap = data._nullCount !== 0 && nullBitmap !== undefined && nullBitmap.length > 0;
		if (given < rows) {
			const bitmap = padded(hasBitmap ? nullBitmap : undefined, data.offset, given, rows);
			this.#node(rows, rows - this.#engine.countOnes(bitmap, 0, rows));
			this.sources.addBits(bitmap, 0, rows);
			return;
		}
		const nulls = hasBitmap ? rows - this.#engine.countOnes(nullBitmap, data.offset, rows) : 0;
		this.#node(rows, nulls);
		if (hasBitmap && nulls > 0) this.#bits(nullBitmap, data.offset, rows);
		else this.sources.addNone();
	}

	#bits(bitmap: Uint8Array | undefined, offset: number, bits: number): void {
		if (bits === 0) this.sources.addNone();
		else if (bitmap && bitmap.length * 8 >= offset + bits) this.sources.addBits(bitmap, offset, bits);
		else this.sources.addBits(zeroPadded(bitmap, (offset + bits + 7) >>> 3), offset, bits);
	}

	#bytes(view: ArrayBufferView | undefined, length: number): void {
		if (length === 0) this.sources.addNone();
		else if (view && view.byteLength >= length) this.sources.addBytes(view, 0, length);
		else this.sources.addBytes(zeroPadded(view, length), 0, length);
	}

	/** Offsets from 0; leaves where the rows' content begins and ends in `#begin` and `#end`. */
	#offsets(plan: ColumnPlan, data: DataShape, rows: number): void {
		let offsets = data.valueOffsets;
		if (!offsets || offsets.length <= rows || data.length < rows || offsets.BYTES_PER_ELEMENT !== plan.width) {
			offsets = extendedOffsets(data, plan.width, rows);
		}
		const begin = Number(offsets[0]);
		const end = Number(offsets[rows]);
		if (begin < 0 || end < begin) throw outsideValues(plan);
		this.#begin = begin;
		this.#end = end;
		if (begin === 0) this.sources.addBytes(offsets, 0, (rows + 1) * plan.width);
		else this.sources.addOffsets(offsets, begin, rows + 1);
	}

	#content(plan: ColumnPlan, values: ArrayBufferView | undefined): void {
		const length = this.#end - this.#begin;
		if (length === 0) this.sources.addNone();
		else if (values && values.byteLength >= this.#end) this.sources.addBytes(values, this.#begin, length);
		else throw outsideValues(plan);
	}
}

/** `rows` bits: the `given` that there are from `offset` on, all of them set where there is no bitmap, then zeros. */
function padded(bitmap: Uint8Array | undefined, offset: number, given: number, rows: number): Uint8Array {
	const bits = new Uint8Array((rows + 7) >>> 3);
	for (let row = 0; row < given; row++) {
		const at = offset + row;
		if (!bitmap || ((bitmap[at >>> 3] ?? 0) >>> (at & 7)) & 1)
			bits[row >>> 3] = (bits[row >>> 3] ?? 0) | (1 << (row & 7));
	}
	return bits;
}

function zeroPadded(view: ArrayBufferView | undefined, length: number): Uint8Array {
	const bytes = new Uint8Array(length);
	if (view) bytes.set(new Uint8Array(view.buffer, view.byteOffset, Math.min(view.byteLength, length)));
	return bytes;
}

/** Offsets of the width that the type has, for all rows: beyond the data's own, every row is empty. */
function extendedOffsets(data: DataShape, width: number, rows: number): Int32Array | BigInt64Array {
	const { valueOffsets } = data;
	const last = Math.min(data.length, (valueOffsets?.length ?? 0) - 1);
	const offsetAt = (row: number) => (valueOffsets && last >= 0 ? valueOffsets[Math.min(row, last)] : 0) ?? 0;
	const rowsAndOne = { length: rows + 1 };
	return width === 8
		? BigInt64Array.from(rowsAndOne, (_, row) => BigInt(offsetAt(row)))
		: Int32Array.from(rowsAndOne, (_, row) => Number(offsetAt(row)));
}
