import * as arrow from "apache-arrow";
import fc from "fast-check";
import { boolData, bytesData, dictionaryData, fixedData, viewData } from "./arrow-data.ts";

/** A kind of column, and a model of its values that knows nothing of how an index makes keys of them. */
export interface KeyKind<Value = unknown> {
	readonly name: string;
	readonly values: fc.Arbitrary<Value>;
	data(values: readonly (Value | null)[]): arrow.Data;
	compare(a: Value, b: Value): number;
	/** In which forms it can be looked up; in none where JavaScript has no name for it. The first is how it comes out. */
	lookups(value: Value): readonly unknown[];
}

const bigOrder = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

function integers(bits: number, isSigned: boolean): fc.Arbitrary<bigint> {
	const min = isSigned ? -(2n ** BigInt(bits - 1)) : 0n;
	const max = min + 2n ** BigInt(bits) - 1n;
	const small = fc.bigInt({ min: min > -20n ? min : -20n, max: 20n });
	return fc.oneof(small, fc.bigInt({ min, max }), fc.constantFrom(min, max, max - 1n));
}

function writeInteger(bits: number): (view: DataView, at: number, value: bigint) => void {
	return (view, at, value) => {
		for (let byte = 0; byte < bits / 8; byte++) view.setUint8(at + byte, Number((value >> BigInt(8 * byte)) & 0xffn));
	};
}

function integerKind(
	name: string,
	type: arrow.DataType,
	bits: number,
	forms: (value: bigint) => readonly unknown[],
	isSigned = true,
): KeyKind<bigint> {
	return {
		name,
		values: integers(bits, isSigned),
		data: (values) => fixedData(type, bits / 8, values, writeInteger(bits)),
		compare: bigOrder,
		lookups: forms,
	};
}

const numberFirst = (value: bigint) => [Number(value), value];
const bigFirst = (value: bigint) => (Number.isSafeInteger(Number(value)) ? [value, Number(value)] : [value]);

/** A Date holds a hundred million days. */
const withDate =
	(ms: (value: bigint) => bigint | undefined, forms: (value: bigint) => unknown[]) => (value: bigint) => {
		const at = ms(value);
		return at !== undefined && at >= -(10n ** 15n) && at <= 10n ** 15n
			? [...forms(value), new Date(Number(at))]
			: forms(value);
	};

const exactly = (value: bigint, divisor: bigint) => (value % divisor === 0n ? value / divisor : undefined);

/** Floats by their bits: the sign first, so that bits without it are in order. */
function floatKind(
	name: string,
	type: arrow.DataType,
	bits: number,
	lookup: (bits: bigint) => number,
): KeyKind<bigint> {
	const half = 2n ** BigInt(bits - 1);
	const order = (value: bigint) => (value >= half ? -1n - (value - half) : value);
	const named = [0, -0, 1, -1, 1.5, Number.NaN, Infinity, -Infinity].map((value) => bitsOf(bits, value));
	return {
		name,
		values: fc.oneof(fc.constantFrom(...named), fc.bigInt({ min: 0n, max: 2n * half - 1n })),
		data: (values) => fixedData(type, bits / 8, values, writeInteger(bits)),
		compare: (a, b) => bigOrder(order(a), order(b)),
		lookups(value) {
			const number = lookup(value);
			// Of all NaNs JavaScript can name one.
			return Number.isNaN(number) && value !== bitsOf(bits, Number.NaN) ? [] : [number];
		},
	};
}

const view = new DataView(new ArrayBuffer(8));

function bitsOf(bits: number, value: number): bigint {
	if (bits === 64) {
		view.setFloat64(0, value);
		return view.getBigUint64(0);
	}
	view.setFloat32(0, value);
	const single = view.getUint32(0);
	if (bits === 32) return BigInt(single);
	const [sign, exponent, fraction] = [single >>> 31, (single >>> 23) & 0xff, single & 0x7fffff];
	const halfExponent = exponent === 0xff ? 0x1f : exponent === 0 ? 0 : exponent - 112;
	return BigInt((sign << 15) | (halfExponent << 10) | (fraction >>> 13));
}

function single(bits: bigint): number {
	view.setUint32(0, Number(bits));
	return view.getFloat32(0);
}

