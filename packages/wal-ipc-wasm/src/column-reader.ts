import * as arrow from "apache-arrow";
import type { BodyReader } from "./body-reader.ts";
import { hasValidity } from "./column-layout.ts";
import type { ColumnPlan } from "./column-plan.ts";

/** Gives the values of a dictionary as they are at the message that is being read. */
export type DictionaryLookup = (plan: ColumnPlan, reader: BodyReader, hasValues: boolean) => arrow.Vector;

export const NO_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(0);
/** Bytes of a text or binary column, and of buffers of views, end where this says at the latest. */
const MAX_CONTENT_BYTES = 2 ** 32;

const newData = arrow.Data as unknown as new (
	type: arrow.DataType,
	offset: number,
	length: number,
	nullCount: number,
	buffers: readonly unknown[],
	children: readonly arrow.Data[] | undefined,
	dictionary: arrow.Vector | undefined,
	variadicBuffers: readonly Uint8Array[] | undefined,
) => arrow.Data;

/**
 * The next column of a message as apache-arrow's data: views on the bytes of the entry, copied only where their address
 * does not suit the elements, or where they are compressed.
 *
 * Every buffer is long enough for the column's rows; what the values say is not looked at.
 */
export function readColumn(plan: ColumnPlan, reader: BodyReader, dictionaryOf: DictionaryLookup): arrow.Data {
	reader.nextNode();
	const { rows, nulls } = reader;
	const { path, layout, width } = plan;
	const type = plan.type as unknown as arrow.DataType;
	let nullCount = nulls;
	let validity: Uint8Array | undefined;
	let offsets: Int32Array | BigInt64Array | undefined;
	let values: ArrayBufferView | undefined;
	let typeIds: Int8Array | undefined;
	let children: readonly arrow.Data[] | undefined;
	let dictionary: arrow.Vector | undefined;
	let variadicBuffers: readonly Uint8Array[] | undefined;
	if (hasValidity(layout)) validity = readValidity(plan, reader, rows, nulls);
	switch (layout) {
		case "null":
			nullCount = rows;
			break;
		case "bits":
			reader.nextBuffer((rows + 7) >>> 3, path);
			values = bytesOf(reader, (rows + 7) >>> 3);
			break;
		case "fixed": {
			const { indices } = type as Partial<arrow.Dictionary>;
			const ArrayType = (indices ?? type).ArrayType as ArrayClass<ArrayBufferView>;
			reader.nextBuffer(rows * width, path);
			values = arrayOf(ArrayType, reader, (rows * width) / ArrayType.BYTES_PER_ELEMENT);
			if (indices) dictionary = dictionaryOf(plan, reader, nulls < rows);
			break;
		}
		case "variable": {
			offsets = readOffsets(plan, reader, rows);
			const length = Number(offsets[rows]);
			if (length < 0 || length > MAX_CONTENT_BYTES) throw reader.damaged(`column "${path}" ends at byte ${length}`);
			reader.nextBuffer(0, path, length);
			values = bytesOf(reader, reader.byteLength);
			break;
		}
		case "view":
			reader.nextBuffer(rows * width, path);
			values = bytesOf(reader, rows * width);
			variadicBuffers = Array.from({ length: reader.nextVariadicCount() }, () => {
				reader.nextBuffer(0, path, MAX_CONTENT_BYTES);
				return bytesOf(reader, reader.byteLength);
			});
			break;
		case "list":
			offsets = readOffsets(plan, reader, rows);
			children = readChildren(plan, reader, 0, dictionaryOf);
			break;
		case "fixed-list":
			children = readChildren(plan, reader, rows * width, dictionaryOf);
			break;
		case "struct":
			children = readChildren(plan, reader, rows, dictionaryOf);
			break;
		default: {
			const isDense = layout === "dense-union";
			nullCount = 0;
			reader.nextBuffer(rows, path);
			typeIds = arrayOf(Int8Array, reader, rows);
			if (isDense) {
				reader.nextBuffer(rows * 4, path);
				offsets = arrayOf(Int32Array, reader, rows);
			}
			children = readChildren(plan, reader, isDense ? 0 : rows, dictionaryOf);
		}
	}
	const buffers = [offsets, values, validity, typeIds];
	return new newData(type, 0, rows, nullCount, buffers, children, dictionary, variadicBuffers);
}

function readChildren(plan: ColumnPlan, reader: BodyReader, rows: number, lookup: DictionaryLookup): arrow.Data[] {
	return plan.children.map((childPlan) => {
		const child = readColumn(childPlan, reader, lookup);
		needRows(childPlan, reader, child.length, rows);
		return child;
	});
}

function needRows({ path }: ColumnPlan, reader: BodyReader, given: number, rows: number): void {
	if (given < rows) throw reader.damaged(`column "${path}" has ${given} values and needs ${rows}`);
}

function readValidity({ path }: ColumnPlan, reader: BodyReader, rows: number, nulls: number): Uint8Array {
	if (nulls === 0) {
		// Some writers have a bitmap all the same.
		reader.skipBuffer();
		return NO_BYTES;
	}
	reader.nextBuffer(nulls > 0 ? (rows + 7) >>> 3 : 0, path, (rows + 7) >>> 3);
	return bytesOf(reader, Math.min(reader.byteLength, (rows + 7) >>> 3));
}

function readOffsets({ path, width }: ColumnPlan, reader: BodyReader, rows: number): Int32Array | BigInt64Array {
	const ArrayType: ArrayClass<Int32Array | BigInt64Array> = width === 4 ? Int32Array : BigInt64Array;
	if (rows === 0) {
		// Such a column may leave out its one offset; or, by Arrow C++, have all of the column that it is a slice of.
		reader.skipBuffer();
		return new ArrayType(new ArrayBuffer(width));
	}
	reader.nextBuffer((rows + 1) * width, path);
	return arrayOf(ArrayType, reader, rows + 1);
}

function bytesOf({ buffer, byteOffset }: BodyReader, length: number): Uint8Array<ArrayBuffer> {
	return new Uint8Array(buffer, byteOffset, length);
}

interface ArrayClass<Values> {
	readonly BYTES_PER_ELEMENT: number;
	new (buffer: ArrayBuffer, byteOffset?: number, length?: number): Values;
}

/** So many elements from where the reader is: a view, or a copy where the address does not suit them. */
function arrayOf<Values>(ArrayType: ArrayClass<Values>, { buffer, byteOffset }: BodyReader, length: number): Values {
	const width = ArrayType.BYTES_PER_ELEMENT;
	return byteOffset % width === 0
		? new ArrayType(buffer, byteOffset, length)
		: new ArrayType(buffer.slice(byteOffset, byteOffset + length * width));
}
