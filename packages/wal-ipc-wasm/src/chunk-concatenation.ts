import { WalError } from "@memwal/wal-runtime";
import type { DataShape } from "./arrow-shapes.ts";
import { VIEW_BYTES } from "./column-layout.ts";
import { type ColumnPlan, outsideValues } from "./column-plan.ts";
import { denseUnionChildren } from "./union-slices.ts";
import { isValidAt } from "./validity.ts";
import { INLINE_BYTES, VIEW } from "./view-slices.ts";

/**
 * The rows of several chunks as those of one: what a dictionary in several chunks is written as. Deltas would say the
 * same, but several readers refuse them, engines among them.
 */
export function concatenated(plan: ColumnPlan, chunks: readonly DataShape[]): DataShape {
	const length = chunks.reduce((rows, chunk) => rows + chunk.length, 0);
	return {
		type: plan.type,
		offset: 0,
		children: [],
		...validity(plan, chunks, length),
		...content(plan, chunks, length),
		length,
		slice() {
			throw new Error("what was put together is written whole");
		},
	};
}

type Content = Partial<
	Pick<DataShape, "values" | "valueOffsets" | "typeIds" | "variadicBuffers" | "children" | "dictionary">
>;

function content(plan: ColumnPlan, chunks: readonly DataShape[], length: number): Content {
	switch (plan.layout) {
		case "null":
			return {};
		case "bits":
			return { values: bits(chunks, length, (chunk, row) => bitAt(chunk.values as Uint8Array, chunk.offset + row)) };
		case "fixed":
			return plan.dictionary
				? indices(plan, chunks, length)
				: { values: joined(chunks, (chunk) => rowsOf(chunk, plan)) };
		case "variable": {
			const values = joined(chunks, (chunk) => contentOf(chunk));
			return { values, valueOffsets: offsets(plan, chunks, length) };
		}
		case "view":
			return views(chunks);
		case "list": {
			const children = chunks.map((chunk) => {
				const [begin, end] = bounds(chunk);
				return (chunk.children[0] as DataShape).slice(begin, end - begin);
			});
			const child = concatenated(plan.children[0] as ColumnPlan, children);
			return { valueOffsets: offsets(plan, chunks, length), children: [child] };
		}
		case "fixed-list":
			return { children: childrenOf(plan, chunks, plan.width) };
		case "struct":
			return { children: childrenOf(plan, chunks, 1) };
		case "sparse-union":
			return { typeIds: typeIds(chunks), children: childrenOf(plan, chunks, 1) };
		case "dense-union":
			return { typeIds: typeIds(chunks), ...denseUnion(plan, chunks, length) };
	}
}

function validity(
	{ layout }: ColumnPlan,
	chunks: readonly DataShape[],
	length: number,
): Pick<DataShape, "_nullCount"> & { readonly nullBitmap?: Uint8Array } {
	if (layout === "null" || layout === "sparse-union" || layout === "dense-union") return { _nullCount: 0 };
	if (chunks.every(({ _nullCount }) => _nullCount === 0)) return { _nullCount: 0 };
	return { _nullCount: -1, nullBitmap: bits(chunks, length, isValidAt) };
}

function bits(
	chunks: readonly DataShape[],
	length: number,
	isSet: (chunk: DataShape, row: number) => boolean,
): Uint8Array {
	const bitmap = new Uint8Array((length + 7) >>> 3);
	let at = 0;
	for (const chunk of chunks) {
		for (let row = 0; row < chunk.length; row++, at++) {
			if (isSet(chunk, row)) bitmap[at >>> 3] = (bitmap[at >>> 3] as number) | (1 << (at & 7));
		}
	}
	return bitmap;
}

function bitAt(bitmap: Uint8Array, at: number): boolean {
	return (((bitmap[at >>> 3] ?? 0) >>> (at & 7)) & 1) === 1;
}

function joined(chunks: readonly DataShape[], bytesOf: (chunk: DataShape) => Uint8Array): Uint8Array {
	const parts = chunks.map(bytesOf);
	const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
	let at = 0;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return bytes;
}

function bytesOf(view: ArrayBufferView | undefined): Uint8Array {
	return view ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : new Uint8Array(0);
}

function rowsOf({ values, length }: DataShape, { width }: ColumnPlan): Uint8Array {
	return bytesOf(values).subarray(0, length * width);
}

/** Where a chunk's content begins and ends. */
function bounds({ valueOffsets, length }: DataShape): readonly [begin: number, end: number] {
	return [Number(valueOffsets?.[0] ?? 0), Number(valueOffsets?.[length] ?? 0)];
}

function contentOf(chunk: DataShape): Uint8Array {
	return bytesOf(chunk.values).subarray(...bounds(chunk));
}

