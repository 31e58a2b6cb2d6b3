import * as arrow from "apache-arrow";
import * as other from "apache-arrow-18";
import { describe, expect, it } from "vitest";
import { idsOf, TestLog } from "./test-log.ts";
import { openWriter, SinkDouble } from "./test-writer.ts";

const utf8 = new other.Utf8();
const columns = {
	id: other.vectorFromArray([1, 2, 3, 4], new other.Int32()),
	name: other.vectorFromArray(["a", "b", null, "a"], new other.Dictionary(utf8, new other.Int32())),
	place: other.vectorFromArray(
		[{ x: 1 }, null, { x: null }, { x: 4 }],
		new other.Struct<other.TypeMap>([new other.Field("x", new other.Int32(), true)]),
	),
	tags: other.vectorFromArray([["a"], null, [], ["b", null]], new other.List(new other.Field("item", utf8, true))),
};

function otherBatch(metadata = new Map<string, string>()): arrow.RecordBatch {
	const fields = Object.entries(columns).map(([name, { type }]) => new other.Field(name, type, true, metadata));
	const children = Object.values(columns).map((vector): other.Data => vector.data[0] as other.Data);
	const type = new other.Struct<other.TypeMap>(fields);
	const data = other.makeData({ type, length: 4, nullCount: 0, children });
	return new other.RecordBatch(new other.Schema<other.TypeMap>(fields), data) as unknown as arrow.RecordBatch;
}

const rowsOf = (batches: readonly arrow.RecordBatch[]) => JSON.stringify(batches.flatMap((batch) => batch.toArray()));
const expected = rowsOf([otherBatch()]);

describe("a writer whose schema is of another copy of apache-arrow", () => {
	it("writes batches of that copy, reads them back, and replays them", async () => {
		const log = new TestLog();
		const { schema } = otherBatch();
		const first = await openWriter(log, { schema });
		await log.clock.run(first.put([otherBatch()]));
		const read = async (writer: typeof first) => {
			const batches: arrow.RecordBatch[] = [];
			for await (const batch of writer.scan()) batches.push(batch);
			expect(idsOf(await writer.get("name", "a"))).toEqual([1, 4]);
			return batches;
		};
		expect(rowsOf(await read(first))).toBe(expected);

		const sink = new SinkDouble();
		const second = await openWriter(log, { schema, sink });
		const replayed = await read(second);
		expect(rowsOf(replayed)).toBe(expected);
		for (const batch of replayed) {
			expect(batch).toBeInstanceOf(arrow.RecordBatch);
			for (const { type } of batch.schema.fields) expect(type).toBeInstanceOf(arrow.DataType);
		}
		await log.clock.run(second.close({ sink: "all" }));
		expect(rowsOf(sink.sunk.flatMap(({ entries }) => entries.flatMap(({ batches }) => batches)))).toBe(expected);
	});

	it("takes batches that are labelled otherwise, and those of this copy", async () => {
		const log = new TestLog();
		const { schema } = otherBatch();
		const writer = await openWriter(log, { schema });
		await log.clock.run(writer.put([otherBatch(new Map([["unit", "m"]])).slice(1)]));
		const entry = await (await log.tailer()).readEntry(1n);
		await log.clock.run(writer.put(entry?.batches ?? []));
		const batches: arrow.RecordBatch[] = [];
		for await (const batch of writer.scan({ columns: ["place", "id"] })) batches.push(batch);
		const half = JSON.stringify([
			{ place: null, id: 2 },
			{ place: { x: null }, id: 3 },
			{ place: { x: 4 }, id: 4 },
		]);
		expect(batches.map((batch) => rowsOf([batch]))).toEqual([half, half]);
		await log.clock.run(writer.close());
	});
});
