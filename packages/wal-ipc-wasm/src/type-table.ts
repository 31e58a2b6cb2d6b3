import * as TYPE from "./type-id.ts";

/** Names of what a type's own table holds as one number or flag. */
export type TypeFieldName =
	| "bitWidth"
	| "byteWidth"
	| "isSigned"
	| "keysSorted"
	| "listSize"
	| "mode"
	| "precision"
	| "scale"
	| "unit";

/** A field of a type's table in a schema message. */
export type TypeField = readonly [
	name: TypeFieldName,
	/** In bytes; what has 1 is a flag, and what has 2 an enumeration. */
	width: 1 | 2 | 4,
	/** The largest number of an enumeration. */
	most?: number | undefined,
	/** What it is where the table does not have it; else 0. */
	absent?: number,
];

const NO_FIELDS: readonly TypeField[] = [];

/**
 * What a type's table holds, in the order of `Schema.fbs`: what is written, read and compared of a type. A timestamp's
 * zone and a union's type ids, which follow, are neither numbers nor flags.
 */
export function typeFields(typeId: number): readonly TypeField[] {
	return TYPE_FIELDS[typeId] ?? NO_FIELDS;
}

const TYPE_FIELDS: Readonly<Record<number, readonly TypeField[]>> = {
	[TYPE.int]: [
		["bitWidth", 4],
		["isSigned", 1],
	],
	[TYPE.float]: [["precision", 2, 2]],
	[TYPE.decimal]: [
		["precision", 4],
		["scale", 4],
		["bitWidth", 4, undefined, 128],
	],
	[TYPE.date]: [["unit", 2, 1, 1]],
	[TYPE.time]: [
		["unit", 2, 3, 1],
		["bitWidth", 4, undefined, 32],
	],
	[TYPE.timestamp]: [["unit", 2, 3]],
	[TYPE.interval]: [["unit", 2, 2]],
	[TYPE.union]: [["mode", 2, 1]],
	[TYPE.fixedSizeBinary]: [["byteWidth", 4]],
	[TYPE.fixedSizeList]: [["listSize", 4]],
	[TYPE.map]: [["keysSorted", 1]],
	[TYPE.duration]: [["unit", 2, 3, 1]],
};
