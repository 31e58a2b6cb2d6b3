import { Field, Int32, Schema } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { WalOnlyState } from "../src/wal-only-state.ts";
import { batchOfRows, flusherOn, IndexDouble, isPending, sourceOf, storeOf, visibleIds } from "./test-flusher.ts";
import { batchOf, intercept, TestLog } from "./test-log.ts";

const isEntry = (key: string) => key.endsWith(".arrow");
const nothing = { entry: undefined, attempts: 0, bytes: 0, appendMs: 0, indexMs: 0, perIndexMs: {}, rowsIndexed: 0 };

describe("a tracked batch", () => {
	it("is not durable before a flush has written it", async () => {
		const flusher = await flusherOn(new TestLog());
		const watcher = flusher.trackBatch(0);
		expect([watcher.isDurable, watcher.target, flusher.durable]).toEqual([false, 1, 0]);
		for (const position of [-1, 0.5, Number.NaN]) expect(() => flusher.trackBatch(position)).toThrow(RangeError);
	});

	it("is waited for until the flush that writes it", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const watcher = flusher.trackBatch(0);
		const waited = watcher.wait();
		expect(await isPending(waited, log, 100)).toBe(true);
		await flusher.flush(sourceOf(storeOf([batchOfRows(10)])), 1);
		await waited;
		expect(watcher.isDurable).toBe(true);
	});
});

