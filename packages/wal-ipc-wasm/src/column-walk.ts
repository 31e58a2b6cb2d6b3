import type { DataShape } from "./arrow-shapes.ts";
import { SourceList } from "./batch-job.ts";
import { isSet, setBit } from "./bitmap.ts";
import { type ColumnPlan, outsideValues } from "./column-plan.ts";
import type { Engine } from "./engine.ts";
import { denseUnionChildren } from "./union-slices.ts";
import { narrowedViews } from "./view-slices.ts";

/** What a column has where its data has none: it is null throughout. */
const ABSENT: Omit<DataShape, "type" | "slice"> = {
	length: 0,
	offset: 0,
	_nullCount: 0,
	children: [],
};

const NO_COUNTS: readonly number[] = [];

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
	#variadicCounts = NO_COUNTS;
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
		this.#variadicCounts = NO_COUNTS;
	}

	/** How many buffers each column of views has, of those that have been walked since it was last asked. */
	takeVariadicCounts(): readonly number[] {
		const counts = this.#variadicCounts;
		this.#variadicCounts = NO_COUNTS;
		return counts;
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
				const begin = this.#begin;
				const length = this.#end - begin;
				const [child] = data.children;
				if (length > 0 && (child === undefined || begin + length > child.length)) throw outsideValues(plan);
				// Without an offset the first rows are the slice.
				this.column(plan.children[0] as ColumnPlan, begin === 0 ? child : child?.slice(begin, length), length);
				return;
			}
			case "fixed-list":
				this.#nodeAndValidity(data, rows);
				this.#children(plan, data, rows * plan.width);
				return;
			case "struct":
				this.#nodeAndValidity(data, rows);
				this.#children(plan, data, rows);
				return;
			case "null":
				this.#node(rows, rows);
				return;
			case "sparse-union":
				this.#node(rows, 0);
				this.#bytes(data.typeIds, rows);
				this.#children(plan, data, rows);
				return;
			case "dense-union": {
				this.#node(rows, 0);
				if (rows > 0 && data.length < rows) throw outsideValues(plan);
				const { offsets, children } = denseUnionChildren(plan, data, rows);
				this.#bytes(data.typeIds, rows);
				this.#bytes(offsets, rows * 4);
				plan.children.forEach((child, i) => {
					this.column(child, children[i], children[i]?.length ?? 0);
				});
				return;
			}
			case "view": {
				this.#nodeAndValidity(data, rows);
				const { views, buffers } = narrowedViews(plan, data, rows);
				this.#bytes(views, rows * plan.width);
				for (const buffer of buffers) this.#bytes(buffer, buffer.length);
				this.#variadicCounts = [...this.#variadicCounts, buffers.length];
			}
		}
	}

	#children(plan: ColumnPlan, { children }: DataShape, rows: number): void {
		for (let i = 0; i < plan.children.length; i++) this.column(plan.children[i] as ColumnPlan, children[i], rows);
	}

	#node(length: number, nulls: number): void {
		this.nodes[this.nodesEnd++] = length;
		this.nodes[this.nodesEnd++] = nulls;
	}

	/** A bitmap is written where there are nulls, and only then. */
	#nodeAndValidity(data: DataShape, rows: number): void {
		let { nullBitmap: bitmap, offset } = data;
		if (data._nullCount === 0 || !bitmap?.length) bitmap = undefined;
		if (data.length < rows) {
			bitmap = padded(bitmap, offset, data.length, rows);
			offset = 0;
		}
		const nulls = bitmap ? rows - this.#engine.countOnes(bitmap, offset, rows) : 0;
		this.#node(rows, nulls);
		if (nulls > 0) this.#bits(bitmap, offset, rows);
		else this.sources.addNone();
	}

	#bits(bitmap: Uint8Array | undefined, offset: number, bits: number): void {
		if (bits === 0) this.sources.addNone();
		else this.sources.addBits(ofLength(bitmap, (offset + bits + 7) >>> 3) as Uint8Array, offset, bits);
	}

	#bytes(view: ArrayBufferView | undefined, length: number): void {
		if (length === 0) this.sources.addNone();
		else this.sources.addBytes(ofLength(view, length), 0, length);
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
	for (let row = 0; row < given; row++) if (!bitmap || isSet(bitmap, offset + row)) setBit(bits, row);
	return bits;
}

/** At least so many bytes: what there is, with zeros behind it where that is too short. */
function ofLength(view: ArrayBufferView | undefined, length: number): ArrayBufferView {
	if (view && view.byteLength >= length) return view;
	const bytes = new Uint8Array(length);
	if (view) bytes.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
	return bytes;
}

/** Offsets of the width that the type has, for all rows: beyond the data's own, every row is empty. */
function extendedOffsets(data: DataShape, width: number, rows: number): Int32Array | BigInt64Array {
	const { valueOffsets } = data;
	const last = Math.min(data.length, (valueOffsets?.length ?? 0) - 1);
	const all = Array.from({ length: rows + 1 }, (_, row) => valueOffsets?.[Math.min(row, last)] ?? 0);
	return width === 8 ? BigInt64Array.from(all, BigInt) : Int32Array.from(all, Number);
}
