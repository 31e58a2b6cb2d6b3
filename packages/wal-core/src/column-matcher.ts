import { WalError } from "@memwal/wal-runtime";
import type { Data, Vector } from "apache-arrow";

/** Arrow's type ids, which every copy of apache-arrow shares. */
const TYPE = {
	null: 1,
	int: 2,
	float: 3,
	binary: 4,
	utf8: 5,
	bool: 6,
	date: 8,
	time: 9,
	timestamp: 10,
	fixedSizeBinary: 15,
	duration: 18,
	largeBinary: 19,
	largeUtf8: 20,
	dictionary: -1,
} as const;

/** Whether the row of a column has the value that is looked for. */
export type RowMatcher = (row: number) => boolean;

/**
 * Compares a column's values with one, the way an index does: whole numbers and times in the column's own unit as number
 * or bigint, dates and timestamps also as a Date, floats by their bits (so -0 is not 0, and NaN is the one that
 * JavaScript makes), text as a string or its UTF-8, bytes as Uint8Array; null matches null.
 *
 * @throws TypeError for a value that no row of such a column can have; `WAL_UNSUPPORTED` for a type that has to be
 * looked up in an index.
 */
export function columnMatcher(column: Data, name: string, value: unknown): RowMatcher {
	if (value === null) return nullMatcher(column);
	const matches = valueMatcher(column, name, value);
	return (row) => column.getValid(row) && matches(row);
}

function nullMatcher(column: Data): RowMatcher {
	const { typeId, values, dictionary } = column;
	if (typeId === TYPE.null) return () => true;
	if (typeId !== TYPE.dictionary) return (row) => !column.getValid(row);
	// A value of the dictionary may be null, too.
	const isNull = inDictionary(dictionary as Vector, nullMatcher);
	return (row) => !column.getValid(row) || isNull(Number(values[row]));
}

function valueMatcher(column: Data, name: string, value: unknown): RowMatcher {
	const { typeId, values } = column;
	switch (typeId) {
		case TYPE.null:
			throw misfit(name, "null", value);
		case TYPE.int:
		case TYPE.date:
		case TYPE.time:
		case TYPE.timestamp:
		case TYPE.duration: {
			const wanted = inUnits(column, name, value);
			if (wanted === undefined) return () => false;
			if (values instanceof BigInt64Array || values instanceof BigUint64Array) return (row) => values[row] === wanted;
			const number = Number(wanted);
			return BigInt(number) === wanted ? (row) => values[row] === number : () => false;
		}
		case TYPE.float: {
			if (typeof value !== "number") throw misfit(name, "a number", value);
			if (values.BYTES_PER_ELEMENT === 2) throw needsIndex(column, name);
			return floatMatcher(values as Float32Array | Float64Array, value);
		}
		case TYPE.bool: {
			if (typeof value !== "boolean") throw misfit(name, "a boolean", value);
			const { offset } = column;
			return (row) => (((values[(offset + row) >> 3] ?? 0) >> ((offset + row) & 7)) & 1) === Number(value);
		}
		case TYPE.utf8:
		case TYPE.largeUtf8: {
			return bytesMatcher(column, textBytes(name, value));
		}
		case TYPE.binary:
		case TYPE.largeBinary: {
			if (!(value instanceof Uint8Array)) throw misfit(name, "a Uint8Array", value);
			return bytesMatcher(column, value);
		}
		case TYPE.fixedSizeBinary: {
			if (!(value instanceof Uint8Array)) throw misfit(name, "a Uint8Array", value);
			const width = column.stride;
			if (value.length !== width) return () => false;
			return (row) => sameBytesAt(values, row * width, value);
		}
		case TYPE.dictionary:
			return dictionaryMatcher(column, name, value);
		default:
			throw needsIndex(column, name);
	}
}

/** A whole number as the column counts it; of a Date `undefined` where it lies between two of them. */
function inUnits({ type, typeId }: Data, name: string, value: unknown): bigint | undefined {
	if (typeof value === "bigint") return value;
	if (Number.isSafeInteger(value)) return BigInt(value as number);
	const takesDates = typeId === TYPE.date || typeId === TYPE.timestamp;
	if (!takesDates) throw misfit(name, "a whole number or bigint", value);
	if (!(value instanceof Date) || Number.isNaN(value.getTime())) {
		throw misfit(name, "a whole number, bigint or Date", value);
	}
	const ms = value.getTime();
	const { unit } = type as unknown as { readonly unit: number };
	const msPerUnit = typeId === TYPE.date ? (unit === 0 ? MS_PER_DAY : 1) : unit === 0 ? MS_PER_SECOND : 1;
	if (ms % msPerUnit !== 0) return undefined;
	const unitsPerMs = typeId === TYPE.timestamp && unit > 1 ? 1_000n ** BigInt(unit - 1) : 1n;
	return BigInt(ms / msPerUnit) * unitsPerMs;
}

const MS_PER_SECOND = 1_000;
const MS_PER_DAY = 86_400_000;

function floatMatcher(values: Float32Array | Float64Array, wanted: number): RowMatcher {
	const isWide = values.BYTES_PER_ELEMENT === 8;
	if (!Number.isNaN(wanted)) {
		const stored = isWide ? wanted : Math.fround(wanted);
		return Object.is(stored, wanted) ? (row) => Object.is(values[row], wanted) : () => false;
	}
	const words = new Uint32Array(values.buffer, values.byteOffset, values.byteLength >>> 2);
	if (!isWide) return (row) => words[row] === 0x7fc00000;
	return (row) => words[2 * row + 1] === 0x7ff80000 && words[2 * row] === 0;
}

function textBytes(name: string, value: unknown): Uint8Array {
	if (value instanceof Uint8Array) return value;
	// Half of a surrogate pair would be encoded as another character.
	if (typeof value !== "string" || /\p{Surrogate}/u.test(value))
		throw misfit(name, "a string or its UTF-8 bytes", value);
	return new TextEncoder().encode(value);
}

function bytesMatcher({ values, valueOffsets }: Data, wanted: Uint8Array): RowMatcher {
	return (row) => {
		const start = Number(valueOffsets[row]);
		return Number(valueOffsets[row + 1]) - start === wanted.length && sameBytesAt(values, start, wanted);
	};
}

function sameBytesAt(bytes: Uint8Array, offset: number, wanted: Uint8Array): boolean {
	for (let i = 0; i < wanted.length; i++) if (bytes[offset + i] !== wanted[i]) return false;
	return true;
}

function dictionaryMatcher({ values, dictionary }: Data, name: string, value: unknown): RowMatcher {
	const matches = inDictionary(dictionary as Vector, (chunk) => columnMatcher(chunk, name, value));
	return (row) => matches(Number(values[row]));
}

/** Looks at each value of the dictionary once. */
function inDictionary(dictionary: Vector, matcherOf: (chunk: Data) => RowMatcher): (index: number) => boolean {
	const matching = dictionary.data.flatMap((chunk) => {
		const matches = matcherOf(chunk);
		return Array.from({ length: chunk.length }, (_, index) => matches(index));
	});
	return (index) => matching[index] === true;
}

function needsIndex({ type }: Data, name: string): WalError {
	return new WalError("WAL_UNSUPPORTED", `column "${name}" has type ${type}, which only an index can look up`);
}

function misfit(name: string, wanted: string, value: unknown): TypeError {
	const given = typeof value === "string" ? JSON.stringify(value) : String(value);
	return new TypeError(`column "${name}" is looked up by ${wanted}, not by ${typeof value} ${given}`);
}
