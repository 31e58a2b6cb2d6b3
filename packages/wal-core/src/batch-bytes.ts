import type { Data, RecordBatch, Vector } from "apache-arrow";

/**
 * Bytes of the batch's own rows, whatever they are a slice of: validity bitmaps, offsets, values, children, and the
 * dictionaries, each once.
 */
export function rowBytesOf(batch: RecordBatch): number {
	const { children } = batch.data;
	const { numRows } = batch;
	const dictionaries: Dictionaries = { seen: undefined };
	let bytes = 0;
	for (let index = 0; index < children.length; index++) {
		bytes += windowBytes(children[index] as Data, 0, numRows, dictionaries);
	}
	return bytes;
}

/**
 * Calls `visit` for each array whose buffer the batch keeps alive, as often as it is referred to. Empty arrays are left out:
 * they stand for what is absent, and asking one for its buffer makes it one.
 */
export function visitArrays(batch: RecordBatch, visit: (array: ArrayBufferView) => void): void {
	for (const column of batch.data.children) visitArraysOf(column, visit);
}

/** The dictionaries that were counted for this batch; most have none. */
interface Dictionaries {
	seen: Set<Vector> | undefined;
}

const BOOL = 6;
const FIXED_SIZE_LIST = 16;

/** By shape, since the data may come from another copy of apache-arrow, and since it is the shape that is counted. */
function windowBytes(data: Data, start: number, rows: number, dictionaries: Dictionaries): number {
	const { typeIds, valueOffsets, children, values, dictionary } = data;
	if (rows <= 0) return 0;
	let bytes = data.nullBitmap?.length > 0 ? bitmapBytes(rows) : 0;
	if (dictionary) bytes += dictionaryBytes(dictionary, dictionaries);
	if (typeIds?.length > 0) return bytes + unionBytes(data, start, rows, dictionaries);
	if (valueOffsets?.length > 0) {
		const begin = Number(valueOffsets[start] ?? 0);
		const length = Math.max(0, Number(valueOffsets[start + rows] ?? begin) - begin);
		bytes += (rows + 1) * valueOffsets.BYTES_PER_ELEMENT;
		const [child] = children;
		return bytes + (child ? windowBytes(child, begin, length, dictionaries) : length);
	}
	if (children.length > 0) {
		const width = data.typeId === FIXED_SIZE_LIST ? data.stride : 1;
		for (const child of children) bytes += windowBytes(child, start * width, rows * width, dictionaries);
		return bytes;
	}
	if (!values) return bytes;
	if (data.typeId === BOOL) return bytes + bitmapBytes(rows);
	bytes += rows * data.stride * values.BYTES_PER_ELEMENT;
	return data.variadicBuffers?.length > 0 ? bytes + viewedBytes(data, start, rows) : bytes;
}

function bitmapBytes(rows: number): number {
	return (rows + 7) >>> 3;
}

function dictionaryBytes(dictionary: Vector, dictionaries: Dictionaries): number {
	dictionaries.seen ??= new Set();
	if (dictionaries.seen.has(dictionary)) return 0;
	dictionaries.seen.add(dictionary);
	let bytes = 0;
	for (const chunk of dictionary.data) bytes += windowBytes(chunk, 0, chunk.length, dictionaries);
	return bytes;
}

/** A sparse union's children have a row each; a dense one's are looked up by offset, so their windows must be found. */
function unionBytes(data: Data, start: number, rows: number, dictionaries: Dictionaries): number {
	const { typeIds, valueOffsets, children } = data;
	let bytes = rows;
	if (!(valueOffsets?.length > 0)) {
		for (const child of children) bytes += windowBytes(child, start, rows, dictionaries);
		return bytes;
	}
	bytes += rows * Int32Array.BYTES_PER_ELEMENT;
	const { typeIdToChildIndex } = data.type as unknown as { typeIdToChildIndex: Readonly<Record<number, number>> };
	const begins: number[] = children.map(() => Number.POSITIVE_INFINITY);
	const ends: number[] = children.map(() => 0);
	for (let row = start; row < start + rows; row++) {
		const child = typeIdToChildIndex[typeIds[row]] ?? 0;
		const at = Number(valueOffsets[row]);
		begins[child] = Math.min(begins[child] ?? at, at);
		ends[child] = Math.max(ends[child] ?? 0, at + 1);
	}
	children.forEach((child, index) => {
		const [begin = 0, end = 0] = [begins[index], ends[index]];
		if (end > begin) bytes += windowBytes(child, begin, end - begin, dictionaries);
	});
	return bytes;
}

const VIEW_BYTES = 16;
/** Text or bytes of this length and less stand in the view itself. */
const INLINE_BYTES = 12;

/** What the views of these rows refer to; never more than there is, since views may share. */
function viewedBytes({ values, variadicBuffers, nullBitmap, offset }: Data, start: number, rows: number): number {
	const views = new DataView(values.buffer, values.byteOffset, values.byteLength);
	const end = Math.min(start + rows, Math.floor(values.byteLength / VIEW_BYTES));
	const hasNulls = nullBitmap?.length > 0;
	let bytes = 0;
	for (let row = start; row < end; row++) {
		const length = views.getInt32(row * VIEW_BYTES, true);
		if (length <= INLINE_BYTES) continue;
		const bit = offset + row;
		// What a null refers to is nothing.
		if (!hasNulls || ((nullBitmap[bit >>> 3] as number) >>> (bit & 7)) & 1) bytes += length;
	}
	let held = 0;
	for (const buffer of variadicBuffers) held += buffer.byteLength;
	return Math.min(bytes, held);
}

function visitArraysOf(data: Data, visit: (array: ArrayBufferView) => void): void {
	const { values, valueOffsets, nullBitmap, typeIds, variadicBuffers, children, dictionary } = data;
	if (values?.length > 0) visit(values);
	if (valueOffsets?.length > 0) visit(valueOffsets);
	if (nullBitmap?.length > 0) visit(nullBitmap);
	if (typeIds?.length > 0) visit(typeIds);
	if (variadicBuffers) for (const array of variadicBuffers) visit(array);
	for (const child of children) visitArraysOf(child, visit);
	if (dictionary) for (const chunk of dictionary.data) visitArraysOf(chunk, visit);
}