function double(bits: bigint): number {
	view.setBigUint64(0, bits);
	return view.getFloat64(0);
}

function half(bits: bigint): number {
	const word = Number(bits);
	const [exponent, fraction] = [(word >>> 10) & 0x1f, word & 0x3ff];
	const size =
		exponent === 0x1f
			? fraction === 0
				? Infinity
				: Number.NaN
			: exponent === 0
				? fraction / 2 ** 24
				: (1 + fraction / 1024) * 2 ** (exponent - 15);
	return word >>> 15 === 1 ? -size : size;
}

function byteOrder(a: Uint8Array, b: Uint8Array): number {
	return Buffer.compare(a, b);
}

const PIECES = ["", "a", "b", "\0", "z", "ü", "水", "🌊", "\uffff", "user-", "user-0000", "https://example.com/"];

const texts: fc.Arbitrary<string> = fc
	.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 4, unit: "grapheme" })), { maxLength: 4 })
	.map((pieces) => pieces.join(""));

const binaries: fc.Arbitrary<Uint8Array> = fc
	.array(fc.constantFrom([], [0], [0, 0], [1], [0xff], [0xff, 0xff], [7, 7, 7, 7, 7, 7, 7, 7]), { maxLength: 4 })
	.map((pieces) => Uint8Array.from(pieces.flat()));

const encoder = new TextEncoder();
const utf8 = (values: readonly (string | null)[]) =>
	values.map((value) => (value === null ? null : encoder.encode(value)));

function textKind(name: string, data: KeyKind<string>["data"]): KeyKind<string> {
	return {
		name,
		values: texts,
		data,
		compare: (a, b) => byteOrder(encoder.encode(a), encoder.encode(b)),
		lookups: (value) => [value, encoder.encode(value)],
	};
}

function binaryKind(
	name: string,
	values: fc.Arbitrary<Uint8Array>,
	data: KeyKind<Uint8Array>["data"],
): KeyKind<Uint8Array> {
	return { name, values, data, compare: byteOrder, lookups: (value) => [value] };
}

function fixedBinary(width: number): KeyKind<Uint8Array> {
	const type = new arrow.FixedSizeBinary(width);
	const values = fc.array(fc.constantFrom(0, 1, 255), { minLength: width, maxLength: width });
	return binaryKind(
		`fixed-size binary of ${width}`,
		values.map((bytes) => Uint8Array.from(bytes)),
		(rows) =>
			fixedData(type, width, rows, (to, at, value) => {
				for (const [i, byte] of value.entries()) to.setUint8(at + i, byte);
			}),
	);
}

function decimalWords(value: bigint, bits: number): Uint32Array {
	return Uint32Array.from({ length: bits / 32 }, (_, word) => Number((value >> BigInt(32 * word)) & 0xffffffffn));
}

/** Fields one after the other. */
function intervalKind(name: string, unit: arrow.IntervalUnit, widths: readonly number[]): KeyKind<readonly bigint[]> {
	const type = new arrow.Interval(unit);
	const bytes = widths.reduce((sum, width) => sum + width, 0) / 8;
	return {
		name,
		values: fc.tuple(...widths.map((width) => integers(width, true))),
		data: (values) =>
			fixedData(type, bytes, values, (to, at, fields) => {
				let offset = at;
				fields.forEach((field, i) => {
					writeInteger(widths[i] as number)(to, offset, field);
					offset += (widths[i] as number) / 8;
				});
			}),
		compare: (a, b) => a.map((field, i) => bigOrder(field, b[i] as bigint)).find((order) => order !== 0) ?? 0,
		lookups(fields) {
			if (fields.length === 1) return [Number(fields[0]), fields[0]];
			const words = fields.flatMap((field, i) =>
				widths[i] === 64 ? [BigInt.asIntN(32, field), field >> 32n] : [field],
			);
			return [Int32Array.from(words, Number)];
		},
	};
}

/** The same values behind a dictionary. */
function inDictionary<Value>(kind: KeyKind<Value>, type: arrow.DataType): KeyKind<Value> {
	const dictionary = new arrow.Dictionary(type, new arrow.Int32());
	return {
		...kind,
		name: `dictionary of ${kind.name}`,
		data: (values) => dictionaryData(dictionary, values, (a, b) => kind.compare(a, b) === 0, kind.data),
	};
}

