import { Field, Int32, Schema } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { batchOf, failureOf, intercept, TestLog } from "./test-log.ts";
import { batchFrom, gatedStore, isEntry, manifestOf, openWriter, recordingWrites, visibleIds } from "./test-writer.ts";

const mode = "wal-only";

describe("a writer without memtables", () => {
	it("writes what whoever opens the shard later reads", async () => {
		const log = new TestLog();
		const writer = await openWriter(log, { mode });
		const first = await log.clock.run(writer.put([batchOf(1, 2), batchOf(3)]));
		const second = await log.clock.run(writer.put([batchOf(4)]));
		expect([first, second]).toMatchObject([
			{ batchPositions: { start: 0, end: 2 }, entryPosition: 1n },
			{ batchPositions: { start: 2, end: 3 }, entryPosition: 2n },
		]);
		expect(writer.stats().nextEntryPosition).toBe(3n);
		await log.clock.run(writer.close());
		const reader = await openWriter(log);
		expect(await visibleIds(reader)).toEqual([1, 2, 3, 4]);
		await log.clock.run(reader.close());
	});

	it("has the object in the store when a put resolves", async () => {
		const log = new TestLog();
		const writer = await openWriter(log, { mode });
		await writer.put([batchOf(1)]);
		expect((await log.keys()).filter(isEntry)).toHaveLength(1);
		await log.clock.run(writer.close());
	});

	it("writes one entry for the puts that nobody waited for, at the latest when it is closed", async () => {
		const log = new TestLog();
		const limits = { lingerMs: 3_600_000 };
		const writer = await openWriter(log, { mode, durability: "deferred", limits });
		for (const id of [1, 2, 3]) {
			expect(await writer.put([batchOf(id)])).toMatchObject({
				batchPositions: { start: id - 1, end: id },
				attempts: 0,
			});
		}
		expect(await log.ids()).toEqual([]);
		await log.clock.run(writer.close());
		const entry = await (await log.tailer()).readEntry(1n);
		expect(entry?.batches).toHaveLength(3);
		expect([await log.ids(), writer.stats().nextEntryPosition]).toEqual([[[1, 2, 3]], 2n]);
	});

	it("begins an entry as soon as there is enough for one, again and again", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const limits = { lingerMs: 3_600_000, maxEntryBytes: 1 };
		const writer = await openWriter(log, { store, mode, durability: "deferred", limits });
		gate.shut();
		for (const id of [1, 2, 3]) await writer.put([batchOf(id)]);
		expect(writer.stats().waitingBytes).toBe(12);
		gate.open();
		await log.clock.advance(0);
		expect([await log.ids(), writer.stats().waitingBytes]).toEqual([[[1], [2], [3]], 0]);
		await log.clock.run(writer.close());
	});

	it("keeps nothing that could be read, and says so", async () => {
		const log = new TestLog();
		const writer = await openWriter(log, { mode });
		await log.clock.run(writer.put([batchOf(1)]));
		const asked = [writer.get("id", 1), writer.range("id", { gte: 0 }), (async () => writer.scan())()];
		for (const failure of await Promise.all(asked.map(failureOf))) {
			expect(failure).toMatchObject({ code: "WAL_UNSUPPORTED", message: expect.stringContaining("WAL-only mode") });
		}
		expect(writer.stats()).toMatchObject({ memtables: { count: 0, bytes: 0 }, sinking: 0, waitingBytes: 0 });
		expect(writer.stats()).toMatchObject({ puts: { count: 1, rows: 1, bytes: 4 }, entries: { count: 1 } });
		await log.clock.run(writer.close());
	});

	it("begins no generation and moves no replay cursor, also when it is asked to sink", async () => {
		const log = new TestLog();
		const writer = await openWriter(log, { mode, limits: { maxMemtableBatches: 1 } });
		for (const id of [1, 2, 3]) await log.clock.run(writer.put([batchOf(id)]));
		await log.clock.run(writer.close({ sink: "all" }));
		expect(await manifestOf(log)).toMatchObject({ currentGeneration: 1n, replayAfterEntryPosition: 0n });
		for await (const { generation } of (await log.tailer()).entries()) expect(generation).toBeUndefined();
	});

	it("is fenced like any other: puts at the same time all fail, and nothing of them is written", async () => {
		const log = new TestLog();
		const first = await openWriter(log, { mode });
		await log.clock.run(first.put([batchOf(1)]));
		const second = await openWriter(log, { mode });
		const failures = await log.clock.run(Promise.all([2, 3].map((id) => failureOf(first.put([batchOf(id)])))));
		for (const failure of failures) {
			expect(failure).toMatchObject({ code: "WAL_FENCED", outcome: "not-written" });
			expect((failure as Error).message).toMatch(/^Writer fenced/);
		}
		await log.clock.run(second.put([batchOf(4)]));
		expect(await log.ids()).toEqual([[1], [], [4]]);
		await log.clock.run(second.close());
	});

	it.each([
		["an empty list", [], "empty batch list"],
		["a batch without rows", [batchOf(1), batchOf()], "batch 1 is empty"],
		["a null that may not be", [batchFrom(nullable(), { id: [1, null] })], 'nulls in column "id"'],
	])("refuses %s, and writes nothing", async (_, batches, message) => {
		const log = new TestLog();
		const { store, writes } = recordingWrites(log.store);
		const schema = new Schema([new Field("id", new Int32(), false)]);
		const writer = await openWriter(log, { store, mode, schema });
		writes.length = 0;
		const failure = await failureOf(writer.put(batches));
		expect(failure).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		expect((failure as Error).message).toContain(message);
		await log.clock.run(writer.close());
		expect(writes).toEqual([]);
	});

	it("takes a larger put than its queue, alone, and counts what waits", async () => {
		const log = new TestLog();
		const requests: number[] = [];
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (isEntry(key)) requests.push(writer.stats().waitingBytes);
				return proceed();
			},
		});
		const writer = await openWriter(log, { store, mode, limits: { maxQueuedBytes: 4, maxEntryBytes: 4 } });
		await log.clock.run(writer.put([batchOf(1, 2, 3)]));
		await log.clock.run(writer.put([batchOf(4)]));
		expect([requests, writer.stats().waitingBytes]).toEqual([[12, 4], 0]);
		await log.clock.run(writer.close());
	});
});

function nullable(): Schema {
	return new Schema([new Field("id", new Int32(), true)]);
}
