/** A number in a table; `width` in bytes. */
export interface Scalar {
	readonly width: 1 | 2 | 4 | 8;
	readonly value: number | bigint;
}

/** A vector of numbers, which are zero until somebody fills them in; `width` in bytes an element. */
export interface Numbers {
	readonly width: 4 | 8 | 16;
	/** How many elements, where they are not given. */
	readonly count?: number;
	readonly values?: readonly number[];
}

/** A table by its fields, in the order of the schema; what is `undefined` is left out. */
export interface Table {
	readonly fields: readonly (FieldValue | undefined)[];
}

export type FieldValue = Scalar | Reference;
/** What a table refers to, behind itself. */
export type Reference = string | Table | readonly Table[] | Numbers;

export const int8 = (value: number): Scalar => ({ width: 1, value });
export const int16 = (value: number): Scalar => ({ width: 2, value });
export const int64 = (value: number | bigint): Scalar => ({ width: 8, value });
export const flag = (value: boolean): Scalar => int8(value ? 1 : 0);

export interface Flatbuffer {
	/** Its length is a multiple of 8. */
	readonly bytes: Uint8Array<ArrayBuffer>;
	/** Where a scalar, or the first element of a vector, was put: by the object that described it. */
	readonly positions: ReadonlyMap<object, number>;
}

const SOFFSET_BYTES = 4;
const UOFFSET_BYTES = 4;
const encoder = new TextEncoder();

/** Writes a flatbuffer from its root down: what is referred to lies behind what refers to it. */
export function writeFlatbuffer(root: Table): Flatbuffer {
	let bytes = new Uint8Array(1024);
	let view = new DataView(bytes.buffer);
	let end = UOFFSET_BYTES;
	const positions = new Map<object, number>();

	/** Makes room up to `to`, and for a number behind it; what is reserved is zero. */
	const reserve = (to: number): void => {
		if (to + 8 > bytes.length) {
			const grown = new Uint8Array(to * 2);
			grown.set(bytes);
			bytes = grown;
			view = new DataView(grown.buffer);
		}
		end = to;
	};

	/** Eight bytes whatever the width: those behind it are still zero, and stay so. */
	const writeScalar = (at: number, { width, value }: Scalar): void => {
		view.setBigUint64(at, BigInt.asUintN(8 * width, BigInt(value)), true);
	};

	/** Writes what is referred to, and the reference at `at`. */
	const refer = (at: number, target: Reference): void => {
		// The target is written first: it may move what is written to.
		const position = writeReference(target);
		view.setUint32(at, position - at, true);
	};

	/** Vtable, table, then all that it refers to; gives where the table begins. */
	const writeTable = (described: Table): number => {
		const fields = described.fields.flatMap((field, index) => (field === undefined ? [] : [{ field, index }]));
		const vtableBytes = 4 + ((fields.at(-1)?.index ?? -1) + 1) * 2;
		// Widest first, right behind the offset to the vtable, leaves no gaps.
		fields.sort((a, b) => widthOf(b.field) - widthOf(a.field) || a.index - b.index);
		let table = (end + vtableBytes + 3) & ~3;
		if (fields.some(({ field }) => widthOf(field) === 8) && table % 8 === 0) table += 4;
		const vtable = table - vtableBytes;
		let at = table + SOFFSET_BYTES;
		reserve(at + fields.length * 8);
		const references: [at: number, target: Reference][] = [];
		for (const { field, index } of fields) {
			view.setUint16(vtable + 4 + index * 2, at - table, true);
			if (isScalar(field)) {
				writeScalar(at, field);
				positions.set(field, at);
			} else references.push([at, field]);
			at += widthOf(field);
		}
		view.setInt32(table, vtableBytes, true);
		view.setUint16(vtable, vtableBytes, true);
		view.setUint16(vtable + 2, at - table, true);
		end = at;
		for (const [from, target] of references) refer(from, target);
		return table;
	};

	/** Room for a vector and its length; the elements are aligned. Gives where they begin. */
	const openVector = (count: number, width: number): number => {
		let start = (end + 3) & ~3;
		if (width >= 8 && start % 8 === 0) start += 4;
		reserve(start + UOFFSET_BYTES + count * width);
		view.setUint32(start, count, true);
		return start + UOFFSET_BYTES;
	};

	const writeReference = (target: Reference): number => {
		if (isTable(target)) return writeTable(target);
		let first: number;
		if (typeof target === "string") {
			const utf8 = encoder.encode(target);
			first = openVector(utf8.length, 1);
			bytes.set(utf8, first);
			// A zero follows, which the length leaves out.
			reserve(end + 1);
		} else if (isTables(target)) {
			first = openVector(target.length, UOFFSET_BYTES);
			target.forEach((table, index) => {
				refer(first + index * UOFFSET_BYTES, table);
			});
		} else {
			const { width, values = [], count = values.length } = target;
			first = openVector(count, width);
			positions.set(target, first);
			values.forEach((value, index) => {
				writeScalar(first + index * width, { width: width as 4 | 8, value });
			});
		}
		return first - UOFFSET_BYTES;
	};

	refer(0, root);
	reserve((end + 7) & ~7);
	return { bytes: bytes.slice(0, end), positions };
}

/** `Array.isArray` does not narrow what is read-only. */
function isTables(target: Reference): target is readonly Table[] {
	return Array.isArray(target);
}

function isTable(target: Reference): target is Table {
	return typeof target === "object" && "fields" in target;
}

function isScalar(field: FieldValue): field is Scalar {
	return typeof field === "object" && "value" in field;
}

function widthOf(field: FieldValue): number {
	return isScalar(field) ? field.width : UOFFSET_BYTES;
}