const { TimeUnit, DateUnit, IntervalUnit } = arrow;
const DAY_MS = 86_400_000n;

const int64 = integerKind("int64", new arrow.Int64(), 64, bigFirst);
const utf8Kind = textKind("utf8", (values) => bytesData(new arrow.Utf8(), utf8(values)));
const float32 = floatKind("float32", new arrow.Float32(), 32, single);

const kinds = [
	{
		name: "bool",
		values: fc.boolean(),
		data: boolData,
		compare: (a, b) => Number(a) - Number(b),
		lookups: (value) => [value],
	} satisfies KeyKind<boolean>,
	...[8, 16, 32].flatMap((bits) => [
		integerKind(`int${bits}`, new arrow.Int(true, bits as 8), bits, numberFirst),
		integerKind(`uint${bits}`, new arrow.Int(false as true, bits as 8), bits, numberFirst, false),
	]),
	int64,
	integerKind("uint64", new arrow.Uint64(), 64, bigFirst, false),
	floatKind("float16", new arrow.Float16(), 16, half),
	float32,
	floatKind("float64", new arrow.Float64(), 64, double),
	...[32, 64].map((bits) => integerKind(`decimal${bits}`, new arrow.Decimal(2, 9, bits), bits, (value) => [value])),
	...[128, 256].map((bits) =>
		integerKind(`decimal${bits}`, new arrow.Decimal(2, 38, bits), bits, (value) => [value, decimalWords(value, bits)]),
	),
	integerKind(
		"date of days",
		new arrow.Date_(DateUnit.DAY),
		32,
		withDate((days) => days * DAY_MS, numberFirst),
	),
	integerKind(
		"date of milliseconds",
		new arrow.Date_(DateUnit.MILLISECOND),
		64,
		withDate((ms) => ms, bigFirst),
	),
	integerKind("time of seconds", new arrow.TimeSecond(), 32, numberFirst),
	integerKind("time of milliseconds", new arrow.TimeMillisecond(), 32, numberFirst),
	integerKind("time of microseconds", new arrow.TimeMicrosecond(), 64, bigFirst),
	integerKind("time of nanoseconds", new arrow.TimeNanosecond(), 64, bigFirst),
	...[TimeUnit.SECOND, TimeUnit.MILLISECOND, TimeUnit.MICROSECOND, TimeUnit.NANOSECOND].flatMap((unit) => [
		integerKind(
			`timestamp of unit ${unit}`,
			new arrow.Timestamp(unit, "UTC"),
			64,
			withDate((ticks) => (unit === 0 ? ticks * 1000n : exactly(ticks, 1000n ** BigInt(unit - 1))), bigFirst),
		),
		integerKind(`duration of unit ${unit}`, new arrow.Duration(unit), 64, bigFirst),
	]),
	intervalKind("interval of months", IntervalUnit.YEAR_MONTH, [32]),
	intervalKind("interval of days and milliseconds", IntervalUnit.DAY_TIME, [32, 32]),
	intervalKind("interval of months, days and nanoseconds", IntervalUnit.MONTH_DAY_NANO, [32, 32, 64]),
	utf8Kind,
	textKind("large utf8", (values) => bytesData(new arrow.LargeUtf8(), utf8(values))),
	textKind("utf8 view", (values) => viewData(new arrow.Utf8View(), utf8(values))),
	binaryKind("binary", binaries, (values) => bytesData(new arrow.Binary(), values)),
	binaryKind("large binary", binaries, (values) => bytesData(new arrow.LargeBinary(), values)),
	binaryKind("binary view", binaries, (values) => viewData(new arrow.BinaryView(), values)),
	fixedBinary(1),
	fixedBinary(7),
	fixedBinary(8),
	fixedBinary(16),
	inDictionary(int64, new arrow.Int64()),
	inDictionary(utf8Kind, new arrow.Utf8()),
	inDictionary(float32, new arrow.Float32()),
];

/** One of each type that an index takes, but for columns of nulls alone. */
export const KEY_KINDS: readonly KeyKind[] = kinds as unknown as readonly KeyKind[];
