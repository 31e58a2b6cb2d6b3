import * as arrow from "apache-arrow";
import type { BodyReader } from "./body-reader.ts";
import type { ColumnPlan } from "./column-plan.ts";
import { TYPE } from "./ipc-format.ts";

/** Gives the values of a dictionary as they are at the message that is being read. */
export type DictionaryLookup = (plan: ColumnPlan, reader: BodyReader, hasValues: boolean) => arrow.Vector;

const NO_BYTES = new Uint8Array(0);
const NO_OFFSETS = { 4: new Int32Array(1), 8: new BigInt64Array(1) } as const;
/** Bytes of a text or binary column, and of buffers of views, end where this says at the latest. */
const MAX_CONTENT_BYTES = 2 ** 32;

type Buffers = readonly [offsets?: unknown, values?: unknown, validity?: unknown, typeIds?: unknown];

const newData = arrow.Data as unknown as new (
	type: arrow.DataType,
	offset: number,
	length: number,
	nullCount: number,
	buffers: Buffers,
	children?: readonly arrow.Data[],
	dictionary?: arrow.Vector,
	variadicBuffers?: readonly Uint8Array[],
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
	const type = plan.type as unknown as arrow.DataType;
	const { path } = plan;
	switch (plan.layout) {
		case "null":
			return new newData(type, 0, rows, rows, [undefined, undefined, undefined]);
		case "bits": {
			const validity = readValidity(plan, reader, rows, nulls);
			reader.nextBuffer((rows + 7) >>> 3, path);
			return new newData(type, 0, rows, nulls, [undefined, bytesOf(reader, (rows + 7) >>> 3), validity]);
		}
		case "fixed": {
			const validity = readValidity(plan, reader, rows, nulls);
			reader.nextBuffer(rows * plan.width, path);
			if (plan.dictionary) {
				const values = arrayOf((type as arrow.Dictionary).indices, reader, rows * plan.width);
				const dictionary = dictionaryOf(plan, reader, nulls < rows);
				return new newData(type, 0, rows, nulls, [undefined, values, validity], [], dictionary);
			}
			return new newData(type, 0, rows, nulls, [undefined, arrayOf(type, reader, rows * plan.width), validity]);
		}
		case "variable": {
			const validity = readValidity(plan, reader, rows, nulls);
			const offsets = readOffsets(plan, reader, rows);
			const length = Number(offsets[rows]);
			if (length < 0 || length > MAX_CONTENT_BYTES) throw reader.damaged(`column "${path}" ends at byte ${length}`);
			reader.nextBuffer(0, path, length);
			return new newData(type, 0, rows, nulls, [offsets, bytesOf(reader, reader.byteLength), validity]);
		}
		case "view": {
			const validity = readValidity(plan, reader, rows, nulls);
			reader.nextBuffer(rows * plan.width, path);
			const views = bytesOf(reader, rows * plan.width);
			const buffers = Array.from({ length: reader.nextVariadicCount() }, () => {
				reader.nextBuffer(0, path, MAX_CONTENT_BYTES);
				return bytesOf(reader, reader.byteLength);
			});
			return new newData(type, 0, rows, nulls, [undefined, views, validity], [], undefined, buffers);
		}
		case "list": {
			const validity = readValidity(plan, reader, rows, nulls);
			const offsets = readOffsets(plan, reader, rows);
			const child = readColumn(plan.children[0] as ColumnPlan, reader, dictionaryOf);
			return new newData(type, 0, rows, nulls, [offsets, undefined, validity], [child]);
		}
		case "fixed-list": {
			const validity = readValidity(plan, reader, rows, nulls);
			const child = readColumn(plan.children[0] as ColumnPlan, reader, dictionaryOf);
			needRows(plan, reader, child.length, rows * plan.width);
			return new newData(type, 0, rows, nulls, [undefined, undefined, validity], [child]);
		}
		case "struct": {
			const validity = readValidity(plan, reader, rows, nulls);
			const children = readChildren(plan, reader, rows, dictionaryOf);
			return new newData(type, 0, rows, nulls, [undefined, undefined, validity], children);
		}
		case "sparse-union": {
			reader.nextBuffer(rows, path);
			const typeIds = typeIdsOf(reader, rows);
			const children = readChildren(plan, reader, rows, dictionaryOf);
			return new newData(type, 0, rows, 0, [undefined, undefined, undefined, typeIds], children);
		}
		case "dense-union": {
			reader.nextBuffer(rows, path);
			const typeIds = typeIdsOf(reader, rows);
			reader.nextBuffer(rows * 4, path);
			const offsets = int32sOf(reader, rows);
			const children = readChildren(plan, reader, 0, dictionaryOf);
			return new newData(type, 0, rows, 0, [offsets, undefined, undefined, typeIds], children);
		}
	}
}

function readChildren(plan: ColumnPlan, reader: BodyReader, rows: number, lookup: DictionaryLookup): arrow.Data[] {
	return plan.children.map((childPlan) => {
		const child = readColumn(childPlan, reader, lookup);
		needRows(childPlan, reader, child.length, rows);
		return child;
	});
}

function needRows({ path }: ColumnPlan, reader: BodyReader, given: number, rows: number): void {
	if (given < rows) throw reader.damaged(`column "${path}" has ${given} values where its parent needs ${rows}`);
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
	if (rows === 0) {
		// Such a column may leave out its one offset; or, by Arrow C++, have all of the column that it is a slice of.
		reader.skipBuffer();
		return NO_OFFSETS[width as 4 | 8];
	}
	reader.nextBuffer((rows + 1) * width, path);
	return width === 4 ? int32sOf(reader, rows + 1) : int64sOf(reader, rows + 1);
}

function bytesOf({ buffer, byteOffset }: BodyReader, length: number): Uint8Array<ArrayBuffer> {
	return new Uint8Array(buffer, byteOffset, length);
}

function typeIdsOf({ buffer, byteOffset }: BodyReader, length: number): Int8Array {
	return new Int8Array(buffer, byteOffset, length);
}

function int32sOf(reader: BodyReader, length: number): Int32Array {
	const { buffer, byteOffset } = reader;
	if (byteOffset % 4 === 0) return new Int32Array(buffer, byteOffset, length);
	return new Int32Array(buffer.slice(byteOffset, byteOffset + length * 4));
}

function int64sOf(reader: BodyReader, length: number): BigInt64Array {
	const { buffer, byteOffset } = reader;
	if (byteOffset % 8 === 0) return new BigInt64Array(buffer, byteOffset, length);
	return new BigInt64Array(buffer.slice(byteOffset, byteOffset + length * 8));
}

interface ArrayClass {
	readonly BYTES_PER_ELEMENT: number;
	new (buffer: ArrayBuffer, byteOffset?: number, length?: number): ArrayBufferView;
}

/** `byteLength` bytes in the array class that apache-arrow has for the type. */
function arrayOf(type: arrow.DataType, reader: BodyReader, byteLength: number): ArrayBufferView {
	const { buffer, byteOffset } = reader;
	if (type.typeId === TYPE.fixedSizeBinary) return new Uint8Array(buffer, byteOffset, byteLength);
	const ArrayType = type.ArrayType as ArrayClass;
	const width = ArrayType.BYTES_PER_ELEMENT;
	if (byteOffset % width === 0) return new ArrayType(buffer, byteOffset, byteLength / width);
	return new ArrayType(buffer.slice(byteOffset, byteOffset + byteLength));
}
