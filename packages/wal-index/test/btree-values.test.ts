import { BTreeIndex } from "@memwal/wal-index";
import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { dictionaryData, fixedData } from "./arrow-data.ts";
import { float64, indexOf, int32, int64, uint32, utf8 } from "./columns.ts";

function bigColumn(type: arrow.DataType, values: readonly bigint[]): arrow.Data {
	return fixedData(type, 8, values, (view, at, value) => view.setBigInt64(at, value, true));
}

const { TimeUnit } = arrow;

describe("what is looked up", () => {
	const bytes = Uint8Array.of(1);
	it.each([
		["int32", int32([1]), ["1", true, 1.5, Number.NaN, Infinity, 2 ** 53, {}, undefined, new Date(1), bytes]],
		["int64", int64([1]), ["1", false, 0.1, 2 ** 53, new Date(1)]],
		["float64", float64([1]), ["1", 1n, true, new Date(1)]],
		["text", utf8(["a"]), [1, 1n, true, ["a"], new Date(1), "half \ud800"]],
		[
			"binary",
			fixedData(new arrow.FixedSizeBinary(1), 1, [1], (view, at, value) => view.setUint8(at, value)),
			["a", 1, [1]],
		],
		["bool", indexOf, [0, 1, "true"]],
		["timestamp", bigColumn(new arrow.TimestampMillisecond(), [1n]), ["1970-01-01", 0.5, new Date(Number.NaN)]],
		["duration", bigColumn(new arrow.DurationSecond(), [1n]), ["1s", new Date(1)]],
		["decimal128", fixedData(new arrow.Decimal(2, 38, 128), 16, [], () => undefined), [1, "1.00", Uint32Array.of(1)]],
	] as [string, arrow.Data, unknown[]][])(
		"in a column of %s is a TypeError where it is of another type",
		(name, data, wrong) => {
			const column = name === "bool" ? arrow.vectorFromArray([true]).data[0] : data;
			const index = indexOf(column as arrow.Data);
			for (const value of wrong) {
				expect(() => index.get(value)).toThrow(TypeError);
				expect(() => index.in([value])).toThrow(TypeError);
				expect(() => index.newestVisible(value, 1)).toThrow(TypeError);
				if (value === undefined) continue;
				for (const bound of ["gt", "gte", "lt", "lte"]) {
					expect(() => index.range({ [bound]: value })).toThrow(TypeError);
					expect(() => index.entries({ [bound]: value })).toThrow(TypeError);
				}
			}
			expect(index.size).toBe(column?.length);
		},
	);

	it("names the column, its type, and what it should have been", () => {
		expect(() => indexOf(int32([1])).get("x")).toThrow(
			'column "c" (int32) is looked up by a whole number or bigint, not by string "x"',
		);
	});

	it("is judged before there are rows where the type is known", () => {
		const index = new BTreeIndex({ column: "c", type: new arrow.Int32() });
		expect(index.get(1)).toEqual([]);
		expect(() => index.get("x")).toThrow(TypeError);
		expect(() => index.range({ gte: "x" })).toThrow(TypeError);
	});

	it("begins text or bytes, or is a TypeError", () => {
		expect(() => indexOf(int32([1])).prefix("1")).toThrow(TypeError);
		expect(() => indexOf(utf8(["a"])).prefix(1 as never)).toThrow(TypeError);
		const decimals = fixedData(new arrow.Decimal(2, 38, 128), 16, [1n], (view, at, value) =>
			view.setBigInt64(at, value, true),
		);
		expect(() => indexOf(decimals).prefix("1")).toThrow(TypeError);
	});
});

describe("bounds", () => {
	const index = indexOf(int32([1, 2, 3]));

	it("that exclude each other are a TypeError", () => {
		expect(() => index.range({ gt: 1, gte: 1 })).toThrow('"gt" or "gte", not both');
		expect(() => index.range({ lt: 1, lte: 1 })).toThrow(TypeError);
	});

	it("with a name that is none are a TypeError, and no open end", () => {
		expect(() => index.range({ from: 1 } as never)).toThrow('no "from"');
		expect(() => index.entries({ reverse: true } as never)).toThrow(TypeError);
	});

	it("that are undefined leave the end open, as absent ones do", () => {
		expect(index.range({ gte: undefined, lt: 3 })).toEqual([0, 1]);
	});
});

