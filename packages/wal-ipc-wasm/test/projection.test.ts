import * as arrow from "apache-arrow";
import { expect, it } from "vitest";
import { batchOf, codec, columnValues, encodedBytes } from "./sample-entries.ts";

const int32 = new arrow.Int32();
const utf8 = new arrow.Utf8();
const names = ["id", "name", "id"];
const bytes = encodedBytes([
	batchOf(
		names.map((name) => new arrow.Field(name, name === "id" ? int32 : utf8, true, new Map([["of", name]]))),
		[
			arrow.vectorFromArray([1, 2], int32),
			arrow.vectorFromArray(["a", "b"], utf8),
			arrow.vectorFromArray([3, 4], int32),
		],
	),
]);

it("columns come in the order in which they are asked for", () => {
	const read = codec.decode(bytes, { columns: ["name", "id"] });
	expect(read.schema.fields.map((field) => field.name)).toEqual(["name", "id", "id"]);
	expect(read.batches.map(columnValues)).toEqual([
		[
			["a", "b"],
			[1, 2],
			[3, 4],
		],
	]);
	expect(read.batches[0]?.schema).toBe(read.schema);
	expect(read.schema.fields[0]?.metadata).toEqual(new Map([["of", "name"]]));
});

it("no columns still have rows", () => {
	const read = codec.decode(bytes, { columns: [] });
	expect([read.rows, read.batches[0]?.numRows, read.schema.fields]).toEqual([2, 2, []]);
});

it("an unknown column is refused, and the known ones are named", () => {
	expect(() => codec.decode(bytes, { columns: ["nme"] })).toThrow(
		expect.objectContaining({ code: "WAL_INVALID", message: expect.stringContaining('"id", "name", "id"') }),
	);
});

it("dictionary-encoded columns survive a projection", () => {
	const type = new arrow.Dictionary(utf8, int32);
	const fields = [new arrow.Field("a", int32, true), new arrow.Field("b", type, true)];
	const batch = batchOf(fields, [arrow.vectorFromArray([1], int32), arrow.vectorFromArray(["x"], type)]);
	expect(codec.decode(encodedBytes([batch]), { columns: ["b"] }).batches.map(columnValues)).toEqual([[["x"]]]);
});