describe("a flush", () => {
	it("writes all that is pending as one entry, and every batch of it is durable", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const store = storeOf([batchOfRows(10), batchOfRows(5)]);
		const watchers = [flusher.trackBatch(0), flusher.trackBatch(1)];
		expect(watchers.map(({ isDurable }) => isDurable)).toEqual([false, false]);
		expect(store.pendingFlushRange(flusher.durable)).toEqual({ start: 0, end: 2 });

		const { entry, attempts, bytes } = await flusher.flush(sourceOf(store), store.length);
		expect(entry).toEqual({ entryPosition: 1n, writerEpoch: 1n, batches: 2 });
		expect(attempts).toBe(1);
		expect(bytes).toBeGreaterThan(0);
		expect(store.pendingFlushCount(flusher.durable)).toBe(0);
		await Promise.all(watchers.map((watcher) => watcher.wait()));
		expect(watchers.map(({ isDurable }) => isDurable)).toEqual([true, true]);
		expect((await log.ids()).map(({ length }) => length)).toEqual([15]);
	});

	it("makes rows visible where there is no index", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const store = storeOf([batchOf(1), batchOf(2), batchOf(3)]);
		const indexes = new IndexDouble();
		expect(visibleIds(flusher, store, indexes)).toEqual([]);
		await log.clock.run(flusher.flush(sourceOf(store, indexes), store.length));
		expect([flusher.durable, indexes.indexed]).toEqual([3, 3]);
		expect(visibleIds(flusher, store, indexes)).toEqual([1, 2, 3]);
	});

	it("makes rows visible where there is an index, and found in it", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const store = storeOf([batchOf(7, 8), batchOf(7), batchOf(9)]);
		const indexes = new IndexDouble({ column: "id" });
		await log.clock.run(flusher.flush(sourceOf(store, indexes), 2));
		expect(visibleIds(flusher, store, indexes)).toEqual([7, 8, 7]);
		const rowEnd = store.rowEnd(Math.min(indexes.indexed, store.localEnd(flusher.durable)));
		expect(indexes.get("id", 7, rowEnd)).toEqual([0, 2]);
		expect(indexes.get("id", 9, rowEnd)).toEqual([]);
	});

	it("appends and indexes at the same time, the request first, and each moves its own cursor", async () => {
		const log = new TestLog();
		const order: string[] = [];
		const indexes = new IndexDouble({
			beforeBatch: (batchPosition) => {
				order.push(`index ${batchPosition}`);
				return log.clock.sleep(100);
			},
		});
		const store = storeOf([batchOf(1), batchOf(2), batchOf(3)]);
		const logStore = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (isEntry(key)) {
					order.push("request");
					await log.clock.sleep(20);
					order.push("written");
				}
				return proceed();
			},
		});
		const flusher = await flusherOn(log, logStore);
		const flushed = flusher.flush(sourceOf(store, indexes), store.length);
		expect(await isPending(flushed, log, 50)).toBe(true);
		expect(order).toEqual(["request", "index 0", "written"]);
		expect([flusher.durable, indexes.indexed]).toEqual([3, 0]);
		expect(visibleIds(flusher, store, indexes)).toEqual([]);

		await log.clock.run(flushed);
		expect([flusher.durable, indexes.indexed]).toEqual([3, 3]);
		expect(visibleIds(flusher, store, indexes)).toEqual([1, 2, 3]);
	});

	it("counts rows once: a second one finds nothing pending and indexes nothing", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const store = storeOf([batchOfRows(5), batchOfRows(5), batchOfRows(5)]);
		const indexes = new IndexDouble();
		const first = await log.clock.run(flusher.flush(sourceOf(store, indexes), store.length));
		expect([first.rowsIndexed, indexes.indexed]).toEqual([15, 3]);
		expect(await flusher.flush(sourceOf(store, indexes), store.length)).toEqual(nothing);
		expect([indexes.taken, (await log.ids()).length]).toEqual([[0, 1, 2], 1]);
	});

	it("tells where the time went, on the appender's clock, and its observer", async () => {
		const log = new TestLog();
		const logStore = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (isEntry(key)) await log.clock.sleep(20);
				return proceed();
			},
		});
		const flusher = await flusherOn(log, logStore);
		const store = storeOf([batchOf(1, 2)]);
		const result = await log.clock.run(flusher.flush(sourceOf(store, new IndexDouble({ column: "id" })), 1));
		expect(result).toMatchObject({ appendMs: 20, indexMs: 6, perIndexMs: { id_idx: 4 }, rowsIndexed: 2 });
		const { bytes } = result;
		expect(log.events.at(-1)).toEqual({
			type: "flush.done",
			shard: flusher.shardId,
			entryPosition: 1n,
			batches: 1,
			rows: 2,
			bytes,
			appendMs: 20,
			indexMs: 6,
			rowsIndexed: 2,
		});
	});

	it("writes the generation and the schema that its source has", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const schema = new Schema([new Field("id", new Int32(), true)], new Map([["source", "gate 3"]]));
		const store = storeOf([batchOf(1)]);
		await flusher.flush({ kind: "batch-store", store, generation: 7n, schema }, 1);
		const entry = await (await log.tailer()).readEntry(1n);
		expect(entry).toMatchObject({ generation: 7n, writerEpoch: 1n });
		expect(entry?.schema.metadata).toEqual(new Map([["source", "gate 3"]]));
	});

	it("leaves what is beyond its end for the next one, and refuses an end that is no position", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const store = storeOf([batchOf(1), batchOf(2), batchOf(3)]);
		expect(await flusher.flush(sourceOf(store), 0)).toEqual(nothing);
		await flusher.flush(sourceOf(store), 1);
		expect(await flusher.flush(sourceOf(store), 1)).toEqual(nothing);
		await expect(flusher.flush(sourceOf(store), -1)).rejects.toBeInstanceOf(RangeError);
		await expect(flusher.flush(sourceOf(store), 1.5)).rejects.toBeInstanceOf(RangeError);
		await flusher.flush(sourceOf(store), 3);
		expect(await log.ids()).toEqual([[1], [2, 3]]);
	});

	it("is told to whoever waits for the next one that writes an entry", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const store = storeOf([batchOf(1)]);
		const next = flusher.nextFlush();
		await flusher.flush(sourceOf(store), 0);
		expect(await isPending(next, log)).toBe(true);
		await flusher.flush(sourceOf(store), 1);
		await next;
		expect(await isPending(flusher.nextFlush(), log)).toBe(true);
	});
});

describe("two flushes that nobody waited for", () => {
	it("write and index the batches of a memtable once", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const store = storeOf([batchOf(1), batchOf(2)]);
		const indexes = new IndexDouble();
		const first = flusher.flush(sourceOf(store, indexes), 2);
		store.append(batchOf(3));
		const rest = [flusher.flush(sourceOf(store, indexes), 2), flusher.triggerFlush(sourceOf(store, indexes), 3)];
		const [one, two, three] = await log.clock.run(Promise.all([first, ...rest]));
		expect([one?.entry?.batches, two, three?.entry?.batches]).toEqual([2, nothing, 1]);
		expect(await log.ids()).toEqual([[1, 2], [3]]);
		expect(indexes.taken).toEqual([0, 1, 2]);
	});

	it("write the batches of a writer without memtables once, and never drop one that came later", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const state = new WalOnlyState();
		const source = { kind: "wal-only", state } as const;
		state.push([batchOf(1), batchOf(2)]);
		const first = flusher.flush(source, 2);
		const second = flusher.flush(source, 2);
		state.push([batchOf(3)]);
		expect([await first, await second]).toMatchObject([{ entry: { batches: 2 } }, nothing]);
		expect(state.batchCount).toBe(1);
		await flusher.flush(source, state.nextBatchPosition);
		expect(await log.ids()).toEqual([[1, 2], [3]]);
	});
});

