import type { TypeShape } from "./arrow-types.ts";
import { TYPE } from "./ipc-format.ts";

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

/** `undefined` for types that have none here. A dictionary's is that of its indices. */
export function columnLayout(type: TypeShape): ColumnLayout | undefined {
	switch (type.typeId) {
		case TYPE.null:
			return { layout: "null", width: 0, buffers: 0 };
		case TYPE.bool:
			return { layout: "bits", width: 0, buffers: 2 };
		case TYPE.utf8:
		case TYPE.binary:
			return { layout: "variable", width: 4, buffers: 3 };
		case TYPE.largeUtf8:
		case TYPE.largeBinary:
			return { layout: "variable", width: 8, buffers: 3 };
		case TYPE.utf8View:
		case TYPE.binaryView:
			return { layout: "view", width: VIEW_BYTES, buffers: 2 };
		case TYPE.list:
		case TYPE.map:
			return { layout: "list", width: 4, buffers: 2 };
		case TYPE.largeList:
			return { layout: "list", width: 8, buffers: 2 };
		case TYPE.fixedSizeList:
			return { layout: "fixed-list", width: type.listSize ?? 0, buffers: 1 };
		case TYPE.struct:
			return { layout: "struct", width: 0, buffers: 1 };
		case TYPE.union:
			return type.mode === DENSE
				? { layout: "dense-union", width: 4, buffers: 2 }
				: { layout: "sparse-union", width: 1, buffers: 1 };
		case TYPE.dictionary:
			return type.indices && columnLayout(type.indices);
		default: {
			const width = fixedWidth(type);
			return width === undefined ? undefined : { layout: "fixed", width, buffers: 2 };
		}
	}
}

const DENSE = 1;
const DAYS = 0;

function fixedWidth(type: TypeShape): number | undefined {
	switch (type.typeId) {
		case TYPE.int:
		case TYPE.time:
		case TYPE.decimal:
			return (type.bitWidth ?? 0) / 8;
		case TYPE.float:
			return 2 << (type.precision ?? 0);
		case TYPE.fixedSizeBinary:
			return type.byteWidth ?? 0;
		case TYPE.date:
			return type.unit === DAYS ? 4 : 8;
		case TYPE.timestamp:
		case TYPE.duration:
			return 8;
		case TYPE.interval:
			// Months; days and milliseconds; months, days and nanoseconds.
			return [4, 8, 16][type.unit ?? 0];
		default:
			return undefined;
	}
}