function offsets({ width }: ColumnPlan, chunks: readonly DataShape[], length: number): Int32Array | BigInt64Array {
	const all = new Float64Array(length + 1);
	let row = 0;
	let end = 0;
	for (const chunk of chunks) {
		const [begin] = bounds(chunk);
		const base = end - begin;
		for (let index = 0; index < chunk.length; index++) {
			end = base + Number(chunk.valueOffsets?.[index + 1] ?? 0);
			all[++row] = end;
		}
	}
	return width === 8 ? BigInt64Array.from(all, BigInt) : Int32Array.from(all);
}

/** Each child of all chunks, where it has so many values a row. */
function childrenOf(plan: ColumnPlan, chunks: readonly DataShape[], perRow: number): DataShape[] {
	return plan.children.map((child, index) =>
		concatenated(
			child,
			chunks.map(({ children, length }) => {
				const given = children[index];
				const rows = length * perRow;
				if (!given || given.length < rows) throw outsideValues(child);
				return given.length === rows ? given : given.slice(0, rows);
			}),
		),
	);
}

function typeIds(chunks: readonly DataShape[]): Uint8Array {
	return joined(chunks, ({ typeIds: ids, length }) => bytesOf(ids).subarray(0, length));
}

function denseUnion(plan: ColumnPlan, chunks: readonly DataShape[], length: number): Content {
	const childOf = new Map(Array.from(plan.type.typeIds ?? [], (id, index) => [id, index]));
	const slices = chunks.map((chunk) => denseUnionChildren(plan, chunk, chunk.length));
	const bases = plan.children.map(() => 0);
	const valueOffsets = new Int32Array(length);
	let row = 0;
	slices.forEach(({ offsets, children }, index) => {
		const ids = chunks[index]?.typeIds;
		for (let of = 0; of < (chunks[index]?.length ?? 0); of++) {
			valueOffsets[row++] = (offsets[of] ?? 0) + (bases[childOf.get(ids?.[of] ?? -1) ?? -1] ?? 0);
		}
		children.forEach((child, at) => {
			bases[at] = (bases[at] as number) + (child?.length ?? 0);
		});
	});
	const children = plan.children.map((child, at) =>
		concatenated(
			child,
			slices.map((slice) => slice.children[at] as DataShape),
		),
	);
	return { valueOffsets, children };
}

function views(chunks: readonly DataShape[]): Content {
	const values = joined(chunks, ({ values, length }) => bytesOf(values).subarray(0, length * VIEW_BYTES));
	const view = new DataView(values.buffer);
	const variadicBuffers: Uint8Array[] = [];
	let at = 0;
	for (const { length, variadicBuffers: buffers = [] } of chunks) {
		for (let row = 0; row < length; row++, at += VIEW_BYTES) {
			if (view.getInt32(at, true) <= INLINE_BYTES) continue;
			view.setInt32(at + VIEW.buffer, view.getInt32(at + VIEW.buffer, true) + variadicBuffers.length, true);
		}
		variadicBuffers.push(...buffers);
	}
	return { values, variadicBuffers };
}

/** Indices into one dictionary of all chunks' dictionaries, where they are not the same. */
function indices(plan: ColumnPlan, chunks: readonly DataShape[], length: number): Content {
	const [first = [], ...others] = chunks.map((chunk) => chunk.dictionary?.data ?? []);
	const isShared = others.every(
		(data) => data.length === first.length && data.every((chunk, at) => chunk === first[at]),
	);
	if (isShared) return { values: joined(chunks, (chunk) => rowsOf(chunk, plan)), dictionary: { data: first } };
	const limit = 2 ** (8 * plan.width - (plan.type.indices?.isSigned ? 1 : 0));
	const view = new DataView(new ArrayBuffer(length * plan.width));
	let row = 0;
	let base = 0;
	for (const chunk of chunks) {
		const given = bytesOf(chunk.values);
		const from = new DataView(given.buffer, given.byteOffset, given.byteLength);
		for (let index = 0; index < chunk.length; index++, row++) {
			if (isValidAt(chunk, index)) writeIndex(view, row, plan, readIndex(from, index, plan) + base, limit);
		}
		base += (chunk.dictionary?.data ?? []).reduce((sum, { length: values }) => sum + values, 0);
	}
	return { values: new Uint8Array(view.buffer), dictionary: { data: [first, ...others].flat() } };
}

function readIndex(view: DataView, row: number, { width }: ColumnPlan): number {
	if (width === 1) return view.getUint8(row);
	if (width === 2) return view.getUint16(row * 2, true);
	return width === 4 ? view.getUint32(row * 4, true) : Number(view.getBigUint64(row * 8, true));
}

function writeIndex(view: DataView, row: number, { width, path }: ColumnPlan, index: number, limit: number): void {
	if (index >= limit) {
		throw new WalError(
			"WAL_UNSUPPORTED",
			`Column "${path}" has dictionaries that together have more values than its indices can tell. Use wider indices.`,
			{ details: {} },
		);
	}
	if (width === 1) view.setUint8(row, index);
	else if (width === 2) view.setUint16(row * 2, index, true);
	else if (width === 4) view.setUint32(row * 4, index, true);
	else view.setBigUint64(row * 8, BigInt(index), true);
}
