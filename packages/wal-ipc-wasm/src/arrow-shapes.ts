import type { FieldShape, TypeShape } from "./arrow-types.ts";

/** What is read of a schema, whichever copy of apache-arrow made it. */
export interface SchemaShape {
	readonly fields: readonly FieldShape[];
	readonly metadata: ReadonlyMap<string, string>;
}

/** What is read of a record batch. */
export interface BatchShape {
	readonly schema: SchemaShape;
	readonly data: { readonly children: readonly DataShape[] };
	readonly numRows: number;
	readonly metadata?: ReadonlyMap<string, string>;
}

/**
 * What is read of a column's data. `offset` counts bits of bitmaps; all other arrays of a slice begin with its first
 * row, and children of a slice are slices where no offsets lie between.
 */
export interface DataShape {
	readonly type: TypeShape;
	readonly length: number;
	readonly offset: number;
	/** Less than 0 where nobody has counted. */
	readonly _nullCount: number;
	readonly values?: ArrayBufferView;
	readonly nullBitmap?: Uint8Array | undefined;
	readonly valueOffsets?: Int32Array | BigInt64Array;
	readonly typeIds?: ArrayLike<number> & ArrayBufferView;
	readonly variadicBuffers?: readonly Uint8Array[];
	readonly children: readonly DataShape[];
	readonly dictionary?: { readonly data: readonly DataShape[] };
	slice(offset: number, length: number): DataShape;
}
