import * as arrow from "apache-arrow";
import type { Json } from "./neutral-form.ts";

const { Type } = arrow;

/** A column as its values are read here: from its buffers, for apache-arrow's own readers round and guess. */
interface Column {
	readonly type: arrow.DataType;
	readonly length: number;
	readonly offset: number;
	readonly stride: number;
	readonly _nullCount: number;
	readonly nullBitmap?: Uint8Array;
	readonly values?: ArrayBufferView & ArrayLike<number | bigint>;
	readonly valueOffsets?: ArrayLike<number | bigint>;
	readonly typeIds?: Int8Array;
	readonly children: readonly arrow.Data[];
	readonly dictionary?: arrow.Vector;
	readonly variadicBuffers: readonly Uint8Array[];
}

/** How many more values may be read; lists end early where it is used up. */
export interface ReadBudget {
	left: number;
}

const UNLIMITED: ReadBudget = { left: Number.POSITIVE_INFINITY };

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * One value, exactly.
 *
 * | type | JSON |
 * |--|--|
 * | bool | `true`, `false` |
 * | integers, dates, times, timestamps, durations, months | the decimal digits of the number as a string |
 * | floats | their bits as hexadecimal digits, most significant first |
 * | decimals, binary, fixed-size binary | their bytes as hexadecimal digits, in the order in memory |
 * | text | the string |
 * | day-time, month-day-nano | a list of numbers as strings |
 * | lists, structs | a list |
 * | map | a list of pairs |
 * | union | the type id and the value |
 * | dictionary | the value |
 *
 * @throws RangeError where it lies outside its buffers; TypeError for text that is no UTF-8.
 */
export function neutralValue(data: arrow.Data, row: number, budget: ReadBudget = UNLIMITED): Json {
	const column = data as unknown as Column;
	budget.left--;
	const { type } = column;
	if (row < 0 || row >= column.length) throw outside(type, row, `${column.length} rows`);
	if (!isValid(column, row)) return null;
	switch (type.typeId as number) {
		case Type.Bool:
			return bit(column.values as Uint8Array, column.offset + row, type);
		case Type.Float:
			return bytesOf(column, row).reverse().toString("hex");
		case Type.Decimal:
		case Type.FixedSizeBinary:
			return bytesOf(column, row).toString("hex");
		case Type.Utf8:
		case Type.LargeUtf8:
			return decoder.decode(content(column, row));
		case Type.Binary:
		case Type.LargeBinary:
			return hex(content(column, row));
		case Type.Utf8View:
			return decoder.decode(viewed(column, row));
		case Type.BinaryView:
			return hex(viewed(column, row));
		case Type.Interval:
			return interval(bytesOf(column, row), (type as arrow.Interval).unit);
		case Type.List:
		case Type.LargeList:
		case Type.Map: {
			const [begin, end] = range(column, row);
			return children(column, begin, end, budget);
		}
		case Type.FixedSizeList: {
			const size = (type as arrow.FixedSizeList).listSize;
			return children(column, row * size, (row + 1) * size, budget);
		}
		case Type.Struct:
			return column.children.map((child) => neutralValue(child, row, budget));
		case Type.Union:
			return union(column, row, budget);
		case Type.Dictionary:
			return dictionaryValue(column.dictionary as arrow.Vector, Number(element(column, row)), budget);
		default:
			return String(element(column, row));
	}
}

function isValid({ type, nullBitmap, offset, _nullCount }: Column, row: number): boolean {
	if (arrow.DataType.isNull(type)) return false;
	if (arrow.DataType.isUnion(type) || _nullCount === 0 || !nullBitmap || nullBitmap.length === 0) return true;
	return bit(nullBitmap, offset + row, type);
}

function bit(bitmap: Uint8Array, at: number, type: arrow.DataType): boolean {
	const byte = bitmap[at >> 3];
	if (byte === undefined) throw outside(type, at, `${bitmap.length} bytes of bits`);
	return ((byte >> (at & 7)) & 1) === 1;
}

function element({ values, type }: Column, row: number): number | bigint {
	const value = values?.[row];
	if (value === undefined) throw outside(type, row, `${values?.length ?? 0} values`);
	return value;
}

