import type { DataShape } from "./arrow-shapes.ts";
import { type ByteReader, isNullBit, type KeyClass, mayHaveNulls, STEP_BYTES, type WordReader } from "./key-class.ts";
import { ENTRY } from "./key-entry.ts";

/** A value of a dictionary: a row of one of its parts. */
interface Place {
	readonly chunk: DataShape;
	readonly row: number;
}

/** Keys of a column whose values stand in a dictionary: those of the values, as if it had none. */
export function dictionaryKeys(values: KeyClass): KeyClass {
	return {
		...values,
		// A value of the dictionary may be null, too.
		mayHaveNulls: (source) =>
			mayHaveNulls(source) || (source.dictionary?.data ?? []).some((chunk) => values.mayHaveNulls(chunk)),
		isNull: (source, row) => placeOf(source, row, values) === undefined,
		reader:
			values.reader.kind === "words"
				? wordsInDictionary(values, values.reader)
				: bytesInDictionary(values, values.reader),
	};
}

function wordsInDictionary(values: KeyClass, reader: WordReader): WordReader {
	return {
		kind: "words",
		read(source, from, to, entries, start) {
			for (let row = from, at = start; row < to; row++, at += ENTRY) {
				const place = placeOf(source, row, values);
				if (place) reader.read(place.chunk, place.row, place.row + 1, entries, at);
			}
		},
	};
}

function bytesInDictionary(values: KeyClass, reader: ByteReader): ByteReader {
	return {
		kind: "bytes",
		read(source, from, to, keys) {
			const before = keys.keyBytes;
			for (let row = from; row < to; row++) {
				const place = placeOf(source, row, values);
				if (place) reader.read(place.chunk, place.row, place.row + 1, keys);
				else keys.append(NO_BYTES, 0, 0);
				if (keys.keyBytes - before > STEP_BYTES) return row + 1;
			}
			return to;
		},
	};
}

const NO_BYTES = new Uint8Array(0);

/** Where the value of a row stands; `undefined` where it is null. */
function placeOf(source: DataShape, row: number, values: KeyClass): Place | undefined {
	if (mayHaveNulls(source) && isNullBit(source, row)) return undefined;
	const index = Number((source.values as Int32Array | BigInt64Array)[row]);
	let rest = index;
	for (const chunk of source.dictionary?.data ?? []) {
		if (rest >= 0 && rest < chunk.length) {
			return values.mayHaveNulls(chunk) && values.isNull(chunk, rest) ? undefined : { chunk, row: rest };
		}
		rest -= chunk.length;
	}
	throw new RangeError(`row ${row} refers to value ${index} of a dictionary that has no such value`);
}
