import { type DataType, Field, Int32, Int64, type RecordBatch, Schema, Table, Utf8 } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { batchOfRows, IndexDouble } from "./test-flusher.ts";
import { batchOf, failureOf, idsOf, TestLog } from "./test-log.ts";
import { batchFrom, Gate, gatedStore, openWriter, recordingWrites, visibleIds } from "./test-writer.ts";

describe("a put", () => {
	it("of ten rows is one batch, and one of five batches is five", async () => {
		const log = new TestLog();
		const writer = await openWriter(log);
		expect(await log.clock.run(writer.put([batchOfRows(10)]))).toMatchObject({
			batchPositions: { start: 0, end: 1 },
			rows: 10,
		});
		expect(await log.clock.run(writer.put([1, 2, 3, 4, 5].map(() => batchOfRows(10))))).toMatchObject({
			batchPositions: { start: 1, end: 6 },
			rows: 50,
		});
		expect(await visibleIds(writer)).toHaveLength(60);
		expect(writer.stats().puts).toMatchObject({ count: 2, rows: 60 });
		await log.clock.run(writer.close());
	});

	it("that nobody waits for is numbered at once, and visible when it is durable", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const writer = await openWriter(log, { store });
		gate.shut();
		const first = writer.putNoWait([batchOf(1), batchOf(2)]);
		const second = writer.putNoWait([batchOf(3)]);
		expect([first, second].map(({ batchPositions }) => batchPositions)).toEqual([
			{ start: 0, end: 2 },
			{ start: 2, end: 3 },
		]);
		await log.clock.advance(1);
		expect([await visibleIds(writer), writer.stats().durableBatches]).toEqual([[], 0]);
		gate.open();
		const ack = await log.clock.run(second.durable);
		expect(ack).toMatchObject({ batchPositions: second.batchPositions, entryPosition: 1n });
		expect([await visibleIds(writer), writer.stats().durableBatches]).toEqual([[1, 2, 3], 3]);
		await log.clock.run(writer.close());
	});

	it("waits for one request and for no timer, so that no ticker has to be configured", async () => {
		const log = new TestLog();
		const writer = await openWriter(log);
		const { entryPosition } = await writer.put([batchOf(1)]);
		expect([entryPosition, log.clock.now()]).toEqual([1n, 1_000_000]);
		await log.clock.run(writer.close());
	});

	it("says how long it waited for its entry, how long the request took and how large the entry is", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const writer = await openWriter(log, { store, indexes: () => new IndexDouble({ column: "id" }) });
		gate.shut();
		const first = writer.put([batchOf(1)]);
		await log.clock.advance(30);
		const second = writer.put([batchOf(2, 3)]);
		await log.clock.advance(12);
		gate.open();
		expect(await log.clock.run(first)).toMatchObject({
			attempts: 1,
			timings: { queuedMs: 0, appendMs: 42, indexMs: 3 },
		});
		const ack = await log.clock.run(second);
		expect(ack).toMatchObject({ attempts: 1, timings: { queuedMs: 12, appendMs: 0, indexMs: 6 } });
		const entry = await (await log.tailer()).readEntry(2n);
		expect(entry?.bytes).toBe(ack.bytes);
		expect(writer.stats()).toMatchObject({
			entries: { count: 2, appendMs: 42 },
			index: { rows: 3, durationMs: 9 },
			nextEntryPosition: 3n,
		});
		await log.clock.run(writer.close());
	});

	it("may be of another copy of the schema: values count, labels do not", async () => {
		const log = new TestLog();
		const schema = new Schema([new Field("id", new Int32(), false, new Map([["unit", "m"]]))], new Map([["a", "b"]]));
		const writer = await openWriter(log, { schema });
		await log.clock.run(writer.put([batchOf(1)]));
		for await (const batch of writer.scan()) expect(batch.schema).toEqual(schema);
		const entry = await (await log.tailer()).readEntry(1n);
		expect(entry?.schema.metadata).toEqual(new Map([["a", "b"]]));
		expect(entry?.schema.fields[0]).toMatchObject({ nullable: false, metadata: new Map([["unit", "m"]]) });
		await log.clock.run(writer.close());
	});
});

describe("a put with deferred durability", () => {
	it("can be read at once, by a scan and through the index", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const writer = await openWriter(log, {
			store,
			durability: "deferred",
			indexes: () => new IndexDouble({ column: "id" }),
		});
		gate.shut();
		const ack = await writer.put([batchOf(5, 6)]);
		expect(ack).toMatchObject({
			batchPositions: { start: 0, end: 1 },
			attempts: 0,
			bytes: 0,
			entryPosition: undefined,
		});
		expect(await visibleIds(writer)).toEqual([5, 6]);
		expect(idsOf(await writer.get("id", 6))).toEqual([6]);
		expect(await log.ids()).toEqual([]);
		gate.open();
		await log.clock.run(writer.close());
		expect(await log.ids()).toEqual([[5, 6]]);
	});

	it("waits for its index, and not for the log", async () => {
		const log = new TestLog();
		const index = new Gate();
		index.shut();
		const writer = await openWriter(log, {
			durability: "deferred",
			indexes: () => new IndexDouble({ column: "id", beforeBatch: () => index.passed() }),
		});
		let acknowledged = false;
		const put = writer.put([batchOf(1)]).then(() => {
			acknowledged = true;
		});
		await log.clock.advance(1_000);
		expect([acknowledged, await visibleIds(writer)]).toEqual([false, []]);
		index.open();
		await log.clock.run(put);
		expect(await visibleIds(writer)).toEqual([1]);
		await log.clock.run(writer.close());
	});
});

