import { isWalError, WalError } from "@memwal/wal-runtime";
import { Field, Int32, type RecordBatch, Schema } from "apache-arrow";
import { expect, it } from "vitest";
import type { FrozenMemtable } from "../src/memtable-sink.ts";
import type { OpenWriterOptions } from "../src/open-writer.ts";
import { ShardWriter } from "../src/shard-writer.ts";
import { batchOf, failureOf, idsOf, intercept, TestLog } from "./test-log.ts";

const schema = new Schema([new Field("id", new Int32(), true)]);

function openWriter(log: TestLog, options: Partial<OpenWriterOptions> = {}): Promise<ShardWriter> {
	return log.clock.run(ShardWriter.open({ ...log.options(options.store), schema, ...options }));
}

async function visibleIds(writer: ShardWriter): Promise<number[]> {
	const batches: RecordBatch[] = [];
	for await (const batch of writer.scan()) batches.push(batch);
	return idsOf(batches);
}

it("a put that resolved is in the log, and can be read", async () => {
	const log = new TestLog();
	const writer = await openWriter(log);
	const ack = await log.clock.run(writer.put([batchOf(1, 2), batchOf(3)]));
	expect(ack).toMatchObject({ batchPositions: { start: 0, end: 2 }, rows: 3, entryPosition: 1n, attempts: 1 });
	expect(ack.bytes).toBeGreaterThan(0);
	expect(await visibleIds(writer)).toEqual([1, 2, 3]);
	expect(await log.ids()).toEqual([[1, 2, 3]]);
	await log.clock.run(writer.close());
	expect(log.clock.pendingTimers).toBe(0);
});

it("puts of one turn share an entry, and a crowd stays one crowd", async () => {
	const log = new TestLog();
	const writer = await openWriter(log);
	const client = async (id: number) => {
		for (let round = 0; round < 3; round++) await writer.put([batchOf(id + round * 100)]);
	};
	await log.clock.run(Promise.all(Array.from({ length: 16 }, (_, id) => client(id))));
	expect((await log.ids()).map((ids) => ids.length)).toEqual([16, 16, 16]);
	await log.clock.run(writer.close());
});

it("a lone client waits for its request and for nothing else", async () => {
	const log = new TestLog();
	const writer = await openWriter(log);
	// The clock stands still: a timer, or a turn that the writer waited for, would never come.
	expect(await writer.put([batchOf(1)])).toMatchObject({ entryPosition: 1n });
	expect(await writer.put([batchOf(2)])).toMatchObject({ entryPosition: 2n });
	expect(log.clock.pendingTimers).toBe(0);
	await log.clock.run(writer.close());
});

it("an entry is bounded, and a put is never cut", async () => {
	const log = new TestLog();
	const writer = await openWriter(log, { limits: { maxEntryBytes: 8 } });
	const puts = [[1, 2], [3], [4], [5, 6, 7]].map((ids) => writer.put([batchOf(...ids)]));
	await log.clock.run(Promise.all(puts));
	expect(await log.ids()).toEqual([
		[1, 2],
		[3, 4],
		[5, 6, 7],
	]);
	await log.clock.run(writer.close());
});

it("a writer reads back what its predecessors acknowledged, and writes none of it again", async () => {
	const log = new TestLog();
	const first = await openWriter(log);
	await log.clock.run(first.put([batchOf(1)]));
	await log.clock.run(first.put([batchOf(2)]));
	const second = await openWriter(log);
	expect(await visibleIds(second)).toEqual([1, 2]);
	const ack = await log.clock.run(second.put([batchOf(3)]));
	expect(ack.batchPositions).toEqual({ start: 2, end: 3 });
	expect(await visibleIds(second)).toEqual([1, 2, 3]);
	expect(await log.ids()).toEqual([[1], [2], [], [3]]);
	await log.clock.run(second.close());
	const failure = await failureOf(log.clock.run(first.put([batchOf(9)])));
	expect(isWalError(failure, "WAL_FENCED")).toBe(true);
});

it("a signal takes a put out that waits for its entry, and leaves one that does not", async () => {
	const log = new TestLog();
	let land: () => void = () => undefined;
	const gate = new Promise<void>((resolve) => {
		land = resolve;
	});
	const slow = intercept(log.store, {
		putIfAbsent: async (key, proceed) => {
			if (key.includes("/wal/")) await gate;
			return proceed();
		},
	});
	const writer = await openWriter(log, { store: slow });
	const [onItsWay, waiting] = [new AbortController(), new AbortController()];
	const first = failureOf(writer.put([batchOf(1)], { signal: onItsWay.signal }));
	await log.clock.advance(1);
	const second = failureOf(writer.put([batchOf(2)], { signal: waiting.signal }));
	const third = writer.put([batchOf(3)]);
	onItsWay.abort();
	waiting.abort();
	expect(await first).toMatchObject({ code: "WAL_ABORTED", outcome: "unknown" });
	expect(await second).toMatchObject({ code: "WAL_ABORTED", outcome: "not-written" });
	land();
	expect(await log.clock.run(third)).toMatchObject({ batchPositions: { start: 1, end: 2 }, entryPosition: 2n });
	expect(await visibleIds(writer)).toEqual([1, 3]);
	await log.clock.run(writer.close());
});

