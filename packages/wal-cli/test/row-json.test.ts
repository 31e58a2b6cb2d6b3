import {
	Binary,
	type Data,
	DateDay,
	DateMillisecond,
	Decimal,
	Dictionary,
	DurationNanosecond,
	Field,
	Float32,
	Float64,
	Int32,
	Int64,
	IntervalMonthDayNano,
	IntervalYearMonth,
	List,
	Map_,
	makeData,
	Null,
	RecordBatch,
	Schema,
	Struct,
	TimeMicrosecond,
	TimestampMillisecond,
	TimestampNanosecond,
	Uint64,
	Utf8,
	vectorFromArray,
} from "apache-arrow";
import { describe, expect, it } from "vitest";
import { jsonCells, jsonRows } from "../src/row-json.ts";

function cells(data: Data | undefined): string[] {
	if (!data) throw new Error("no data");
	const cell = jsonCells(data);
	return Array.from({ length: data.length }, (_, row) => cell(row));
}

describe("a value as JSON", () => {
	it("keeps every digit of 64-bit integers", () => {
		const signed = makeData({ type: new Int64(), data: BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n) });
		expect(cells(signed)).toEqual(["-9223372036854775808", "9007199254740993"]);
		const unsigned = makeData({ type: new Uint64(), data: BigUint64Array.of(2n ** 64n - 1n) });
		expect(cells(unsigned)).toEqual(["18446744073709551615"]);
		const nanoseconds = makeData({ type: new DurationNanosecond(), data: BigInt64Array.of(2n ** 60n) });
		expect(cells(nanoseconds)).toEqual(["1152921504606846976"]);
	});

	it("tells floats from integers, and has strings for what JSON lacks", () => {
		const data = makeData({ type: new Float64(), data: Float64Array.of(3, -0, 0.1, 1e21, Number.NaN, -Infinity) });
		expect(cells(data)).toEqual(["3.0", "-0.0", "0.1", "1e+21", '"NaN"', '"-Infinity"']);
		expect(cells(makeData({ type: new Float32(), data: Float32Array.of(0.5) }))).toEqual(["0.5"]);
	});

	it("shows timestamps with all digits of their unit, before 1970 too", () => {
		const ns = makeData({ type: new TimestampNanosecond("UTC"), data: BigInt64Array.of(1n, -1n) });
		expect(cells(ns)).toEqual(['"1970-01-01T00:00:00.000000001Z"', '"1969-12-31T23:59:59.999999999Z"']);
		const ms = makeData({ type: new TimestampMillisecond(), data: BigInt64Array.of(1_500n, 2n ** 62n) });
		expect(cells(ms)).toEqual(['"1970-01-01T00:00:01.500"', '"4611686018427387904 milliseconds"']);
	});

	it("shows dates and times", () => {
		expect(cells(makeData({ type: new DateDay(), data: Int32Array.of(-1, 11_688) }))).toEqual([
			'"1969-12-31"',
			'"2002-01-01"',
		]);
		const dates = makeData({ type: new DateMillisecond(), data: BigInt64Array.of(86_400_000n, 1n) as never });
		expect(cells(dates)).toEqual(['"1970-01-02"', '"1970-01-01T00:00:00.001"']);
		const times = makeData({ type: new TimeMicrosecond(), data: BigInt64Array.of(86_399_000_001n) });
		expect(cells(times)).toEqual(['"23:59:59.000001"']);
	});

	it("shows decimals exactly, as strings", () => {
		const data = makeData({
			type: new Decimal(3, 38, 128),
			data: Uint32Array.of(12_345, 0, 0, 0, 0xffff_fffb, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff),
		});
		expect(cells(data)).toEqual(['"12.345"', '"-0.005"']);
	});

	it("shows intervals by their parts", () => {
		const months = makeData({ type: new IntervalYearMonth(), data: Int32Array.of(14) });
		expect(cells(months)).toEqual(['{"months":14}']);
		const parts = makeData({ type: new IntervalMonthDayNano(), length: 1, data: Int32Array.of(1, 2, -1, -1) });
		expect(cells(parts)).toEqual(['{"months":1,"days":2,"nanoseconds":-1}']);
	});

	it("shows binary as base64, and nulls as null", () => {
		const bytes = vectorFromArray([Uint8Array.of(255, 0), null], new Binary());
		expect(cells(bytes.data[0])).toEqual(['"/wA="', "null"]);
		expect(cells(makeData({ type: new Null(), length: 1 }))).toEqual(["null"]);
	});

	it("shows lists, structs, maps and dictionaries", () => {
		const list = vectorFromArray([[1n, null], []], new List(new Field("item", new Int64())));
		expect(cells(list.data[0])).toEqual(["[1,null]", "[]"]);
		const struct = vectorFromArray([{ a: "x" }, null], new Struct([new Field("a", new Utf8(), true)]));
		expect(cells(struct.data[0])).toEqual(['{"a":"x"}', "null"]);
		const entries = new Struct<{ key: Utf8; value: Int32 }>([
			new Field("key", new Utf8()),
			new Field("value", new Int32(), true),
		]);
		const map = vectorFromArray([new Map([["k", 1]])], new Map_(new Field("entries", entries)));
		expect(cells(map.data[0])).toEqual(['[{"key":"k","value":1}]']);
		const words = vectorFromArray(["a", "b", "a", null], new Dictionary(new Utf8(), new Int32()));
		expect(cells(words.data[0])).toEqual(['"a"', '"b"', '"a"', "null"]);
	});

	it("is right within a slice", () => {
		const type = new Struct([new Field("a", new List(new Field("item", new Utf8(), true)), true)]);
		const { data } = vectorFromArray([{ a: ["x"] }, null, { a: null }, { a: ["y", "z"] }], type);
		expect(cells(data[0]?.slice(1, 3))).toEqual(["null", '{"a":null}', '{"a":["y","z"]}']);
	});
});

describe("a row as JSON", () => {
	it("is an object with the columns in their order", () => {
		const schema = new Schema([new Field('b"', new Utf8()), new Field("a", new Int32())]);
		const children = [vectorFromArray(["\x1b[2J"], new Utf8()), vectorFromArray([7], new Int32())].map(
			(vector) => vector.data[0] as Data,
		);
		const batch = new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: 1, children }));
		expect(jsonRows(batch)(0)).toBe('{"b\\"":"\\u001b[2J","a":7}');
	});
});
