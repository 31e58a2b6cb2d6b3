import { Field, Int32, type RecordBatch, Schema, Utf8 } from "apache-arrow";
import { describe, expect, it } from "vitest";
import type { ShardWriter } from "../src/shard-writer.ts";
import { IndexDouble } from "./test-flusher.ts";
import { batchOf, failureOf, idsOf, TestLog } from "./test-log.ts";
import { batchFrom, Gate, gatedStore, openWriter, SinkDouble, visibleIds } from "./test-writer.ts";

const schema = new Schema([
	new Field("id", new Int32(), true),
	new Field("name", new Utf8(), true),
	new Field("size", new Int32(), true),
]);

/** Rows whose names are the letters of a word, numbered from `first` on. */
function letters(word: string, first: number): RecordBatch {
	const ids = Array.from(word, (_, index) => first + index);
	return batchFrom(schema, { id: ids, name: [...word].map((letter) => (letter === "-" ? null : letter)), size: ids });
}

/** Two memtables, of two batches and of one. */
async function writerOf(log: TestLog, options = {}): Promise<ShardWriter> {
	const writer = await openWriter(log, { schema, limits: { maxMemtableBatches: 2 }, ...options });
	await log.clock.run(writer.put([letters("aab-", 0), letters("abaa", 4)]));
	await log.clock.run(writer.put([letters("ab--a", 8)]));
	expect(writer.stats().memtables.count).toBe(2);
	return writer;
}

const idsByBatch = (batches: readonly RecordBatch[]) => batches.map((batch) => idsOf([batch]));

describe("get", () => {
	it("gives neighbours of one batch as one slice, batch by batch and memtable by memtable", async () => {
		const log = new TestLog();
		const writer = await writerOf(log);
		expect(idsByBatch(await writer.get("name", "a"))).toEqual([[0, 1], [4], [6, 7], [8], [12]]);
		expect(idsByBatch(await writer.get("name", null))).toEqual([[3], [10, 11]]);
		expect(await writer.get("name", "z")).toEqual([]);
		await log.clock.run(writer.close());
	});

	it("gives the same by an index as by looking at every row", async () => {
		const log = new TestLog();
		const writer = await writerOf(log, { indexes: () => new IndexDouble({ column: "id" }) });
		for (let id = 0; id < 13; id++) {
			expect(idsByBatch(await writer.get("id", id))).toEqual([[id]]);
			expect(idsByBatch(await writer.get("size", id))).toEqual([[id]]);
		}
		expect(await writer.get("id", 13)).toEqual([]);
		await log.clock.run(writer.close());
	});

	it("gives only the columns that are asked for, in that order", async () => {
		const log = new TestLog();
		const writer = await writerOf(log);
		const [batch] = await writer.get("name", "b", { columns: ["size", "id"] });
		expect(batch?.schema.names).toEqual(["size", "id"]);
		expect([batch?.numRows, batch?.numCols, batch?.get(0)?.toJSON()]).toEqual([1, 2, { size: 2, id: 2 }]);
		const none = await failureOf(writer.get("name", "b", { columns: [] }));
		expect(none).toMatchObject({ code: "WAL_INVALID", message: expect.stringContaining("no column was named") });
		await log.clock.run(writer.close());
	});

	it("refuses a value that no row can have, and a column that is not there, naming those that are", async () => {
		const log = new TestLog();
		const writer = await writerOf(log);
		expect(await failureOf(writer.get("id", "1"))).toBeInstanceOf(TypeError);
		const unknown = [
			writer.get("weight", 1),
			writer.get("id", 1, { columns: ["id", "weight"] }),
			(async () => writer.scan({ columns: ["weight"] }))(),
		];
		for (const failure of await Promise.all(unknown.map(failureOf))) {
			expect(failure).toMatchObject({ code: "WAL_INVALID" });
			expect((failure as Error).message).toBe('there is no column "weight"; the columns are id, name, size');
		}
		await log.clock.run(writer.close());
	});
});