describe("options", () => {
	it("that are no counts are a RangeError", () => {
		const index = indexOf(int32([1]));
		for (const rowEnd of [-1, 0.5, Number.NaN]) {
			expect(() => index.get(1, { rowEnd })).toThrow(RangeError);
			expect(() => index.newestVisible(1, rowEnd)).toThrow(RangeError);
			expect(() => index.snapshot({ rowEnd })).toThrow(RangeError);
			expect(() => index.entries({ rowEnd })).toThrow(RangeError);
			expect(() => index.range({}, { limit: rowEnd })).toThrow(RangeError);
		}
	});
});

describe("a number that a column cannot have", () => {
	it("is in no row, and lies where numbers lie", () => {
		const index = indexOf(fixedData(new arrow.Int8(), 1, [-128, 0, 127], (view, at, value) => view.setInt8(at, value)));
		expect([index.get(128), index.get(-129n), index.newestVisible(10n ** 30n, 3)]).toEqual([[], [], undefined]);
		expect(index.in([127, 128, 1000])).toEqual([2]);
		expect([index.range({ lte: 300 }), index.range({ lt: 128 }), index.range({ gt: 127 })]).toEqual([
			[0, 1, 2],
			[0, 1, 2],
			[],
		]);
		expect([index.range({ gte: 128 }), index.range({ gt: 1000n })]).toEqual([[], []]);
		expect([index.range({ gte: -129 }), index.range({ gt: -1000 }), index.range({ lt: -128 })]).toEqual([
			[0, 1, 2],
			[0, 1, 2],
			[],
		]);
		expect([index.range({ lte: -129 }), index.range({ gt: -200, lt: 200 })]).toEqual([[], [0, 1, 2]]);
	});

	it("is negative for an unsigned one", () => {
		const index = indexOf(uint32([0, 2 ** 32 - 1]));
		expect([index.get(-1), index.range({ gte: -1 }), index.range({ lt: 0 }), index.range({ lte: 2 ** 32 })]).toEqual([
			[],
			[0, 1],
			[],
			[0, 1],
		]);
		const wide = indexOf(bigColumn(new arrow.Uint64(), [0n, -1n]));
		expect([wide.get(2n ** 64n - 1n), wide.range({ gte: 2n ** 64n }), wide.range({ lte: 2n ** 64n })]).toEqual([
			[1],
			[],
			[0, 1],
		]);
	});

	it("lies between two floats of fewer bits", () => {
		const values = [Math.fround(0.1), -0, 0, 3.4028234663852886e38];
		const index = indexOf(
			fixedData(new arrow.Float32(), 4, values, (view, at, value) => view.setFloat32(at, value, true)),
		);
		expect([index.get(0.1), index.get(Math.fround(0.1)), index.get(1e-60)]).toEqual([[], [0], []]);
		expect([index.range({ gt: 0.1 }), index.range({ gte: 0.1, lt: 0.2 }), index.range({ lt: 0.1 })]).toEqual([
			[0, 3],
			[0],
			[1, 2],
		]);
		expect([index.range({ gt: -1e-60, lt: 1e-60 }), index.range({ gt: 3.5e38 }), index.range({ lt: 1e300 })]).toEqual([
			[1, 2],
			[],
			[1, 2, 0, 3],
		]);
	});

	it("lies between two floats of 16 bits", () => {
		// -0, 0, the least above 0, 1, 65504, infinity
		const bits = [0x8000, 0, 1, 0x3c00, 0x7bff, 0x7c00];
		const index = indexOf(
			fixedData(new arrow.Float16(), 2, bits, (view, at, value) => view.setUint16(at, value, true)),
		);
		expect([index.get(1), index.get(1.0001), index.get(65504), index.get(-0)]).toEqual([[3], [], [4], [0]]);
		expect([index.range({ gt: 65504 }), index.range({ gt: 1e9 }), index.range({ gt: 1e9, lt: Infinity })]).toEqual([
			[5],
			[5],
			[],
		]);
		expect([index.range({ gte: 1e-9, lte: 1 }), index.range({ gt: -1e-9, lt: 1e-9 })]).toEqual([
			[2, 3],
			[0, 1],
		]);
	});

	it("is a decimal of any size", () => {
		const index = indexOf(
			fixedData(new arrow.Decimal(0, 38, 128), 16, [5n], (view, at, value) => view.setBigInt64(at, value, true)),
		);
		const huge = 10n ** 200n;
		expect([index.get(huge), index.range({ lt: huge }), index.range({ gt: -huge }), index.range({ gt: huge })]).toEqual(
			[[], [0], [0], []],
		);
	});
});

