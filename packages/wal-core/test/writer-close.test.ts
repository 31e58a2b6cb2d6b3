import { getEventListeners } from "node:events";
import { abortedError, WalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import { describe, expect, it } from "vitest";
import { IndexDouble, isPending } from "./test-flusher.ts";
import { batchOf, failureOf, intercept, TestLog } from "./test-log.ts";
import {
	Gate,
	gatedStore,
	isEntry,
	manifestOf,
	openWriter,
	recordingWrites,
	SinkDouble,
	unreachable,
	visibleIds,
} from "./test-writer.ts";

/** A store that never answers whoever writes an entry: only the signal ends the wait. */
function silent(log: TestLog): ObjectStore {
	const store = intercept(log.store, {});
	return {
		...store,
		putIfAbsent: (key, body, options) => {
			if (!isEntry(key)) return store.putIfAbsent(key, body, options);
			return new Promise((_, reject) => {
				const { signal } = options ?? {};
				signal?.addEventListener("abort", () => reject(abortedError(signal, "unknown")), { once: true });
			});
		},
	};
}

describe("close", () => {
	it("leaves the rows in use to the log, and sinks them only where it is asked to", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const first = await openWriter(log, { sink });
		for (let id = 0; id < 50; id++) await log.clock.run(first.put([batchOf(id)]));
		await log.clock.run(first.close());
		expect([sink.offered, (await manifestOf(log)).currentGeneration]).toEqual([[], 1n]);
		const second = await openWriter(log, { sink });
		expect(await visibleIds(second)).toHaveLength(50);
		await log.clock.run(second.close({ sink: "all" }));
		expect([sink.ids[0]?.length, await manifestOf(log)]).toMatchObject([
			50,
			{ currentGeneration: 2n, replayAfterEntryPosition: 50n },
		]);
		const third = await openWriter(log, { sink });
		expect(await visibleIds(third)).toEqual([]);
		await log.clock.run(third.close({ sink: "all" }));
		expect(sink.sunk).toHaveLength(1);
	});

	it("waits for the puts that were called before, and takes none any more", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const writer = await openWriter(log, { store });
		gate.shut();
		const before = [1, 2].map((id) => writer.put([batchOf(id)]));
		await log.clock.advance(1);
		before.push(writer.put([batchOf(3)]));
		const closed = writer.close();
		expect(await failureOf(writer.put([batchOf(4)]))).toMatchObject({ code: "WAL_CLOSED", outcome: "not-written" });
		expect(() => writer.putNoWait([batchOf(5)])).toThrow(expect.objectContaining({ code: "WAL_CLOSED" }));
		expect(() => writer.scan()).toThrow(expect.objectContaining({ code: "WAL_CLOSED" }));
		expect(await isPending(closed, log, 60_000)).toBe(true);
		gate.open();
		await log.clock.run(closed);
		expect(await Promise.all(before)).toMatchObject([{ rows: 1 }, { rows: 1 }, { rows: 1 }]);
		expect(await log.ids()).toEqual([[1, 2], [3]]);
		expect(writer.stats()).toMatchObject({ puts: { count: 3 }, durableBatches: 3, stopped: undefined });
	});

	it("does not linger", async () => {
		const log = new TestLog();
		const writer = await openWriter(log, { limits: { lingerMs: 60_000 } });
		const put = writer.put([batchOf(1)]);
		await log.clock.run(writer.close());
		expect([await put, log.clock.now()]).toMatchObject([{ entryPosition: 1n }, 1_000_000]);
	});

	it("is done by `await using`, once, and leaves no timer and no listener behind", async () => {
		const log = new TestLog();
		const { signal } = new AbortController();
		const writer = await openWriter(log, { sink: new SinkDouble(), limits: { maxMemtableBatches: 3 }, signal });
		for (let id = 0; id < 10; id++) await log.clock.run(writer.put([batchOf(id)], { signal }));
		const waiting = Array.from({ length: 20 }, (_, id) => writer.put([batchOf(id)], { signal }));
		expect(getEventListeners(signal, "abort").length).toBeGreaterThan(0);
		const closed = writer[Symbol.asyncDispose]();
		expect(writer.close()).toBe(writer.close());
		await log.clock.run(closed);
		await Promise.all(waiting);
		await writer.close();
		expect([log.clock.pendingTimers, getEventListeners(signal, "abort")]).toEqual([0, []]);
	});

	it.each(["memtable", "wal-only"] as const)(
		"says that the last entry could not be written, in the mode %s",
		async (mode) => {
			const log = new TestLog();
			const away = unreachable(log);
			const writer = await openWriter(log, { store: away.store, mode, limits: { persistDeadlineMs: 1_000 } });
			away.begin();
			const put = writer.putNoWait([batchOf(1)]);
			const closed = failureOf(writer.close());
			expect(await log.clock.run(closed)).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
			expect(await failureOf(put.durable)).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
			expect(await failureOf(writer.close())).toBe(await closed);
			expect(log.clock.pendingTimers).toBe(0);
			away.end();
			expect(await log.ids()).toEqual([]);
		},
	);

	it("says the first error where there are several", async () => {
		const log = new TestLog();
		const away = unreachable(log);
		const sink = new SinkDouble();
		sink.before = async () => {
			throw new Error("the table is away");
		};
		const limits = { persistDeadlineMs: 1_000, maxMemtableBatches: 1 };
		const writer = await openWriter(log, { store: away.store, sink, limits });
		for (const id of [1, 2]) await log.clock.run(writer.put([batchOf(id)]));
		away.begin();
		const put = failureOf(writer.put([batchOf(3)]));
		const closed = failureOf(writer.close({ sink: "all" }));
		const first = await log.clock.run(put);
		expect(first).toMatchObject({ code: "WAL_TIMEOUT" });
		expect(await log.clock.run(closed)).toBe(writer.stats().stopped);
		expect(writer.stats().stopped).toMatchObject({ code: "WAL_TIMEOUT" });
		expect(sink.sunk).toEqual([]);
	});
});