describe("range", () => {
	it("gives rows by value in each memtable, through the index and within the bounds", async () => {
		const log = new TestLog();
		const writer = await writerOf(log, { indexes: () => new IndexDouble({ column: "id" }) });
		expect(idsByBatch(await writer.range("id", { gte: 2, lt: 10 }))).toEqual([
			[2, 3],
			[4, 5, 6, 7],
			[8, 9],
		]);
		const [batch] = await writer.range("id", { lt: 1 }, { columns: ["name"] });
		expect(batch?.get(0)?.toJSON()).toEqual({ name: "a" });
		await log.clock.run(writer.close());
	});

	it("says that it takes an index where there is none", async () => {
		const log = new TestLog();
		const writer = await writerOf(log, { indexes: () => new IndexDouble({ column: "id" }) });
		const failure = await failureOf(writer.range("size", { gte: 2 }));
		expect(failure).toMatchObject({ code: "WAL_UNSUPPORTED", message: expect.stringContaining('"size"') });
		await log.clock.run(writer.close());
	});
});

describe("scan", () => {
	it("gives batch after batch as they were put, or only some of their columns", async () => {
		const log = new TestLog();
		const writer = await writerOf(log);
		const whole: RecordBatch[] = [];
		for await (const batch of writer.scan()) whole.push(batch);
		expect(whole.map(({ numRows, numCols }) => [numRows, numCols])).toEqual([
			[4, 3],
			[4, 3],
			[5, 3],
		]);
		for await (const batch of writer.scan({ columns: ["name"] })) expect(batch.schema.names).toEqual(["name"]);
		await log.clock.run(writer.close());
	});

	it("sees what was there when it was called, whatever is put, full or sunk meanwhile", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const gate = new Gate();
		gate.shut();
		sink.before = () => gate.passed();
		const writer = await openWriter(log, { sink, limits: { maxMemtableBatches: 2 } });
		for (const id of [1, 2, 3]) await log.clock.run(writer.put([batchOf(id)]));
		const scanned = writer.scan();
		gate.open();
		const ids = idsOf([(await scanned.next()).value as RecordBatch]);
		for (const id of [4, 5, 6, 7]) await log.clock.run(writer.put([batchOf(id)]));
		await log.clock.run(writer.flush());
		await log.clock.advance(1);
		expect([sink.ids, await visibleIds(writer)]).toEqual([
			[
				[1, 2],
				[3, 4],
				[5, 6],
			],
			[7],
		]);
		await log.clock.run(writer.close());
		for await (const batch of scanned) ids.push(...idsOf([batch]));
		expect(ids).toEqual([1, 2, 3]);
	});
});

describe("what is visible", () => {
	it("is never more than what is in the log, also where the index is ahead of it", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const made: IndexDouble[] = [];
		const indexes = () => {
			made.push(new IndexDouble({ column: "id" }));
			return made.at(-1) as IndexDouble;
		};
		const writer = await openWriter(log, { store, indexes });
		await log.clock.run(writer.put([batchOf(1)]));
		gate.shut();
		const put = writer.put([batchOf(1), batchOf(2)]);
		await log.clock.advance(1);
		expect(made.at(-1)?.indexed).toBe(3);
		expect([await visibleIds(writer), idsOf(await writer.get("id", 1)), await writer.get("id", 2)]).toEqual([
			[1],
			[1],
			[],
		]);
		expect(idsOf(await writer.range("id", { gte: 0 }))).toEqual([1]);
		gate.open();
		await log.clock.run(put);
		expect([await visibleIds(writer), idsOf(await writer.get("id", 1))]).toEqual([
			[1, 1, 2],
			[1, 1],
		]);
		await log.clock.run(writer.close());
	});

	it("is never more than what is indexed, and never a part of a put", async () => {
		const log = new TestLog();
		const index = new Gate();
		const held = new Set<number>();
		const indexes = () =>
			new IndexDouble({
				column: "id",
				beforeBatch: async (position) => void (held.has(position) && (await index.passed())),
			});
		const writer = await openWriter(log, { indexes });
		index.shut();
		held.add(2);
		const puts = [writer.put([batchOf(1)]), writer.put([batchOf(2), batchOf(3)])];
		await log.clock.advance(10);
		expect([await log.ids(), await visibleIds(writer)]).toEqual([[[1, 2, 3]], [1]]);
		index.open();
		await log.clock.run(Promise.all(puts));
		expect(await visibleIds(writer)).toEqual([1, 2, 3]);
		await log.clock.run(writer.close());
	});
});
