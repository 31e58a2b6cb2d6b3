import { WalError } from "@memwal/wal-runtime";
import type { Data, Vector } from "apache-arrow";

/** Arrow's type ids, which every copy of apache-arrow shares. */
const TYPE = {
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
 * Compares a column's values with one, the way an index does: integers and times in the column's own unit as number or
 * bigint, floats by their bits (so -0 is not 0, and NaN is NaN), text as string, bytes as Uint8Array; null matches null.
 *
 * @throws TypeError for a value that no row of such a column can have; `WAL_UNSUPPORTED` for a type that has to be
 * looked up in an index.
 */
export function columnMatcher(column: Data, name: string, value: unknown): RowMatcher {
	if (value === null) return (row) => !column.getValid(row);
	const matches = valueMatcher(column, name, value);
	return (row) => column.getValid(row) && matches(row);
}

function valueMatcher(column: Data, name: string, value: unknown): RowMatcher {
	const { typeId, values } = column;
	switch (typeId) {
		case TYPE.int:
		case TYPE.date:
		case TYPE.time:
		case TYPE.timestamp:
		case TYPE.duration: {
			const wanted = inUnits(column, name, value);
			if (values instanceof BigInt64Array || values instanceof BigUint64Array) return (row) => values[row] === wanted;
			const number = Number(wanted);
			return BigInt(number) === wanted ? (row) => values[row] === number : () => false;
		}
		case TYPE.float: {
			if (typeof value !== "number") throw misfit(name, "a number", value);
			if (values.BYTES_PER_ELEMENT === 2) throw needsIndex(column, name);
			const wanted = values.BYTES_PER_ELEMENT === 4 ? Math.fround(value) : value;
			return Object.is(wanted, value) ? (row) => Object.is(values[row], wanted) : () => false;
		}
		case TYPE.bool: {
			if (typeof value !== "boolean") throw misfit(name, "a boolean", value);
			const { offset } = column;
			return (row) => (((values[(offset + row) >> 3] ?? 0) >> ((offset + row) & 7)) & 1) === Number(value);
		}
		case TYPE.utf8:
		case TYPE.largeUtf8: {
			if (typeof value !== "string") throw misfit(name, "a string", value);
			return bytesMatcher(column, new TextEncoder().encode(value));
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

/** A whole number as the column counts it; a Date in the unit of a date or a timestamp. */
function inUnits({ type, typeId }: Data, name: string, value: unknown): bigint {
	if (typeof value === "bigint") return value;
	if (Number.isSafeInteger(value)) return BigInt(value as number);
	if (
		!(value instanceof Date) ||
		Number.isNaN(value.getTime()) ||
		(typeId !== TYPE.date && typeId !== TYPE.timestamp)
	) {
		throw misfit(name, "a whole number or bigint", value);
	}
	const ms = BigInt(value.getTime());
	const { unit } = type as unknown as { readonly unit: number };
	if (typeId === TYPE.date) return unit === 0 ? ms / MS_PER_DAY : ms;
	return unit === 0 ? ms / 1_000n : ms * 1_000n ** BigInt(unit - 1);
}

const MS_PER_DAY = 86_400_000n;

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
	const matchers: RowMatcher[] = [];
	for (const chunk of (dictionary as Vector).data) {
		const matches = columnMatcher(chunk, name, value);
		for (let index = 0; index < chunk.length; index++) matchers.push(() => matches(index));
	}
	return (row) => matchers[Number(values[row])]?.(0) ?? false;
}

function needsIndex({ type }: Data, name: string): WalError {
	return new WalError("WAL_UNSUPPORTED", `column "${name}" has type ${type}, which only an index can look up`);
}

function misfit(name: string, wanted: string, value: unknown): TypeError {
	return new TypeError(`column "${name}" is looked up by ${wanted}, not by ${typeof value} ${String(value)}`);
}