describe("a writer without memtables", () => {
	it("moves the watermark and tells whoever waits for a flush", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const state = new WalOnlyState();
		const { end } = state.push([batchOf(1), batchOf(2)]);
		const waited = Promise.all([flusher.trackBatch(end - 1).wait(), flusher.nextFlush()]);
		const result = await flusher.flush({ kind: "wal-only", state }, end);
		await waited;
		expect(result).toMatchObject({ entry: { entryPosition: 1n, batches: 2 }, rowsIndexed: 0, indexMs: 0 });
		expect([flusher.durable, state.batchCount]).toEqual([2, 0]);
	});

	it("has nothing pending behind a waiter's back: whoever is woken sees the queue without the batch", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const state = new WalOnlyState();
		state.push([batchOf(1)]);
		const seen = flusher
			.trackBatch(0)
			.wait()
			.then(() => state.batchCount);
		await flusher.flush({ kind: "wal-only", state }, 1);
		expect(await seen).toBe(0);
	});

	it("flushes up to where it is told, by the positions of its life", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const state = new WalOnlyState();
		state.push([1, 2, 3, 4].map((id) => batchOf(id)));
		for (const end of [1, 3, 3, 4]) await flusher.flush({ kind: "wal-only", state }, end);
		expect(await log.ids()).toEqual([[1], [2, 3], [4]]);
		expect(flusher.durable).toBe(4);
	});
});

describe("cursors", () => {
	it("count all batches of a writer, and go on from one memtable to the next", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const first = storeOf([batchOf(1), batchOf(2), batchOf(3)]);
		await flusher.flush(sourceOf(first), 3);
		const second = storeOf([batchOf(4)], first.globalEnd);
		const watcher = flusher.trackBatch(second.globalOffset);
		expect([watcher.isDurable, second.localEnd(flusher.durable)]).toEqual([false, 0]);

		await flusher.flush(sourceOf(second), 1);
		expect([watcher.isDurable, flusher.durable]).toEqual([true, 4]);
		expect([first, second].map((store) => store.localEnd(flusher.durable))).toEqual([3, 1]);
		expect(await flusher.flush(sourceOf(first), 3)).toEqual(nothing);
		expect(flusher.durable).toBe(4);
	});

	it("begin behind what was replayed, which is not appended again and indexed where it is not yet", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log, undefined, { durable: 2 });
		const store = storeOf([batchOf(1), batchOf(2), batchOf(3)]);
		const indexes = new IndexDouble();
		expect(await flusher.flush(sourceOf(store, indexes), 2)).toEqual(nothing);
		const result = await log.clock.run(flusher.flush(sourceOf(store, indexes), 3));
		expect(result).toMatchObject({ entry: { batches: 1 }, rowsIndexed: 3 });
		expect([await log.ids(), indexes.taken, flusher.durable]).toEqual([[[3]], [0, 1, 2], 3]);
	});

	it("leave out of the indexes what they have already, as where durability is deferred", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const store = storeOf([batchOf(1), batchOf(2)]);
		const indexes = new IndexDouble();
		await indexes.insertBatches([...store]);
		expect(await flusher.flush(sourceOf(store, indexes), 2)).toMatchObject({ entry: { batches: 2 }, rowsIndexed: 0 });
	});
});

it("a flusher says whose it is", async () => {
	const log = new TestLog();
	const flusher = await flusherOn(log);
	const { appender } = flusher;
	expect([flusher.shardId, flusher.writerEpoch, flusher.nextEntryPosition]).toEqual([appender.shardId, 1n, 1n]);
	await flusher.flush(sourceOf(storeOf([batchOf(1)])), 1);
	expect(await log.keys()).toContain(flusher.entryKey(1n));
	expect(flusher.nextEntryPosition).toBe(2n);
	for (const durable of [-1, 0.5]) {
		await expect(flusherOn(log, undefined, { durable })).rejects.toBeInstanceOf(RangeError);
	}
});