describe("a Date", () => {
	const ms = Date.UTC(2024, 1, 29, 12, 30, 15, 250);
	it.each([
		["seconds", TimeUnit.SECOND, 1n, 1000n],
		["milliseconds", TimeUnit.MILLISECOND, 1n, 1n],
		["microseconds", TimeUnit.MICROSECOND, 1000n, 1n],
		["nanoseconds", TimeUnit.NANOSECOND, 1_000_000n, 1n],
	] as const)("is an instant in a column of %s", (_, unit, times, per) => {
		const whole = BigInt(ms - 250);
		const index = indexOf(bigColumn(new arrow.Timestamp(unit), [(whole * times) / per]));
		expect(index.get(new Date(Number(whole)))).toEqual([0]);
		expect(index.get((whole * times) / per)).toEqual([0]);
		expect(index.get(new Date(ms))).toEqual([]);
		expect([index.range({ lt: new Date(ms) }), index.range({ gte: new Date(ms) })]).toEqual([[0], []]);
		expect(index.range({ gte: new Date(ms - 250), lte: new Date(ms - 250) })).toEqual([0]);
	});

	it("lies between two days, also before 1970", () => {
		const days = fixedData(new arrow.DateDay(), 4, [-1, 0], (view, at, value) => view.setInt32(at, value, true));
		const index = indexOf(days);
		expect([index.get(new Date(0)), index.get(new Date(-86_400_000)), index.get(-1)]).toEqual([[1], [0], [0]]);
		expect([index.get(new Date(-1)), index.range({ lt: new Date(-1) }), index.range({ gt: new Date(-1) })]).toEqual([
			[],
			[0],
			[1],
		]);
	});
});

describe("a dictionary", () => {
	const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32());
	const column = (values: readonly (string | null)[]) => dictionaryData(type, values, (a, b) => a === b, utf8);

	it("is indexed by its values, whatever their places in it", () => {
		const index = indexOf(column(["b", "a", null, null]), column(["a", "c", "b"]), utf8(["a"]));
		expect([index.get("a"), index.get("b"), index.isNull()]).toEqual([
			[1, 4, 7],
			[0, 6],
			[2, 3],
		]);
		expect(index.prefix("b")).toEqual([0, 6]);
	});

	it("that lacks a value ends the index, and shows none of the batch's rows", () => {
		const index = indexOf(utf8(["x"]));
		const bad = column(["a", "b"]);
		const broken = bad.clone(type, bad.offset, 2, 0, [undefined, Int32Array.of(0, 7), undefined] as never);
		expect(() => index.insert(broken, 1)).toThrow("refers to value 7 of a dictionary");
		expect(() => index.insert(utf8(["y"]), 1)).toThrow("refers to value 7 of a dictionary");
		expect([index.size, index.get("a"), index.get("x")]).toEqual([1, [], [0]]);
	});
});

describe("a type", () => {
	const list = new arrow.List(new arrow.Field("item", new arrow.Int32()));
	it.each([
		list,
		new arrow.Struct([new arrow.Field("a", new arrow.Int32())]),
		new arrow.FixedSizeList(2, new arrow.Field("item", new arrow.Int32())),
		new arrow.Dictionary(list, new arrow.Int32()),
		new arrow.SparseUnion([0], [new arrow.Field("a", new arrow.Int32())]),
	])("without an order is refused by name: %s", (type) => {
		expect(() => new BTreeIndex({ column: "tags", type })).toThrow(
			expect.objectContaining({
				code: "WAL_UNSUPPORTED",
				message: expect.stringContaining(`column "tags" has the type ${type}`),
			}),
		);
	});

	it("is that of a column: anything else is a TypeError", () => {
		const index = new BTreeIndex({ column: "c" });
		for (const wrong of [[1, 2], undefined, Int32Array.of(1), {}]) {
			expect(() => index.insert(wrong as never, 0)).toThrow("must be a Vector or a Data of apache-arrow");
		}
		expect(index.size).toBe(0);
	});

	it("cannot change from batch to batch", () => {
		const index = indexOf(int32([1]));
		expect(() => index.insert(int64([1]), 1)).toThrow(expect.objectContaining({ code: "WAL_INVALID" }));
		expect(() => index.insert(int64([1]), 1)).toThrow("has int64 values, and its index is one of int32");
		index.insert(int32([2]), 1);
		expect(index.size).toBe(2);
	});

	it("of nulls alone has rows, and no values", () => {
		const index = indexOf(
			new arrow.Vector([arrow.makeData({ type: new arrow.Null(), length: 3 })]).data[0] as arrow.Data,
		);
		expect([index.size, index.isNull(), index.range({})]).toEqual([3, [0, 1, 2], []]);
		expect(() => index.get(1)).toThrow(TypeError);
	});
});
