import { integerKeys, wordsOfValues } from "./integer-keys.ts";
import { isNullBit, type KeyClass, mayHaveNulls } from "./key-class.ts";
import { ENTRY, FLIP } from "./key-entry.ts";
import { highWord, lowWord } from "./key-words.ts";

/** Keys of intervals of months. */
export const monthKeys: KeyClass = integerKeys({ name: "interval-months", bits: 32, isSigned: true });

/** Keys of intervals of days and milliseconds: by days, then by milliseconds. How long a day is says nothing here. */
export const dayTimeKeys: KeyClass = {
	name: "interval-day-time",
	takes: "an Int32Array of days and milliseconds",
	mayHaveNulls,
	isNull: isNullBit,
	reader: {
		kind: "words",
		read({ values }, from, to, entries, start) {
			const words = wordsOfValues(values);
			for (let row = from, at = start; row < to; row++, at += ENTRY) {
				entries[at] = words[2 * row] as number;
				entries[at + 1] = words[2 * row + 1] as number;
			}
		},
	},
	probe(value) {
		if (!(value instanceof Int32Array) || value.length !== 2) return undefined;
		return { high: value[0] as number, low: value[1] as number, bytes: undefined, side: 0 };
	},
	value: (high, low) => Int32Array.of(high, low),
};

const MONTH_DAY_NANO_WORDS = 4;

/** Keys of intervals of months, days and nanoseconds: by months, then by days, then by nanoseconds. */
export const monthDayNanoKeys: KeyClass = {
	name: "interval-month-day-nano",
	takes: "an Int32Array of months, days and both words of the nanoseconds, the lower one first",
	mayHaveNulls,
	isNull: isNullBit,
	reader: {
		kind: "bytes",
		read({ values }, from, to, keys) {
			const words = wordsOfValues(values);
			for (let row = from; row < to; row++) {
				const key = monthDayNanoKey(words, row * MONTH_DAY_NANO_WORDS);
				keys.append(key, 0, key.length);
			}
			return to;
		},
	},
	probe(value) {
		if (!(value instanceof Int32Array) || value.length !== MONTH_DAY_NANO_WORDS) return undefined;
		const bytes = monthDayNanoKey(value, 0);
		return { high: highWord(bytes, 0, bytes.length), low: lowWord(bytes, 0, bytes.length), bytes, side: 0 };
	},
	value(_high, _low, key) {
		const { buffer, byteOffset, byteLength } = key as Uint8Array;
		const view = new DataView(buffer, byteOffset, byteLength);
		const [months, days] = [view.getInt32(0) ^ FLIP, view.getInt32(4) ^ FLIP];
		return Int32Array.of(months, days, view.getInt32(12), view.getInt32(8) ^ FLIP);
	},
};

function monthDayNanoKey(words: Int32Array, at: number): Uint8Array {
	const key = new Uint8Array(MONTH_DAY_NANO_WORDS * 4);
	const view = new DataView(key.buffer);
	view.setInt32(0, (words[at] as number) ^ FLIP);
	view.setInt32(4, (words[at + 1] as number) ^ FLIP);
	view.setInt32(8, (words[at + 3] as number) ^ FLIP);
	view.setInt32(12, words[at + 2] as number);
	return key;
}