/** A copy of the bytes of a value of fixed width. */
function bytesOf({ values, type, stride }: Column, row: number): Buffer {
	const array = values as Uint8Array;
	const width = stride * array.BYTES_PER_ELEMENT;
	if ((row + 1) * width > array.byteLength) throw outside(type, row, `${array.byteLength} bytes`);
	return Buffer.from(new Uint8Array(array.buffer, array.byteOffset + row * width, width));
}

function range({ valueOffsets, type }: Column, row: number): [begin: number, end: number] {
	const [begin, end] = [valueOffsets?.[row], valueOffsets?.[row + 1]];
	if (begin === undefined || end === undefined) throw outside(type, row, `${valueOffsets?.length ?? 0} offsets`);
	if (begin < 0 || end < begin) throw outside(type, row, `offsets ${begin} to ${end}`);
	return [Number(begin), Number(end)];
}

function content(column: Column, row: number): Uint8Array {
	const [begin, end] = range(column, row);
	const bytes = column.values as Uint8Array | undefined;
	if (end > (bytes?.length ?? 0)) throw outside(column.type, row, `${bytes?.length ?? 0} bytes`);
	return bytes?.subarray(begin, end) ?? new Uint8Array(0);
}

const VIEW_BYTES = 16;
const INLINE_BYTES = 12;

function viewed({ values, variadicBuffers, type }: Column, row: number): Uint8Array {
	const views = values as Uint8Array;
	const at = row * VIEW_BYTES;
	if (at + VIEW_BYTES > views.length) throw outside(type, row, `${views.length} bytes of views`);
	const view = new DataView(views.buffer, views.byteOffset + at, VIEW_BYTES);
	const length = view.getInt32(0, true);
	if (length < 0) throw outside(type, row, `a length of ${length}`);
	if (length <= INLINE_BYTES) return views.subarray(at + 4, at + 4 + length);
	const buffer = variadicBuffers[view.getInt32(8, true)];
	const begin = view.getInt32(12, true);
	if (!buffer || begin < 0 || begin + length > buffer.length) throw outside(type, row, "buffers of its views");
	return buffer.subarray(begin, begin + length);
}

function interval(bytes: Buffer, unit: arrow.IntervalUnit): Json {
	if (unit === arrow.IntervalUnit.YEAR_MONTH) return String(bytes.readInt32LE(0));
	const words = [String(bytes.readInt32LE(0)), String(bytes.readInt32LE(4))];
	return unit === arrow.IntervalUnit.DAY_TIME ? words : [...words, String(bytes.readBigInt64LE(8))];
}

function children({ children: [child], type }: Column, begin: number, end: number, budget: ReadBudget): Json[] {
	if (end > (child?.length ?? 0)) throw outside(type, end, `${child?.length ?? 0} values of its child`);
	const values: Json[] = [];
	for (let row = begin; row < end && budget.left > 0; row++)
		values.push(neutralValue(child as arrow.Data, row, budget));
	return values;
}

function union({ typeIds, valueOffsets, children, type }: Column, row: number, budget: ReadBudget): Json {
	const id = typeIds?.[row];
	if (id === undefined) throw outside(type, row, `${typeIds?.length ?? 0} type ids`);
	const child = children[(type as arrow.Union).typeIds.indexOf(id)];
	if (!child) throw outside(type, row, `no child of type id ${id}`);
	const isDense = (type as arrow.Union).mode === arrow.UnionMode.Dense;
	return [id, neutralValue(child, isDense ? Number(valueOffsets?.[row] ?? -1) : row, budget)];
}

function dictionaryValue(dictionary: arrow.Vector, index: number, budget: ReadBudget): Json {
	let row = index;
	for (const chunk of dictionary.data) {
		if (row >= 0 && row < chunk.length) return neutralValue(chunk, row, budget);
		row -= chunk.length;
	}
	throw outside(dictionary.type, index, `${dictionary.length} values of a dictionary`);
}

function hex(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

function outside(type: arrow.DataType, row: number, among: string): RangeError {
	return new RangeError(`value ${row} of type ${type} lies outside: there are ${among}`);
}
