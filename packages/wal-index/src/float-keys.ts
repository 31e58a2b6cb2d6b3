import { wordsOfValues } from "./integer-keys.ts";
import { isNullBit, type KeyClass, mayHaveNulls, type WordReader } from "./key-class.ts";
import { ENTRY, FLIP, NO_LOW_WORD, type Probe } from "./key-entry.ts";
import { high64, low64, setDouble, toDouble } from "./word-pair.ts";

const TAKES = "a number";

/**
 * Keys in IEEE 754's total order: -NaN, -Infinity, …, -0, 0, …, Infinity, NaN. Keys are equal where all bits are: -0 is
 * not 0, and NaN, as JavaScript makes it, is one of many that a column may have.
 */
export const doubleKeys: KeyClass = {
	name: "float64",
	takes: TAKES,
	mayHaveNulls,
	isNull: isNullBit,
	reader: {
		kind: "words",
		read({ values }, from, to, entries, start) {
			const words = wordsOfValues(values);
			for (let row = from, at = start; row < to; row++, at += ENTRY) {
				const high = words[2 * row + 1] as number;
				const low = words[2 * row] as number;
				entries[at] = ordered(high);
				entries[at + 1] = (high < 0 ? ~low : low) ^ FLIP;
			}
		},
	},
	probe(value) {
		if (typeof value !== "number") return undefined;
		if (Number.isNaN(value)) return { high: CANONICAL_NAN, low: FLIP, bytes: undefined, side: 0 };
		setDouble(value);
		const high = high64();
		return { high: ordered(high), low: (high < 0 ? ~low64() : low64()) ^ FLIP, bytes: undefined, side: 0 };
	},
	value: (high, low) => toDouble(ordered(high), (high < 0 ? ~low : low) ^ FLIP),
};

/** Upper word of the NaN that JavaScript makes; the lower one is zero. */
const CANONICAL_NAN = 0x7ff80000;

/** Bits of a float as a number ordered as the floats are, and back. The first of them is the sign. */
function ordered(bits: number): number {
	return bits < 0 ? bits ^ 0x7fffffff : bits;
}

const narrowBits = new Int32Array(1);
const narrow = new Float32Array(narrowBits.buffer);

export const singleKeys: KeyClass = narrowKeys("float32", 0x7fc00000, {
	reader: {
		kind: "words",
		read({ values }, from, to, entries, start) {
			const words = wordsOfValues(values);
			for (let row = from, at = start; row < to; row++, at += ENTRY) {
				entries[at] = ordered(words[row] as number);
				entries[at + 1] = NO_LOW_WORD;
			}
		},
	},
	keyOf(value) {
		narrow[0] = value;
		return ordered(narrowBits[0] as number);
	},
	numberOf(key) {
		narrowBits[0] = ordered(key);
		return narrow[0] as number;
	},
});

export const halfKeys: KeyClass = narrowKeys("float16", 0x7e00, {
	reader: {
		kind: "words",
		read({ values }, from, to, entries, start) {
			const bits = values as Uint16Array;
			for (let row = from, at = start; row < to; row++, at += ENTRY) {
				entries[at] = orderedHalf(bits[row] as number);
				entries[at + 1] = NO_LOW_WORD;
			}
		},
	},
	keyOf(value) {
		// By bisection of the numbers that there are: no rounding to get wrong.
		let [least, greatest] = [orderedHalf(0xfc00), orderedHalf(0x7c00)];
		while (least < greatest) {
			const middle = (least + greatest + 1) >> 1;
			const found = halfValue(middle);
			const isAfter = found > value || (Object.is(found, 0) && Object.is(value, -0));
			if (isAfter) greatest = middle - 1;
			else least = middle;
		}
		return least;
	},
	numberOf: halfValue,
});

interface NarrowFloats {
	readonly reader: WordReader;
	/** Of a number that is not NaN: that of the number itself, where there is one, else that of a neighbour. */
	keyOf(value: number): number;
	numberOf(key: number): number;
}

/** Keys of floats that have fewer bits than a JavaScript number, which may then lie between two of them. */
function narrowKeys(name: string, canonicalNan: number, { reader, keyOf, numberOf }: NarrowFloats): KeyClass {
	const at = (high: number, side: Probe["side"]): Probe => ({ high, low: NO_LOW_WORD, bytes: undefined, side });
	return {
		name,
		takes: TAKES,
		mayHaveNulls,
		isNull: isNullBit,
		reader,
		probe(value) {
			if (typeof value !== "number") return undefined;
			if (Number.isNaN(value)) return at(canonicalNan, 0);
			const key = keyOf(value);
			const found = numberOf(key);
			if (Object.is(found, value)) return at(key, 0);
			return at(key, found > value ? -1 : 1);
		},
		value: (high) => numberOf(high),
	};
}

function orderedHalf(bits: number): number {
	const signed = (bits << 16) >> 16;
	return signed < 0 ? signed ^ 0x7fff : signed;
}

function halfValue(key: number): number {
	const bits = (key < 0 ? key ^ 0x7fff : key) & 0xffff;
	const sign = bits >>> 15 === 0 ? 1 : -1;
	const exponent = (bits >>> 10) & 0x1f;
	const fraction = bits & 0x3ff;
	if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
	return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
