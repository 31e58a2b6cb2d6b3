import {
	Binary,
	Bool,
	type Data,
	type DataType,
	DateDay,
	DateMillisecond,
	Decimal,
	Dictionary,
	DurationNanosecond,
	Field,
	FixedSizeBinary,
	Float16,
	Float32,
	Float64,
	Int8,
	Int16,
	Int32,
	Int64,
	LargeBinary,
	LargeUtf8,
	List,
	makeData,
	Null,
	TimeMicrosecond,
	TimeSecond,
	TimestampMicrosecond,
	TimestampMillisecond,
	TimestampNanosecond,
	TimestampSecond,
	Uint8,
	Uint16,
	Uint32,
	Uint64,
	Utf8,
	vectorFromArray,
} from "apache-arrow";
import { describe, expect, it } from "vitest";
import { columnMatcher } from "../src/column-matcher.ts";

/** Which of three values, or of none, each of many rows has. */
const ROWS = Array.from({ length: 67 }, (_, row) => [0, null, 1, 0, 2, null, 1][(row * row + row) % 7] ?? null);

const bytes = (...values: number[]) => Uint8Array.from(values);
const day = (text: string) => new Date(`${text}T00:00:00Z`);
const epochDay = (text: string) => day(text).getTime() / 86_400_000;
const stamp = (text: string) => new Date(`2024-05-${text}Z`);
const text = (value: string) => new TextEncoder().encode(value);

interface Lookups {
	/** Three different values, as apache-arrow takes them. */
	readonly values: readonly unknown[];
	/** What each of them may be looked up by. */
	readonly by: readonly (readonly unknown[])[];
	/** Values that no row has. */
	readonly absent: readonly unknown[];
	/** Values that no row of the type could have. */
	readonly misfits: readonly unknown[];
}

const NO_NUMBER = ["1", true, {}, undefined, 1.5, Number.NaN, 2 ** 53, new Date(0)];
const NO_FLOAT = ["1", 1n, false, undefined, new Date(1)];
const NO_TEXT = [1, true, undefined, ["a"], "half of a pair: \ud800", new String("a")];
const NO_BYTES = ["a", 97, [97], undefined, new ArrayBuffer(1)];

const integers = (...values: number[]): Lookups => ({
	values,
	by: values.map((value) => [value, BigInt(value)]),
	absent: [99, 99n, 2 ** 40, -(2n ** 70n)],
	misfits: NO_NUMBER,
});
const bigs = (...values: bigint[]): Lookups => ({
	values,
	by: values.map((value) => (Number.isSafeInteger(Number(value)) ? [value, Number(value)] : [value])),
	absent: [99, 99n, 2n ** 70n, -(2n ** 70n)],
	misfits: NO_NUMBER,
});
const blobs = (...values: Uint8Array[]): Lookups => ({
	values,
	by: values.map((value) => [value, Uint8Array.from([7, ...value]).subarray(1)]),
	absent: [bytes(9, 9, 9), bytes(1), bytes(1, 2, 3, 4)],
	misfits: NO_BYTES,
});
const words = (...values: string[]): Lookups => ({
	values,
	by: values.map((value) => [value, text(value)]),
	absent: ["o", "one ", "One", "\u{1f600}", "\ufffd"],
	misfits: NO_TEXT,
});
const stamps = (perMs: number): Lookups => {
	const values = ["17T10:00:00", "17T10:00:01", "18T10:00:00"].map(stamp);
	return {
		values,
		by: values.map((value) => [
			value,
			new Date(value),
			BigInt(value.getTime() * 1_000_000) / BigInt(1_000_000 / perMs),
		]),
		absent: [stamp("17T10:00:00.001"), stamp("16T10:00:00"), 5, -1n],
		misfits: ["2024-05-17", new Date(Number.NaN), 1.5, undefined, true],
	};
};

const CASES: readonly [string, DataType, Lookups][] = [
	["int8", new Int8(), integers(-128, 0, 127)],
	["int16", new Int16(), integers(-32_768, 1, 300)],
	["int32", new Int32(), integers(-(2 ** 31), 7, 2 ** 31 - 1)],
	["int64", new Int64(), bigs(-(2n ** 63n), 0n, 2n ** 63n - 1n)],
	["uint8", new Uint8(), integers(0, 1, 255)],
	["uint16", new Uint16(), integers(0, 1, 65_535)],
	["uint32", new Uint32(), integers(0, 1, 2 ** 32 - 1)],
	["uint64", new Uint64(), bigs(0n, 1n, 2n ** 64n - 1n)],
	["float32", new Float32(), floats(0.5, -0, Number.NaN)],
	["float64", new Float64(), floats(0.1, -0, Number.NaN)],
	[
		"bool",
		new Bool(),
		{ values: [true, false, true], by: [[], [false], []], absent: [], misfits: [0, 1, "true", undefined] },
	],
	["utf8", new Utf8(), words("", "one", "zwei \u00e9")],
	["large utf8", new LargeUtf8(), words("one", "", "\u{1f4a1}")],
	["binary", new Binary(), blobs(bytes(), bytes(0), bytes(1, 2, 3))],
	["large binary", new LargeBinary(), blobs(bytes(255), bytes(0, 0), bytes(1, 2, 3))],
	["fixed-size binary", new FixedSizeBinary(3), blobs(bytes(0, 0, 0), bytes(1, 2, 3), bytes(255, 255, 255))],
	["time in seconds", new TimeSecond(), integers(0, 1, 86_399)],
	["time in microseconds", new TimeMicrosecond(), bigs(0n, 1n, 86_399_999_999n)],
	["duration", new DurationNanosecond(), bigs(-1n, 0n, 10n ** 15n)],
	["timestamp in seconds", new TimestampSecond(), stamps(1 / 1_000)],
	["timestamp in milliseconds", new TimestampMillisecond("Europe/Vienna"), stamps(1)],
	["timestamp in microseconds", new TimestampMicrosecond(), stamps(1_000)],
	["timestamp in nanoseconds", new TimestampNanosecond(), stamps(1_000_000)],
	[
		"date in days",
		new DateDay(),
		{
			values: [day("1969-12-31"), day("1970-01-01"), day("2024-02-29")],
			by: ["1969-12-31", "1970-01-01", "2024-02-29"].map((date) => [day(date), epochDay(date), BigInt(epochDay(date))]),
			absent: [new Date("1969-12-31T12:00:00Z"), new Date("1970-01-01T12:00:00Z"), day("2024-03-01"), 5],
			misfits: ["2024-02-29", 0.5, new Date(Number.NaN)],
		},
	],
	[
		"date in milliseconds",
		new DateMillisecond(),
		{
			values: [day("1969-12-31"), day("1970-01-01"), day("2024-02-29")],
			by: ["1969-12-31", "1970-01-01", "2024-02-29"].map((date) => [day(date), day(date).getTime()]),
			absent: [new Date("1969-12-31T12:00:00Z"), day("2024-03-01"), 1],
			misfits: ["2024-02-29", 0.5],
		},
	],
	["dictionary of text", new Dictionary(new Utf8(), new Int32()), words("one", "two", "")],
	["dictionary of integers", new Dictionary(new Int64(), new Uint8()), bigs(-5n, 0n, 5n)],
];

