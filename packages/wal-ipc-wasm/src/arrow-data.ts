import * as arrow from "apache-arrow";

/** What is read of a column's data, whichever copy of apache-arrow made it. */
export interface DataShape {
	readonly length: number;
	readonly offset: number;
	readonly nullCount: number;
	readonly values?: ArrayBufferView;
	readonly nullBitmap?: Uint8Array;
	readonly valueOffsets?: Int32Array | BigInt64Array;
	readonly typeIds?: ArrayBufferView;
	readonly variadicBuffers?: readonly Uint8Array[];
	readonly children: readonly DataShape[];
	readonly dictionary?: { readonly data: readonly DataShape[] };
	slice(offset: number, length: number): DataShape;
}

/** Gives a dictionary's chunks in the installed apache-arrow's classes; equal chunks must give the same object. */
export type DictionaryChunks = (chunks: readonly DataShape[], type: arrow.Dictionary) => arrow.Vector;

const makeData = arrow.makeData as unknown as (props: { readonly type: arrow.DataType } & DataProps) => arrow.Data;

interface DataProps {
	readonly length: number;
	readonly nullCount?: number;
	readonly nullBitmap?: Uint8Array | undefined;
	readonly data?: Uint8Array;
	readonly valueOffsets?: Int32Array | BigInt64Array;
	readonly typeIds?: Uint8Array;
	readonly views?: Uint8Array;
	readonly variadicBuffers?: readonly Uint8Array[];
	readonly children?: readonly arrow.Data[];
	readonly child?: arrow.Data;
	readonly dictionary?: arrow.Vector;
}

/** What data made for a column of nulls may have in place of a child. */
const ABSENT: DataShape = { length: 0, offset: 0, nullCount: 0, children: [], slice: () => ABSENT };

/**
 * The first `length` rows of a column as data that starts at row 0 and has exactly the buffers its type asks for;
 * rows that the source does not have are null.
 *
 * apache-arrow's writer is right about such data. With slices it goes wrong or writes their parent's buffers, and
 * data made for a column that is null throughout may lack buffers. Values are not copied where no offset forces it.
 */
export function localData(
	source: DataShape,
	type: arrow.DataType,
	length: number,
	dictionaryChunks: DictionaryChunks,
): arrow.Data {
	const { Type } = arrow;
	const inner = (child: DataShape | undefined, childLength: number, index = 0): arrow.Data =>
		localData(child ?? ABSENT, (type.children[index] as arrow.Field).type, childLength, dictionaryChunks);
	if (type.typeId === Type.Null) return nulls(type, length);
	if (type.typeId === Type.Union) {
		const dense = (type as arrow.Union).mode === arrow.UnionMode.Dense;
		return makeData({
			type,
			length,
			nullCount: 0,
			typeIds: exactly(bytesOf(source.typeIds), length, 1),
			...(dense ? { valueOffsets: int32s(exactly(bytesOf(source.valueOffsets), length * 4)) } : {}),
			children: type.children.map((_, index) => {
				const child = source.children[index];
				return inner(child, dense ? (child?.length ?? 0) : length, index);
			}),
		});
	}
	const base = { type, length, ...validity(source, length) };
	switch (type.typeId) {
		case Type.Bool:
			return makeData({ ...base, data: bitsFrom(bytesOf(source.values), source.offset, length) });
		case Type.Utf8:
		case Type.LargeUtf8:
		case Type.Binary:
		case Type.LargeBinary: {
			const { begin, end, offsets } = offsetsFromZero(source, type, length);
			return makeData({
				...base,
				valueOffsets: offsets,
				data: exactly(bytesOf(source.values).subarray(begin), end - begin, 1),
			});
		}
		case Type.List:
		case Type.LargeList:
		case Type.Map: {
			const { begin, end, offsets } = offsetsFromZero(source, type, length);
			return makeData({
				...base,
				valueOffsets: offsets,
				child: inner(source.children[0]?.slice(begin, end - begin), end - begin),
			});
		}
		case Type.FixedSizeList:
			return makeData({ ...base, child: inner(source.children[0], length * (type as arrow.FixedSizeList).listSize) });
		case Type.Struct:
			return makeData({
				...base,
				children: type.children.map((_, index) => inner(source.children[index], length, index)),
			});
		case Type.Utf8View:
		case Type.BinaryView:
			return makeData({
				...base,
				views: exactly(bytesOf(source.values), length * 16),
				variadicBuffers: source.variadicBuffers ?? [],
			});
		case Type.Dictionary: {
			const dictionary = type as arrow.Dictionary;
			return makeData({
				...base,
				data: exactly(bytesOf(source.values), length * rowBytes(dictionary.indices)),
				dictionary: dictionaryChunks(source.dictionary?.data ?? [], dictionary),
			});
		}
		default:
			return makeData({ ...base, data: exactly(bytesOf(source.values), length * rowBytes(type)) });
	}
}

