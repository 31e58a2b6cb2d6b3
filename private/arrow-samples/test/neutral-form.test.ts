import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { type Json, neutralEntry } from "../src/index.ts";

function neutralValues(type: arrow.DataType, values: readonly unknown[]): readonly Json[] | undefined {
	const table = new arrow.Table({ column: arrow.vectorFromArray(values, type) });
	return neutralEntry(table.schema, table.batches).batches[0]?.[0];
}

describe("the neutral form", () => {
	it.each([
		[new arrow.Int8(), [-1, null, 7], ["-1", null, "7"]],
		[new arrow.Uint64(), [2n ** 64n - 1n], ["18446744073709551615"]],
		[new arrow.Float32(), [1.5, -0], ["3fc00000", "80000000"]],
		[new arrow.Utf8(), ["log", null, ""], ["log", null, ""]],
		[new arrow.Binary(), [Uint8Array.of(0, 255)], ["00ff"]],
		[new arrow.Bool(), [true, null, false], [true, null, false]],
		[new arrow.List(new arrow.Field("item", new arrow.Int32())), [[1, 2], [], null], [["1", "2"], [], null]],
		[new arrow.Struct([new arrow.Field("a", new arrow.Utf8(), true)]), [{ a: "x" }, { a: null }], [["x"], [null]]],
		[new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()), ["a", "b", "a", null], ["a", "b", "a", null]],
	])("says of %s what apache-arrow was given", (type, values, expected) => {
		expect(neutralValues(type, values)).toEqual(expected);
	});

	it("tells a NaN from another, and 0 from -0", () => {
		const nans = new arrow.Vector([arrow.makeData({ type: new arrow.Float64(), data: new Float64Array(2) })]);
		const bits = new BigUint64Array(nans.data[0]?.values.buffer as ArrayBuffer);
		bits.set([0x7ff8000000000000n, 0x7ff8000000000001n]);
		const { schema, batches } = new arrow.Table({ nans });
		expect(neutralEntry(schema, batches).batches[0]?.[0]).toEqual(["7ff8000000000000", "7ff8000000000001"]);
		expect(neutralValues(new arrow.Float64(), [0, -0])).toEqual(["0000000000000000", "8000000000000000"]);
	});

	it("refuses a value that lies outside its buffers, and text that is no UTF-8", () => {
		const column = (data: arrow.Data) => {
			const { schema, batches } = new arrow.Table({ column: new arrow.Vector([data]) });
			return () => neutralEntry(schema, batches);
		};
		const utf8 = { type: new arrow.Utf8(), data: Uint8Array.of(97, 255) };
		expect(column(arrow.makeData({ ...utf8, valueOffsets: Int32Array.of(0, 3) }))).toThrow(RangeError);
		expect(column(arrow.makeData({ ...utf8, valueOffsets: Int32Array.of(0, 2) }))).toThrow(TypeError);
		const wrongIndex = { type: new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()), data: Int8Array.of(5) };
		const dictionary = arrow.vectorFromArray(["only"], new arrow.Utf8());
		expect(column(arrow.makeData({ ...wrongIndex, dictionary }))).toThrow(RangeError);
	});

	it("ends where the budget does", () => {
		const { schema, batches } = arrow.tableFromArrays({ id: new Int32Array(100) });
		expect(neutralEntry(schema, batches, { left: 7 }).batches[0]?.[0]).toHaveLength(7);
	});
});