function floats(...values: number[]): Lookups {
	return {
		values,
		by: values.map((value) => [value]),
		absent: [0, 0.2, Number.POSITIVE_INFINITY, Math.fround(0.1)],
		misfits: NO_FLOAT,
	};
}

function matchingRows(column: Data, value: unknown): number[] {
	const matches = columnMatcher(column, "x", value);
	return Array.from({ length: column.length }, (_, row) => row).filter(matches);
}

const rowsOf = (wanted: number | null, from = 0) =>
	ROWS.slice(from).flatMap((which, row) => (which === wanted ? [row] : []));

describe.each(CASES)("%s", (_, type, { values, by, absent, misfits }) => {
	const column = vectorFromArray(
		ROWS.map((which) => (which === null ? null : values[which])),
		type,
	).data[0] as Data;

	it("is found by each form of a value, and by null, also in slices at odd places", () => {
		for (const from of [0, 1, 5, 8, 13]) {
			const slice = column.slice(from, ROWS.length - from);
			expect(matchingRows(slice, null)).toEqual(rowsOf(null, from));
			by.forEach((forms, which) => {
				for (const form of forms) expect(matchingRows(slice, form)).toEqual(rowsOf(which, from));
			});
			for (const value of absent) expect(matchingRows(slice, value)).toEqual([]);
		}
	});

	it("is not looked up by what no row of it can have", () => {
		for (const value of misfits) {
			expect(() => columnMatcher(column, "height", value)).toThrow(/column "height" is looked up by/);
			expect(() => columnMatcher(column, "height", value)).toThrow(TypeError);
		}
	});
});

describe("null", () => {
	it("matches every row of a column of nothing else, which has no other value", () => {
		const column = makeData({ type: new Null(), length: 3 });
		expect(matchingRows(column, null)).toEqual([0, 1, 2]);
		expect(() => columnMatcher(column, "x", 0)).toThrow(/looked up by null, not by number 0/);
	});

	it("matches the rows of a dictionary that refer to a null in it", () => {
		const dictionary = vectorFromArray(["a", null, "b"], new Utf8());
		const type = new Dictionary(new Utf8(), new Int32());
		const indices = Int32Array.of(0, 1, 2, 1, 0);
		const column = makeData({ type, length: 5, nullCount: 1, nullBitmap: bytes(0b01111), data: indices, dictionary });
		expect(matchingRows(column, null)).toEqual([1, 3, 4]);
		expect(["a", "b", "c"].map((value) => matchingRows(column, value))).toEqual([[0], [2], []]);
	});

	it("is no row where a column has none", () => {
		expect(matchingRows(vectorFromArray([1, 2], new Int32()).data[0] as Data, null)).toEqual([]);
	});
});

describe("floats", () => {
	const wide = new Float64Array(
		new BigUint64Array([0n, 1n << 63n, 0x7ff8_0000_0000_0000n, 0x7ff8_0000_0000_0001n]).buffer,
	);
	const narrow = new Float32Array(new Uint32Array([0, 0x8000_0000, 0x7fc0_0000, 0x7fc0_0001]).buffer);

	it.each([
		["float64", makeData({ type: new Float64(), data: wide })],
		["float32", makeData({ type: new Float32(), data: narrow })],
	])("are told apart by their bits: zeros by their sign, and NaNs as well: %s", (_, column) => {
		expect([0, -0, Number.NaN].map((value) => matchingRows(column, value))).toEqual([[0], [1], [2]]);
		expect(matchingRows(column.slice(1, 3), Number.NaN)).toEqual([1]);
	});
});

it.each<[string, DataType]>([
	["half floats", new Float16()],
	["decimals", new Decimal(2, 10, 128)],
	["lists", new List(new Field("item", new Int32()))],
])("%s need an index, and are told so, except for their nulls", (_, type) => {
	const column = makeData({ type, length: 0 } as Parameters<typeof makeData>[0]) as Data;
	expect(() => columnMatcher(column, "x", 1)).toThrow(
		expect.objectContaining({ code: "WAL_UNSUPPORTED", message: expect.stringContaining('column "x"') }),
	);
	expect(matchingRows(column, null)).toEqual([]);
});
