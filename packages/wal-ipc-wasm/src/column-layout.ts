import type { TypeShape } from "./arrow-types.ts";
import * as TYPE from "./type-id.ts";

/**
 * Which buffers a column has in a message's body, by its type. A validity bitmap comes first everywhere but with
 * `null` and the unions.
 *
 * | layout | buffers, then children |
 * |--|--|
 * | `null` | none |
 * | `bits` | bits |
 * | `fixed` | values of `width` bytes |
 * | `variable` | offsets of `width` bytes, bytes |
 * | `view` | views, then as many buffers as the message says |
 * | `list` | offsets of `width` bytes; one child |
 * | `fixed-list` | none; one child with `width` values a row |
 * | `struct` | none; a child a field |
 * | `sparse-union` | type ids; a child a type |
 * | `dense-union` | type ids, offsets; a child a type |
 */
export type Layout =
	| "null"
	| "bits"
	| "fixed"
	| "variable"
	| "view"
	| "list"
	| "fixed-list"
	| "struct"
	| "sparse-union"
	| "dense-union";

export interface ColumnLayout {
	readonly layout: Layout;
	/** Bytes of a value or an offset; values a row of a fixed-size list; else 0. */
	readonly width: number;
	/** Buffers in the body that the column itself has, those that the message counts for views left out. */
	readonly buffers: number;
}

export const VIEW_BYTES = 16;

export function hasValidity(layout: Layout): boolean {
	return layout !== "null" && layout !== "sparse-union" && layout !== "dense-union";
}

/** `undefined` for types that have none here. A dictionary's is that of its indices. */
export function columnLayout(type: TypeShape): ColumnLayout | undefined {
	switch (type.typeId) {
		case TYPE.null:
			return columns("null", 0);
		case TYPE.bool:
			return columns("bits", 2);
		case TYPE.int:
		case TYPE.time:
		case TYPE.decimal:
			return columns("fixed", 2, (type.bitWidth ?? 0) / 8);
		case TYPE.float:
			return columns("fixed", 2, 2 << (type.precision ?? 0));
		case TYPE.fixedSizeBinary:
			return columns("fixed", 2, type.byteWidth);
		case TYPE.date:
			return columns("fixed", 2, type.unit === DAYS ? 4 : 8);
		case TYPE.timestamp:
		case TYPE.duration:
			return columns("fixed", 2, 8);
		case TYPE.interval:
			// Months; days and milliseconds; months, days and nanoseconds.
			return columns("fixed", 2, 4 << (type.unit ?? 0));
		case TYPE.utf8:
		case TYPE.binary:
			return columns("variable", 3, 4);
		case TYPE.largeUtf8:
		case TYPE.largeBinary:
			return columns("variable", 3, 8);
		case TYPE.utf8View:
		case TYPE.binaryView:
			return columns("view", 2, VIEW_BYTES);
		case TYPE.list:
		case TYPE.map:
			return columns("list", 2, 4);
		case TYPE.largeList:
			return columns("list", 2, 8);
		case TYPE.fixedSizeList:
			return columns("fixed-list", 1, type.listSize);
		case TYPE.struct:
			return columns("struct", 1);
		case TYPE.union:
			return type.mode === DENSE ? columns("dense-union", 2, 4) : columns("sparse-union", 1, 1);
		case TYPE.dictionary:
			return type.indices && columnLayout(type.indices);
		default:
			return undefined;
	}
}

function columns(layout: Layout, buffers: number, width = 0): ColumnLayout {
	return { layout, width, buffers };
}

const DENSE = 1;
const DAYS = 0;
