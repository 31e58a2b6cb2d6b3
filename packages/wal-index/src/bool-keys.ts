import { isNullBit, type KeyClass, mayHaveNulls } from "./key-class.ts";
import { ENTRY, NO_LOW_WORD } from "./key-entry.ts";

/** Keys of truth values: false, true. */
export const boolKeys: KeyClass = {
	name: "bool",
	takes: "a boolean",
	mayHaveNulls,
	isNull: isNullBit,
	reader: {
		kind: "words",
		read({ values, offset }, from, to, entries, start) {
			const bits = values as Uint8Array;
			for (let bit = offset + from, at = start; bit < offset + to; bit++, at += ENTRY) {
				entries[at] = ((bits[bit >>> 3] as number) >>> (bit & 7)) & 1;
				entries[at + 1] = NO_LOW_WORD;
			}
		},
	},
	probe: (value) =>
		typeof value === "boolean" ? { high: Number(value), low: NO_LOW_WORD, bytes: undefined, side: 0 } : undefined,
	value: (high) => high === 1,
};

/** Of a column that holds nothing but nulls. */
export const nullKeys: KeyClass = {
	name: "null",
	takes: "null",
	mayHaveNulls: () => true,
	isNull: () => true,
	reader: { kind: "words", read: () => undefined },
	probe: () => undefined,
	value: () => null,
};
