import type { DataShape } from "./arrow-shapes.ts";
import { isNullBit, type KeyClass, mayHaveNulls, type WordReader } from "./key-class.ts";
import { ENTRY, FLIP, NO_LOW_WORD, type Probe } from "./key-entry.ts";
import { high64, low64, setBig, setNumber, to64 } from "./word-pair.ts";

/** How whole numbers stand in a column, and what else may stand for them. */
export interface IntegerForm {
	readonly name: string;
	readonly bits: 8 | 16 | 32 | 64;
	readonly isSigned: boolean;
	/** Also for fewer than 64 bits, where numbers of the kind are told as bigint. */
	readonly isBig?: boolean | undefined;
	/** Where a Date stands for a number: how many of them make a millisecond. */
	readonly perMs?: number | undefined;
	readonly takes?: string | undefined;
}

/** Keys in the order of whole numbers. A number beyond those that the column can have lies below or above them all. */
export function integerKeys(form: IntegerForm): KeyClass {
	const { name, bits, isSigned, perMs } = form;
	const isBig = form.isBig ?? bits === 64;
	const flip = isSigned ? 0 : FLIP;
	const least = isSigned ? -(2n ** BigInt(bits - 1)) : 0n;
	const greatest = least + 2n ** BigInt(bits) - 1n;
	const [leastNumber, greatestNumber] = [Number(least), Number(greatest)];

	function at(value: number | bigint, side: 0 | 1): Probe {
		if (value < (typeof value === "number" ? leastNumber : least)) return probe(least, -1);
		if (value > (typeof value === "number" ? greatestNumber : greatest)) return probe(greatest, 1);
		return probe(value, side);
	}

	function probe(value: number | bigint, side: Probe["side"]): Probe {
		if (bits < 64) return { high: Number(value) ^ flip, low: NO_LOW_WORD, bytes: undefined, side };
		if (typeof value === "number") setNumber(value);
		else setBig(value);
		return { high: high64() ^ flip, low: low64() ^ FLIP, bytes: undefined, side };
	}

	return {
		name,
		takes: form.takes ?? (perMs === undefined ? "a whole number or bigint" : "a whole number, bigint or Date"),
		mayHaveNulls,
		isNull: isNullBit,
		reader: bits < 64 ? narrowReader(flip) : wideReader(flip),
		probe(value) {
			if (typeof value === "bigint") return at(value, 0);
			if (typeof value === "number") return Number.isSafeInteger(value) ? at(value, 0) : undefined;
			if (perMs === undefined || !(value instanceof Date) || Number.isNaN(value.getTime())) return undefined;
			const ms = value.getTime();
			if (perMs >= 1) return at(BigInt(ms) * BigInt(perMs), 0);
			const msPer = Math.round(1 / perMs);
			const whole = Math.floor(ms / msPer);
			return at(whole, whole * msPer === ms ? 0 : 1);
		},
		value(high, low) {
			if (bits === 64) return to64(high ^ flip, low ^ FLIP, isSigned);
			const number = isSigned ? high : (high ^ FLIP) >>> 0;
			return isBig ? BigInt(number) : number;
		},
	};
}

function narrowReader(flip: number): WordReader {
	return {
		kind: "words",
		read({ values }, from, to, entries, start) {
			const numbers = values as Int32Array;
			for (let row = from, at = start; row < to; row++, at += ENTRY) {
				entries[at] = (numbers[row] as number) ^ flip;
				entries[at + 1] = NO_LOW_WORD;
			}
		},
	};
}

function wideReader(flip: number): WordReader {
	return {
		kind: "words",
		read({ values }, from, to, entries, start) {
			const words = wordsOfValues(values);
			for (let row = from, at = start; row < to; row++, at += ENTRY) {
				entries[at] = (words[2 * row + 1] as number) ^ flip;
				entries[at + 1] = (words[2 * row] as number) ^ FLIP;
			}
		},
	};
}

/** The values as words of 32 bits. */
export function wordsOfValues(values: DataShape["values"]): Int32Array {
	const { buffer, byteOffset, byteLength } = values as ArrayBufferView;
	return new Int32Array(buffer, byteOffset, byteLength >>> 2);
}