describe("flush", () => {
	it("waits for every put before it and for none after it, and ends a linger", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const writer = await openWriter(log, { store, limits: { lingerMs: 60_000, maxEntryBytes: 4 } });
		await log.clock.run(writer.flush());
		const before = [writer.putNoWait([batchOf(1)])];
		const flushed = log.clock.run(writer.flush());
		await flushed;
		expect([await log.ids(), log.clock.now()]).toEqual([[[1]], 1_000_000]);

		gate.shut();
		before.push(writer.putNoWait([batchOf(2)]));
		const second = writer.flush();
		await log.clock.advance(1);
		const after = writer.putNoWait([batchOf(3)]);
		gate.open();
		gate.shut();
		await log.clock.run(second);
		expect(await isPending(after.durable, log)).toBe(true);
		gate.open();
		await log.clock.run(writer.close());
		expect(await log.ids()).toEqual([[1], [2], [3]]);
	});

	it("can be given up, and the puts go on", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const writer = await openWriter(log, { store });
		gate.shut();
		const put = writer.put([batchOf(1)]);
		await log.clock.advance(1);
		const patience = new AbortController();
		const flushed = failureOf(writer.flush({ signal: patience.signal }));
		patience.abort();
		expect(await flushed).toMatchObject({ code: "WAL_ABORTED" });
		gate.open();
		expect(await log.clock.run(put)).toMatchObject({ entryPosition: 1n });
		await log.clock.run(writer.close());
	});
});

describe("abort", () => {
	it("sends nothing more: what waits is not written, what is on its way unknown; twice is once", async () => {
		const log = new TestLog();
		const { store, writes } = recordingWrites(silent(log));
		const writer = await openWriter(log, { store, sink: new SinkDouble() });
		writes.length = 0;
		const onItsWay = failureOf(writer.put([batchOf(1)]));
		await log.clock.advance(1);
		const waiting = failureOf(writer.put([batchOf(2)]));
		const flushed = failureOf(writer.flush());
		const aborted = writer.abort();
		expect(await waiting).toMatchObject({ code: "WAL_CLOSED", outcome: "not-written" });
		expect(await flushed).toMatchObject({ code: "WAL_CLOSED" });
		expect(await onItsWay).toMatchObject({ outcome: "unknown" });
		await Promise.all([aborted, writer.abort()]);
		await writer.close();
		await log.clock.advance(600_000);
		expect([writes.length, log.clock.pendingTimers]).toEqual([1, 0]);
		expect(await failureOf(writer.put([batchOf(3)]))).toMatchObject({ code: "WAL_CLOSED" });
		expect(await failureOf(writer.get("id", 1))).toMatchObject({ code: "WAL_CLOSED" });
		expect(writer.stats().puts.count).toBe(2);
	});

	it("wakes whoever waits behind an index that is at work", async () => {
		const log = new TestLog();
		const index = new Gate();
		index.shut();
		const indexes = () => new IndexDouble({ column: "id", beforeBatch: () => index.passed() });
		const writer = await openWriter(log, { indexes });
		const put = writer.put([batchOf(1)]);
		await log.clock.advance(1);
		const flushed = failureOf(writer.flush());
		expect(await isPending(flushed, log, 60_000)).toBe(true);
		const aborted = writer.abort();
		expect(await flushed).toMatchObject({ code: "WAL_CLOSED" });
		expect(await isPending(aborted, log, 60_000)).toBe(true);
		index.open();
		await log.clock.run(aborted);
		expect(await put).toMatchObject({ entryPosition: 1n });
	});

	it("ends a close that the store holds up", async () => {
		const log = new TestLog();
		const away = unreachable(log);
		const writer = await openWriter(log, { store: away.store, limits: { persistDeadlineMs: 3_600_000 } });
		away.begin();
		const put = failureOf(writer.put([batchOf(1)]));
		const closed = failureOf(writer.close());
		expect(await isPending(closed, log, 60_000)).toBe(true);
		await log.clock.run(writer.abort());
		expect(await put).toMatchObject({ outcome: "unknown" });
		expect(await closed).toBeInstanceOf(WalError);
		expect(log.clock.pendingTimers).toBe(0);
	});
});