it("an entry that fails ends the writer: every put says how far it got, and nothing can be read any more", async () => {
	const log = new TestLog();
	let away = false;
	const store = intercept(log.store, {
		putIfAbsent: async (key, proceed) => {
			if (!away || !key.includes("/wal/")) return proceed();
			throw new WalError("WAL_UNAVAILABLE", "the store is away", { outcome: "unknown" });
		},
	});
	const writer = await openWriter(log, { store, limits: { persistDeadlineMs: 1_000, maxEntryBytes: 4 } });
	await log.clock.run(writer.put([batchOf(1)]));
	away = true;
	const failures = [2, 3].map((id) => failureOf(writer.put([batchOf(id)])));
	const [inEntry, queued] = await log.clock.run(Promise.all(failures));
	expect(inEntry).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
	expect(queued).toMatchObject({ code: "WAL_TIMEOUT", outcome: "not-written" });
	expect(await failureOf(writer.put([batchOf(4)]))).toMatchObject({ code: "WAL_POISONED", outcome: "not-written" });
	expect(() => writer.scan()).toThrow(expect.objectContaining({ code: "WAL_POISONED" }));
	expect(writer.stats().stopped).toMatchObject({ code: "WAL_TIMEOUT" });
	away = false;
	expect(await failureOf(log.clock.run(writer.close()))).toMatchObject({ code: "WAL_TIMEOUT" });
	const next = await openWriter(log);
	expect(await visibleIds(next)).toEqual(expect.arrayContaining([1]));
	await log.clock.run(next.close());
});

it("full memtables go to the sink in order, and the replay cursor follows", async () => {
	const log = new TestLog();
	const sunk: FrozenMemtable[] = [];
	const sink = { write: async (memtable: FrozenMemtable) => void sunk.push(memtable) };
	const writer = await openWriter(log, { sink, limits: { maxMemtableBatches: 2 } });
	for (let id = 1; id <= 5; id++) await log.clock.run(writer.put([batchOf(id)]));
	await log.clock.run(writer.close());
	expect(
		sunk.map(({ generation, entries }) => [generation, entries.map(({ entryPosition }) => entryPosition)]),
	).toEqual([
		[1n, [1n, 2n]],
		[2n, [3n, 4n]],
	]);
	const next = await openWriter(log, { sink });
	expect(await visibleIds(next)).toEqual([5]);
	await log.clock.run(next.close({ sink: "all" }));
	expect(sunk.at(-1)?.entries.map(({ batches }) => idsOf(batches))).toEqual([[5]]);
	expect(sunk.at(-1)?.generation).toBe(3n);
});

it("a put with deferred durability can be read before it is in the log", async () => {
	const log = new TestLog();
	const writer = await openWriter(log, { durability: "deferred", limits: { lingerMs: 1_000 } });
	const ack = await writer.put([batchOf(1)]);
	expect(ack.entryPosition).toBeUndefined();
	expect(await visibleIds(writer)).toEqual([1]);
	expect(await log.ids()).toEqual([]);
	await writer.put([batchOf(2)]);
	await log.clock.run(writer.flush());
	expect(await log.ids()).toEqual([[1, 2]]);
	await log.clock.run(writer.close());
});

it("the mode wal-only writes and keeps nothing", async () => {
	const log = new TestLog();
	const writer = await openWriter(log, { mode: "wal-only" });
	await log.clock.run(writer.put([batchOf(1)]));
	const { batchPositions, durable } = writer.putNoWait([batchOf(2)]);
	expect(batchPositions).toEqual({ start: 1, end: 2 });
	expect(await log.clock.run(durable)).toMatchObject({ entryPosition: 2n });
	expect(() => writer.scan()).toThrow(/WAL-only mode/);
	expect(writer.stats().memtables).toEqual({ count: 0, bytes: 0 });
	await log.clock.run(writer.close());
	expect(await failureOf(writer.put([batchOf(3)]))).toMatchObject({ code: "WAL_CLOSED" });
});

it("abort ends it without another request", async () => {
	const log = new TestLog();
	const writer = await openWriter(log);
	const failure = failureOf(writer.put([batchOf(1)]));
	await writer.abort();
	await writer.abort();
	expect(await failure).toMatchObject({ code: "WAL_CLOSED", outcome: "not-written" });
	expect(await log.ids()).toEqual([]);
	expect(await failureOf(writer.flush())).toMatchObject({ code: "WAL_CLOSED" });
});
