import * as arrow from "apache-arrow";
import * as other from "apache-arrow-18";
import { describe, expect, it } from "vitest";
import { codec, columnValues, encodedBytes } from "./sample-entries.ts";

const utf8 = new other.Utf8();
const columns: Record<string, other.Vector> = {
	bool: other.vectorFromArray([true, null, false, true], new other.Bool()),
	int: other.vectorFromArray([1, null, 3, 4], new other.Int32()),
	long: other.vectorFromArray([1n, null, 3n, 4n], new other.Int64()),
	float: other.vectorFromArray([1.5, null, 3, 4], new other.Float64()),
	text: other.vectorFromArray(["a", null, "c", "d"], utf8),
	large: other.vectorFromArray(["a", null, "c", "d"], new other.LargeUtf8()),
	dictionary: other.vectorFromArray(["a", null, "a", "b"], new other.Dictionary(utf8, new other.Int32())),
	time: other.vectorFromArray([1, null, 3, 4], new other.TimestampMillisecond("UTC")),
	list: other.vectorFromArray([["a"], null, [], ["b", null]], new other.List(new other.Field("item", utf8, true))),
	struct: other.vectorFromArray(
		[{ x: 1 }, null, { x: null }, { x: 4 }],
		new other.Struct<other.TypeMap>([new other.Field("x", new other.Int32(), true)]),
	),
};

function otherBatch(): other.RecordBatch {
	const fields = Object.entries(columns).map(([name, vector]) => new other.Field(name, vector.type, true));
	const children = Object.values(columns).map((vector) => vector.data[0] as other.Data);
	const type = new other.Struct<other.TypeMap>(fields);
	const schema = new other.Schema<other.TypeMap>(fields, new Map([["copy", "18"]]));
	return new other.RecordBatch(schema, other.makeData({ type, length: 4, nullCount: 0, children }));
}

describe("batches made by another copy of apache-arrow", () => {
	it.each([
		["whole", 0],
		["sliced", 1],
	])("are written as if they were of this one, %s", (_, begin) => {
		const batch = otherBatch();
		const read = codec.decode(encodedBytes([batch.slice(begin) as unknown as arrow.RecordBatch]));
		// The other copy's own writer fails on slices of LargeUtf8.
		const stream = new other.RecordBatchStreamWriter();
		stream.write(batch);
		const expected = [...arrow.RecordBatchReader.from(stream.finish().toUint8Array(true))];
		expect(read.batches.map(columnValues)).toEqual(expected.map((whole) => columnValues(whole.slice(begin))));
		expect(read.schema.fields.map(String)).toEqual(batch.schema.fields.map(String));
		expect(read.schema.metadata).toEqual(new Map([["copy", "18"]]));
		expect(read.batches[0]).toBeInstanceOf(arrow.RecordBatch);
	});

	it("go into one entry with batches of this copy", () => {
		const ours = codec.decode(encodedBytes([otherBatch() as unknown as arrow.RecordBatch])).batches;
		const theirs = otherBatch().slice(2) as unknown as arrow.RecordBatch;
		const read = codec.decode(encodedBytes([...ours, theirs]));
		expect(read.rows).toBe(6);
	});
});