/** With a bitmap, which is not written: without it, the writer counts -1 nulls where it slices a list's values. */
function nulls(type: arrow.DataType, length: number): arrow.Data {
	return new arrow.Data(type, 0, length, length, [undefined, undefined, new Uint8Array((length + 7) >> 3)] as never);
}

function rowBytes(type: arrow.DataType): number {
	const width = (type.ArrayType as { readonly BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
	return width * makeData({ type, length: 0 }).stride;
}

function validity(source: DataShape, length: number): { readonly nullCount: number; readonly nullBitmap?: Uint8Array } {
	const rows = Math.min(source.length, length);
	const missing = length - rows;
	const { nullBitmap } = source;
	if (source.nullCount <= 0 && missing === 0) return { nullCount: 0 };
	const bits =
		source.nullCount > 0 && nullBitmap ? bitsFrom(nullBitmap, source.offset, rows) : bitsFrom(ones(rows), 0, rows);
	const bitmap = exactly(bits, (length + 7) >> 3, 1);
	return { nullCount: length - countOnes(bitmap), nullBitmap: bitmap };
}

function ones(bits: number): Uint8Array {
	return new Uint8Array((bits + 7) >> 3).fill(0xff);
}

function countOnes(bitmap: Uint8Array): number {
	let count = 0;
	for (let byte of bitmap) for (; byte; byte &= byte - 1) count++;
	return count;
}

/** `length` bits from bit `offset` on, in an array of their own, with zeros behind the last. */
function bitsFrom(bytes: Uint8Array, offset: number, length: number): Uint8Array {
	const bits = new Uint8Array((length + 7) >> 3);
	const first = offset >> 3;
	const shift = offset & 7;
	if (shift === 0) bits.set(bytes.subarray(first, first + bits.length));
	else {
		for (let i = 0; i < bits.length; i++) {
			bits[i] = ((bytes[first + i] ?? 0) >> shift) | ((bytes[first + i + 1] ?? 0) << (8 - shift));
		}
	}
	const used = length & 7;
	if (used !== 0) bits[bits.length - 1] = (bits[bits.length - 1] as number) & ((1 << used) - 1);
	return bits;
}

interface ZeroBasedOffsets {
	/** Where the rows' content begins and ends in the source. */
	readonly begin: number;
	readonly end: number;
	readonly offsets: Int32Array | BigInt64Array;
}

function offsetsFromZero(source: DataShape, type: arrow.DataType, length: number): ZeroBasedOffsets {
	const given = source.valueOffsets ?? new Int32Array(0);
	const begin = Number(given[0] ?? 0);
	// Past the source's rows, every row is empty.
	const offsetAt = (row: number) => Number(given[Math.min(row, source.length, given.length - 1)] ?? 0);
	const end = offsetAt(length);
	const wide = type.OffsetArrayType !== Int32Array;
	if (begin === 0 && given.length > length && source.length >= length && wide === given instanceof BigInt64Array) {
		return { begin, end, offsets: given.subarray(0, length + 1) };
	}
	const rebased = wide
		? BigInt64Array.from({ length: length + 1 }, (_, row) => BigInt(offsetAt(row) - begin))
		: Int32Array.from({ length: length + 1 }, (_, row) => offsetAt(row) - begin);
	return { begin, end, offsets: rebased };
}

function bytesOf(view: ArrayBufferView | undefined): Uint8Array {
	return view ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : new Uint8Array(0);
}

/** The first `length` bytes, with zeros where there are fewer, at an address that the elements' alignment accepts. */
function exactly(bytes: Uint8Array, length: number, alignment = 8): Uint8Array {
	if (bytes.length >= length && bytes.byteOffset % alignment === 0) return bytes.subarray(0, length);
	const copy = new Uint8Array(length);
	copy.set(bytes.subarray(0, length));
	return copy;
}

function int32s(bytes: Uint8Array): Int32Array {
	return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
