import * as arrow from "apache-arrow";

type Buffers = readonly [offsets?: ArrayBufferView, values?: ArrayBufferView, validity?: Uint8Array];

/** How apache-arrow's own makers build a column, without what they guess. */
const Data = arrow.Data as unknown as new (
	type: arrow.DataType,
	offset: number,
	length: number,
	nullCount: number,
	buffers: Buffers,
	children?: readonly arrow.Data[],
	dictionary?: arrow.Vector,
	variadicBuffers?: readonly Uint8Array[],
) => arrow.Data;

/** A column of values of fixed width, which `write` puts into memory; null where there is none. */
export function fixedData<Value>(
	type: arrow.DataType,
	width: number,
	values: readonly (Value | null)[],
	write: (view: DataView, at: number, value: Value) => void,
): arrow.Data {
	const bytes = new Uint8Array(values.length * width);
	const view = new DataView(bytes.buffer);
	values.forEach((value, row) => {
		if (value !== null) write(view, row * width, value);
		// What stands behind a null says nothing.
		else bytes.fill(0xa5, row * width, (row + 1) * width);
	});
	const array = new (type.ArrayType as unknown as new (buffer: ArrayBuffer) => ArrayBufferView)(bytes.buffer);
	return new Data(type, 0, values.length, -1, [undefined, array, validity(values)] as unknown as Buffers);
}

export function boolData(values: readonly (boolean | null)[]): arrow.Data {
	const bits = new Uint8Array((values.length + 7) >> 3).fill(0);
	values.forEach((value, row) => {
		if (value !== false) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7));
	});
	return new Data(new arrow.Bool(), 0, values.length, -1, [undefined, bits, validity(values)] as unknown as Buffers);
}

/** A column of bytes between offsets of 32 or 64 bits. */
export function bytesData(type: arrow.DataType, values: readonly (Uint8Array | null)[]): arrow.Data {
	const offsets = [0];
	// Bytes behind a null say nothing.
	const parts = values.map((value) => value ?? Uint8Array.of(1, 2, 3));
	for (const part of parts) offsets.push((offsets.at(-1) as number) + part.length);
	const isLarge = type.typeId === arrow.Type.LargeUtf8 || type.typeId === arrow.Type.LargeBinary;
	const ends = isLarge ? BigInt64Array.from(offsets, BigInt) : Int32Array.from(offsets);
	return new Data(type, 0, values.length, -1, [ends, concat(parts), validity(values)] as unknown as Buffers);
}

/** The same as views: short values stand in them, the others in one of two buffers. */
export function viewData(type: arrow.DataType, values: readonly (Uint8Array | null)[]): arrow.Data {
	const views = new Uint8Array(values.length * 16);
	const view = new DataView(views.buffer);
	const parts: [Uint8Array[], Uint8Array[]] = [[], []];
	const ends = [0, 0];
	values.forEach((value, row) => {
		const at = row * 16;
		if (value === null) {
			views.fill(0xff, at, at + 16);
			return;
		}
		view.setInt32(at, value.length, true);
		views.set(value.subarray(0, value.length <= 12 ? 12 : 4), at + 4);
		if (value.length <= 12) return;
		const which = row & 1;
		view.setInt32(at + 8, which, true);
		view.setInt32(at + 12, ends[which] as number, true);
		parts[which]?.push(value);
		ends[which] = (ends[which] as number) + value.length;
	});
	const buffers = [undefined, views, validity(values)] as unknown as Buffers;
	return new Data(type, 0, values.length, -1, buffers, [], undefined, parts.map(concat));
}

/** A column of values of a dictionary, whose parts `dataOf` makes; some values of the dictionary are null. */
export function dictionaryData<Value>(
	type: arrow.Dictionary,
	values: readonly (Value | null)[],
	isSame: (a: Value, b: Value) => boolean,
	dataOf: (values: readonly (Value | null)[]) => arrow.Data,
): arrow.Data {
	const distinct: (Value | null)[] = [];
	const indices = values.map((value, row) => {
		// A null is one of the indices, or a null among the values.
		if (value === null && row % 2 === 0) return null;
		const known = distinct.findIndex((one) => (one === null ? value === null : value !== null && isSame(one, value)));
		return known >= 0 ? known : distinct.push(value) - 1;
	});
	const middle = distinct.length >> 1;
	const chunks = [distinct.slice(0, middle), distinct.slice(middle)].map(dataOf);
	const keys = fixedData(type.indices, 4, indices, (view, at, index: number) => view.setInt32(at, index, true));
	const buffers = [undefined, keys.values, keys.nullBitmap] as unknown as Buffers;
	return new Data(type, 0, values.length, -1, buffers, [], new arrow.Vector(chunks));
}

export function batchOf(columns: Readonly<Record<string, arrow.Data>>): arrow.RecordBatch {
	const fields = Object.entries(columns).map(([name, { type }]) => new arrow.Field(name, type, true));
	const schema = new arrow.Schema(fields);
	const children = Object.values(columns);
	const rows = children[0]?.length ?? 0;
	const struct = new Data(new arrow.Struct(fields), 0, rows, 0, [], children);
	return new arrow.RecordBatch(schema, struct as arrow.Data<arrow.Struct>);
}

function validity(values: readonly unknown[]): Uint8Array {
	const bits = new Uint8Array((values.length + 7) >> 3);
	values.forEach((value, row) => {
		if (value !== null) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7));
	});
	return bits;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
	const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return bytes;
}
