import { WalError } from "@memwal/wal-runtime";
import type { DataShape } from "./arrow-shapes.ts";
import { isSet, setBit } from "./bitmap.ts";
import { hasValidity, VIEW_BYTES } from "./column-layout.ts";
import { type ColumnPlan, outsideValues } from "./column-plan.ts";
import type { IndexArray } from "./engine.ts";
import { childOfTypeId, denseUnionChildren } from "./union-slices.ts";
import { isValidAt } from "./validity.ts";
import { BUFFER_AT, INLINE_BYTES } from "./view-slices.ts";

type Chunks = readonly DataShape[];

/**
 * The rows of several chunks as those of one: what a dictionary in several chunks is written as. Deltas would say the
 * same, but several readers refuse them, engines among them.
 */
export function concatenated(plan: ColumnPlan, chunks: Chunks): DataShape {
	const length = chunks.reduce((rows, chunk) => rows + chunk.length, 0);
	const hasNulls = hasValidity(plan.layout) && chunks.some(({ _nullCount }) => _nullCount !== 0);
	// It is written whole: nobody slices it.
	return {
		type: plan.type,
		offset: 0,
		length,
		children: [],
		_nullCount: hasNulls ? -1 : 0,
		nullBitmap: hasNulls ? bits(chunks, length, isValidAt) : undefined,
		...content(plan, chunks, length),
	} as Omit<DataShape, "slice"> as DataShape;
}

/** Whether they are the very same objects. */
export function areSame(some: Chunks, others: Chunks): boolean {
	return some.length === others.length && some.every((chunk, index) => chunk === others[index]);
}

type Content = Partial<
	Pick<DataShape, "values" | "valueOffsets" | "typeIds" | "variadicBuffers" | "children" | "dictionary">
>;

function content(plan: ColumnPlan, chunks: Chunks, length: number): Content {
	switch (plan.layout) {
		case "bits":
			return {
				values: bits(chunks, length, ({ values, offset }, row) => isSet(values as Uint8Array, offset + row)),
			};
		case "fixed":
			return plan.dictionary ? indices(plan, chunks, length) : { values: valuesOf(chunks, plan.width) };
		case "variable": {
			const values = joined(chunks, (chunk) => bytesOf(chunk.values, ...bounds(chunk)));
			return { values, valueOffsets: offsets(plan, chunks, length) };
		}
		case "view":
			return views(chunks);
		case "list":
			return { valueOffsets: offsets(plan, chunks, length), children: childrenOf(plan, chunks, bounds) };
		case "fixed-list":
			return { children: childrenOf(plan, chunks, (chunk) => [0, chunk.length * plan.width]) };
		case "dense-union":
			return { typeIds: typeIds(chunks), ...denseUnion(plan, chunks, length) };
		default:
			return { typeIds: typeIds(chunks), children: childrenOf(plan, chunks, (chunk) => [0, chunk.length]) };
	}
}

function bits(chunks: Chunks, length: number, isSetIn: (chunk: DataShape, row: number) => boolean): Uint8Array {
	const bitmap = new Uint8Array((length + 7) >>> 3);
	let at = 0;
	for (const chunk of chunks) {
		for (let row = 0; row < chunk.length; row++, at++) if (isSetIn(chunk, row)) setBit(bitmap, at);
	}
	return bitmap;
}

function joined(chunks: Chunks, bytesIn: (chunk: DataShape) => Uint8Array): Uint8Array {
	const parts = chunks.map(bytesIn);
	const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
	let at = 0;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return bytes;
}

function bytesOf(view: ArrayBufferView | undefined, begin: number, end: number): Uint8Array {
	return view ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength).subarray(begin, end) : new Uint8Array(0);
}

function valuesOf(chunks: Chunks, width: number): Uint8Array {
	return joined(chunks, ({ values, length }) => bytesOf(values, 0, length * width));
}

function typeIds(chunks: Chunks): Uint8Array {
	return joined(chunks, (chunk) => bytesOf(chunk.typeIds, 0, chunk.length));
}

function offsetAt({ valueOffsets }: DataShape, row: number): number {
	return Number(valueOffsets?.[row] ?? 0);
}

type Range = readonly [begin: number, end: number];

