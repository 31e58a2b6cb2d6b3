/** Arrow's type ids, which every copy of apache-arrow shares. */
export const ARROW_TYPE = {
	null: 1,
	int: 2,
	float: 3,
	binary: 4,
	utf8: 5,
	bool: 6,
	decimal: 7,
	date: 8,
	time: 9,
	timestamp: 10,
	interval: 11,
	fixedSizeBinary: 15,
	duration: 18,
	largeBinary: 19,
	largeUtf8: 20,
	binaryView: 23,
	utf8View: 24,
	dictionary: -1,
} as const;

/** What is read of a type. Two copies of apache-arrow can meet in one program, so its classes say nothing. */
export interface TypeShape {
	readonly typeId: number;
	readonly bitWidth?: number;
	readonly byteWidth?: number;
	readonly isSigned?: boolean;
	readonly precision?: number;
	readonly scale?: number;
	readonly unit?: number;
	readonly dictionary?: TypeShape;
}

export interface FieldShape {
	readonly name: string;
	readonly type: TypeShape;
}

export interface SchemaShape {
	readonly fields: readonly FieldShape[];
}

/**
 * What is read of a column's data. `offset` counts bits of bitmaps; all other arrays of a slice begin with its first
 * row.
 */
export interface DataShape {
	readonly type: TypeShape;
	readonly length: number;
	readonly offset: number;
	/** Less than 0 where nobody has counted. */
	readonly _nullCount: number;
	readonly values?: ArrayBufferView;
	readonly nullBitmap?: Uint8Array;
	readonly valueOffsets?: Int32Array | BigInt64Array;
	readonly variadicBuffers?: readonly Uint8Array[];
	readonly dictionary?: VectorShape;
}

export interface VectorShape {
	readonly type: TypeShape;
	readonly length: number;
	readonly data: readonly DataShape[];
}

export interface BatchShape {
	readonly schema: SchemaShape;
	readonly data: { readonly children: readonly DataShape[] };
	readonly numRows: number;
}