const WIDE = new Schema([
	new Field("a", new Int32(), true),
	new Field("b", new Int32(), true),
	new Field("name", new Utf8(), false),
]);

function wideBatch(schema: Schema, names: readonly (string | null)[] = ["x"]): RecordBatch {
	const numbers = names.map((_, row) => row);
	return batchFrom(schema, { a: numbers, b: numbers, name: names });
}

function reordered(...names: string[]): Schema {
	return new Schema(names.map((name) => WIDE.fields.find((field) => field.name === name) as Field));
}

function withB(type: DataType): Schema {
	return new Schema([WIDE.fields[0] as Field, new Field("b", type, true), WIDE.fields[2] as Field]);
}

const withoutText = new Schema(WIDE.fields.slice(0, 2));
const good = wideBatch(WIDE);

describe("a put that may not be", () => {
	it.each<[string, unknown, string | typeof TypeError, RegExp]>([
		["nothing", undefined, TypeError, /array of record batches/],
		["null", null, TypeError, /array of record batches/],
		["a Table", new Table([good]), TypeError, /array of record batches/],
		["a batch without its array", good, TypeError, /array of record batches/],
		[
			"an array of a Table",
			[new Table([good])],
			TypeError,
			/batch 0 is no Arrow record batch; of a Table, pass `table.batches`/,
		],
		["rows as objects", [good, { a: 1 }], TypeError, /batch 1 is no Arrow record batch/],
		["a hole", [good, undefined], TypeError, /batch 1 is no Arrow record batch/],
		["an empty list", [], "WAL_INVALID", /empty batch list/],
		["a batch without rows", [good, wideBatch(WIDE, [])], "WAL_INVALID", /batch 1 is empty/],
		["swapped columns of one type", [wideBatch(reordered("b", "a", "name"))], "WAL_INVALID", /"b" in place of "a"/],
		["a column too few", [wideBatch(withoutText)], "WAL_INVALID", /batch 0 lacks field "name"/],
		["a column too many", [wideBatch(reordered("a", "b", "name", "a"))], "WAL_INVALID", /field "a" in addition/],
		[
			"a wider column",
			[good, batchFrom(withB(new Int64()), { a: [1], b: [1n], name: ["x"] })],
			"WAL_INVALID",
			/batch 1 has type Int64 in place of Int32/,
		],
		[
			"another type of column",
			[batchFrom(withB(new Utf8()), { a: [1], b: ["1"], name: ["x"] })],
			"WAL_INVALID",
			/Utf8 in place of Int32/,
		],
		[
			"a null where none may be",
			[good, wideBatch(WIDE, ["x", null])],
			"WAL_INVALID",
			/batch 1 has nulls in column "name"/,
		],
	])("of %s is refused before anything is written", async (_, batches, code, message) => {
		const log = new TestLog();
		const { store, writes } = recordingWrites(log.store);
		const writer = await openWriter(log, { store, schema: WIDE });
		writes.length = 0;
		const attempts = [
			() => writer.put(batches as RecordBatch[]),
			async () => void writer.putNoWait(batches as RecordBatch[]),
		];
		for (const attempt of attempts) {
			const failure = await failureOf(attempt());
			if (code === TypeError) expect(failure).toBeInstanceOf(TypeError);
			else expect(failure).toMatchObject({ code, outcome: "not-written" });
			expect((failure as Error).message).toMatch(message);
		}
		await log.clock.advance(60_000);
		expect(writes).toEqual([]);
		expect(writer.stats()).toMatchObject({ puts: { count: 0, rows: 0 }, waitingBytes: 0, stopped: undefined });

		const ack = await log.clock.run(writer.put([good]));
		expect(ack).toMatchObject({ batchPositions: { start: 0, end: 1 }, entryPosition: 1n });
		await log.clock.run(writer.close());
	});

	it.each([
		["rows", { maxMemtableRows: 8 }, (size: number) => [batchOfRows(size - 1), batchOf(1)], "maxMemtableRows=8"],
		["batches", { maxMemtableBatches: 8 }, batches, "maxMemtableBatches=8"],
		["bytes", { maxMemtableBytes: 32 }, (size: number) => [batchOfRows(size)], "maxMemtableBytes=32"],
	])("of too many %s names the limit, and one that just fits is written", async (_, limits, make, limit) => {
		const log = new TestLog();
		const { store, writes } = recordingWrites(log.store);
		const writer = await openWriter(log, { store, limits });
		writes.length = 0;
		const failure = await failureOf(writer.put(make(9)));
		expect(failure).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		expect((failure as Error).message).toContain(limit);
		expect(() => writer.putNoWait(make(9))).toThrow(limit);
		expect(writes).toEqual([]);
		expect(await log.clock.run(writer.put(make(8)))).toMatchObject({ entryPosition: 1n, rows: 8 });
		await log.clock.run(writer.close());
	});

	it("is not begun when its signal has aborted already", async () => {
		const log = new TestLog();
		const { store, writes } = recordingWrites(log.store);
		const writer = await openWriter(log, { store });
		writes.length = 0;
		const reason = new Error("too late");
		const failure = await failureOf(writer.put([batchOf(1)], { signal: AbortSignal.abort(reason) }));
		expect(failure).toMatchObject({ code: "WAL_ABORTED", outcome: "not-written", cause: reason });
		await log.clock.advance(60_000);
		expect([writes, writer.stats().puts.count]).toEqual([[], 0]);
		await log.clock.run(writer.close());
	});
});

function batches(count: number): RecordBatch[] {
	return Array.from({ length: count }, (_, id) => batchOf(id));
}