/** Where a chunk's content begins and ends. */
function bounds(chunk: DataShape): Range {
	return [offsetAt(chunk, 0), offsetAt(chunk, chunk.length)];
}

function offsets({ width }: ColumnPlan, chunks: Chunks, length: number): Int32Array | BigInt64Array {
	const all = new Float64Array(length + 1);
	let row = 0;
	let end = 0;
	for (const chunk of chunks) {
		const base = end - offsetAt(chunk, 0);
		for (let index = 1; index <= chunk.length; index++) {
			end = base + offsetAt(chunk, index);
			all[++row] = end;
		}
	}
	return width === 8 ? BigInt64Array.from(all, BigInt) : Int32Array.from(all);
}

/** Each child of all chunks, of each the values in a range. */
function childrenOf(plan: ColumnPlan, chunks: Chunks, rangeIn: (chunk: DataShape) => Range): DataShape[] {
	return plan.children.map((child, index) =>
		concatenated(
			child,
			chunks.map((chunk) => {
				const [begin, end] = rangeIn(chunk);
				const given = chunk.children[index];
				if (!given || begin < 0 || end < begin || given.length < end) throw outsideValues(child);
				return given.slice(begin, end - begin);
			}),
		),
	);
}

function denseUnion(plan: ColumnPlan, chunks: Chunks, length: number): Content {
	const childOf = childOfTypeId(plan);
	const valueOffsets = new Int32Array(length);
	const ends = plan.children.map(() => 0);
	let row = 0;
	const slices = chunks.map((chunk) => {
		const slice = denseUnionChildren(plan, chunk, chunk.length);
		for (let index = 0; index < chunk.length; index++) {
			const child = childOf.get(chunk.typeIds?.[index] as number) as number;
			valueOffsets[row++] = (slice.offsets[index] as number) + (ends[child] as number);
		}
		slice.children.forEach((child, at) => {
			ends[at] = (ends[at] as number) + child.length;
		});
		return slice;
	});
	const children = plan.children.map((child, at) =>
		concatenated(
			child,
			slices.map((slice) => slice.children[at] as DataShape),
		),
	);
	return { valueOffsets, children };
}

function views(chunks: Chunks): Content {
	const values = valuesOf(chunks, VIEW_BYTES);
	const view = new DataView(values.buffer);
	const variadicBuffers: Uint8Array[] = [];
	let at = 0;
	for (const { length, variadicBuffers: buffers = [] } of chunks) {
		for (const end = at + length * VIEW_BYTES; at < end; at += VIEW_BYTES) {
			if (view.getInt32(at, true) <= INLINE_BYTES) continue;
			view.setInt32(at + BUFFER_AT, view.getInt32(at + BUFFER_AT, true) + variadicBuffers.length, true);
		}
		variadicBuffers.push(...buffers);
	}
	return { values, variadicBuffers };
}

/** Indices into one dictionary of all chunks' dictionaries, where they are not the same. */
function indices(plan: ColumnPlan, chunks: Chunks, length: number): Content {
	const dictionaries = chunks.map(({ dictionary }) => dictionary?.data ?? []);
	const [first = []] = dictionaries;
	if (dictionaries.every((data) => areSame(data, first))) {
		return { values: valuesOf(chunks, plan.width), dictionary: { data: first } };
	}
	const Indices = chunks[0]?.values?.constructor as new (length: number) => IndexArray;
	const limit = 2 ** (8 * plan.width - (plan.type.indices?.isSigned ? 1 : 0));
	const values = new Indices(length);
	let row = 0;
	let base = 0;
	chunks.forEach((chunk, at) => {
		const given = chunk.values as IndexArray;
		for (let index = 0; index < chunk.length; index++, row++) {
			if (!isValidAt(chunk, index)) continue;
			const moved = base + Number(given[index]);
			if (moved >= limit) {
				throw new WalError(
					"WAL_UNSUPPORTED",
					`Column "${plan.path}" has more dictionary values than its indices can tell. Use wider indices.`,
				);
			}
			values[row] = plan.width === 8 ? BigInt(moved) : moved;
		}
		for (const { length } of dictionaries[at] as Chunks) base += length;
	});
	return { values, dictionary: { data: dictionaries.flat() } };
}
