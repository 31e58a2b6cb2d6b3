/** A number in a table; `width` in bytes. */
export interface Scalar {
	readonly width: 1 | 2 | 4 | 8;
	readonly value: number | bigint;
}

/** A vector of pairs of 64-bit numbers, all zero until somebody fills them in. */
export interface ZeroPairs {
	readonly pairs: number;
}

/** A vector of numbers. */
export interface Numbers {
	readonly width: 4 | 8;
	readonly values: readonly number[];
}

/** A table by its fields, in the order of the schema; what is `undefined` is left out. */
export interface Table {
	readonly fields: readonly (FieldValue | undefined)[];
}

export type FieldValue = Scalar | Reference;
/** What a table refers to, behind itself. */
export type Reference = string | Table | readonly Table[] | ZeroPairs | Numbers;

export const int8 = (value: number): Scalar => ({ width: 1, value });
export const int16 = (value: number): Scalar => ({ width: 2, value });
export const int32 = (value: number): Scalar => ({ width: 4, value });
export const int64 = (value: number | bigint): Scalar => ({ width: 8, value });
export const bool = (value: boolean): Scalar => ({ width: 1, value: value ? 1 : 0 });

export interface Flatbuffer {
	/** Its length is a multiple of 8. */
	readonly bytes: Uint8Array<ArrayBuffer>;
	/** Where a scalar, or the first element of a vector, was put: by the object that described it. */
	readonly positions: ReadonlyMap<object, number>;
}

/** Writes a flatbuffer from its root down: what is referred to lies behind what refers to it. */
export function writeFlatbuffer(root: Table): Flatbuffer {
	const writer = new Writer();
	writer.writeRoot(root);
	return writer.result();
}

const SOFFSET_BYTES = 4;
const UOFFSET_BYTES = 4;
const encoder = new TextEncoder();

class Writer {
	#bytes = new Uint8Array(1024);
	#view = new DataView(this.#bytes.buffer);
	#end = UOFFSET_BYTES;
	readonly #positions = new Map<object, number>();

	writeRoot(root: Table): void {
		const table = this.#table(root);
		this.#view.setUint32(0, table, true);
	}

	result(): Flatbuffer {
		this.#reserve((this.#end + 7) & ~7);
		return { bytes: this.#bytes.slice(0, this.#end), positions: this.#positions };
	}

	/** Makes room up to `end`; what is reserved is zero. */
	#reserve(end: number): void {
		if (end > this.#bytes.length) {
			const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
			grown.set(this.#bytes);
			this.#bytes = grown;
			this.#view = new DataView(grown.buffer);
		}
		this.#end = end;
	}

	/** Vtable, table, then all that it refers to; gives where the table begins. */
	#table(described: Table): number {
		let used = described.fields.length;
		while (used > 0 && described.fields[used - 1] === undefined) used--;
		const fields = described.fields.slice(0, used);
		const vtableBytes = 4 + fields.length * 2;
		const widest = Math.max(4, ...fields.map(widthOf));
		// Widest first, right behind the offset to the vtable, leaves no gaps.
		const order = fields
			.map((field, index) => ({ field, index }))
			.sort((a, b) => widthOf(b.field) - widthOf(a.field) || a.index - b.index);
		let table = (this.#end + vtableBytes + 3) & ~3;
		if (widest === 8 && table % 8 === 0) table += 4;
		const vtable = table - vtableBytes;
		let end = table + SOFFSET_BYTES;
		this.#reserve(end + fields.length * 8);
		const references: [at: number, target: Reference][] = [];
		for (const { field, index } of order) {
			if (field === undefined) continue;
			this.#view.setUint16(vtable + 4 + index * 2, end - table, true);
			if (isScalar(field)) {
				this.#scalar(end, field);
				this.#positions.set(field, end);
			} else references.push([end, field]);
			end += widthOf(field);
		}
		this.#view.setInt32(table, vtableBytes, true);
		this.#view.setUint16(vtable, vtableBytes, true);
		this.#view.setUint16(vtable + 2, end - table, true);
		this.#end = end;
		for (const [at, target] of references) {
			// The target is written first: it may move what is written to.
			const position = this.#reference(target);
			this.#view.setUint32(at, position - at, true);
		}
		return table;
	}

	#scalar(at: number, { width, value }: Scalar): void {
		if (width === 8) this.#view.setBigInt64(at, BigInt(value), true);
		else if (width === 4) this.#view.setInt32(at, Number(value), true);
		else if (width === 2) this.#view.setInt16(at, Number(value), true);
		else this.#view.setInt8(at, Number(value));
	}

	#reference(target: Reference): number {
		if (typeof target === "string") return this.#string(target);
		if (isTables(target)) {
			const start = this.#vector(target.length, UOFFSET_BYTES, 4);
			target.forEach((table, index) => {
				const at = start + UOFFSET_BYTES + index * UOFFSET_BYTES;
				const position = this.#table(table);
				this.#view.setUint32(at, position - at, true);
			});
			return start;
		}
		if ("fields" in target) return this.#table(target);
		if ("pairs" in target) {
			const start = this.#vector(target.pairs, 16, 8);
			this.#positions.set(target, start + UOFFSET_BYTES);
			return start;
		}
		const { width, values } = target;
		const start = this.#vector(values.length, width, width);
		values.forEach((value, index) => {
			this.#scalar(start + UOFFSET_BYTES + index * width, { width, value });
		});
		return start;
	}

	/** Room for a vector and its length; the elements are aligned. */
	#vector(count: number, width: number, alignment: 4 | 8): number {
		let start = (this.#end + 3) & ~3;
		if (alignment === 8 && start % 8 === 0) start += 4;
		this.#reserve(start + UOFFSET_BYTES + count * width);
		this.#view.setUint32(start, count, true);
		return start;
	}

	#string(text: string): number {
		const utf8 = encoder.encode(text);
		const start = this.#vector(utf8.length, 1, 4);
		this.#bytes.set(utf8, start + UOFFSET_BYTES);
		// A zero follows, which the length leaves out.
		this.#reserve(this.#end + 1);
		return start;
	}
}

/** `Array.isArray` does not narrow what is read-only. */
function isTables(target: Reference): target is readonly Table[] {
	return Array.isArray(target);
}

function isScalar(field: FieldValue): field is Scalar {
	return typeof field === "object" && "value" in field;
}

function widthOf(field: FieldValue | undefined): number {
	if (field === undefined) return 0;
	return isScalar(field) ? field.width : UOFFSET_BYTES;
}
