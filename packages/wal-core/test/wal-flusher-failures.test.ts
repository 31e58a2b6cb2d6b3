import { getEventListeners } from "node:events";
import { WalError } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";
import { fencedError } from "../src/fenced-error.ts";
import { WalOnlyState } from "../src/wal-only-state.ts";
import { flusherOn, IndexDouble, isPending, sourceOf, storeOf, visibleIds } from "./test-flusher.ts";
import { batchOf, failureOf, intercept, TestLog } from "./test-log.ts";

const isEntry = (key: string) => key.endsWith(".arrow");

/** A log whose store answers no request for an entry while `away`. */
function failing(log: TestLog, outcome: "not-written" | "unknown" = "not-written") {
	const fault = { away: true };
	const store = intercept(log.store, {
		putIfAbsent: async (key, proceed) => {
			if (fault.away && isEntry(key)) throw new WalError("WAL_UNAVAILABLE", "planted", { outcome });
			return proceed();
		},
	});
	return { fault, store };
}

/** A log whose store takes its time for an entry. */
function slow(log: TestLog) {
	return intercept(log.store, {
		putIfAbsent: async (key, proceed) => {
			if (isEntry(key)) await log.clock.sleep(20);
			return proceed();
		},
	});
}

describe("a batch that is not there", () => {
	it("is an error and the end, before anything is written or indexed", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const store = storeOf([batchOf(1), batchOf(2)]);
		const indexes = new IndexDouble();
		const waiting = failureOf(flusher.trackBatch(0).wait());
		const failure = await failureOf(flusher.flush(sourceOf(store, indexes), 3));
		expect(failure).toMatchObject({ code: "WAL_INTERNAL", outcome: "not-written" });
		expect(String(failure)).toContain("missing batch position 2");
		expect([flusher.durable, indexes.indexed, await log.ids()]).toEqual([0, 0, []]);
		expect(await waiting).toBe(failure);
		expect(flusher.stopped).toBe(failure);

		const later = await failureOf(flusher.flush(sourceOf(store, indexes), 2));
		expect(later).toMatchObject({ code: "WAL_POISONED", outcome: "not-written", cause: failure });
		expect(await log.ids()).toEqual([]);
	});

	it("is one also where the writer has no memtables", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const state = new WalOnlyState();
		state.push([batchOf(1)]);
		const failure = await failureOf(flusher.flush({ kind: "wal-only", state }, 2));
		expect(String(failure)).toContain("missing batch position 1");
		expect([flusher.durable, state.batchCount, await log.ids()]).toEqual([0, 1, []]);
	});

	it("is never jumped over: a memtable is not flushed before the one that it follows", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const second = storeOf([batchOf(4)], 3);
		const failure = await failureOf(flusher.flush(sourceOf(second), 1));
		expect(failure).toMatchObject({ code: "WAL_INTERNAL", outcome: "not-written" });
		expect([flusher.durable, await log.ids()]).toEqual([0, []]);
	});

	it("is never passed by: a queue that is not where the cursor is is not flushed", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log, undefined, { durable: 1 });
		const state = new WalOnlyState();
		state.push([batchOf(1), batchOf(2)]);
		const failure = await failureOf(flusher.flush({ kind: "wal-only", state }, 2));
		expect(failure).toMatchObject({ code: "WAL_INTERNAL", outcome: "not-written" });
		expect([flusher.durable, state.batchCount, await log.ids()]).toEqual([1, 2, []]);
	});
});

describe("an append that fails", () => {
	it("indexes its rows, and none of them is visible", async () => {
		const log = new TestLog();
		const { store: logStore } = failing(log);
		const flusher = await flusherOn(log, logStore);
		const store = storeOf([batchOf(1)]);
		const indexes = new IndexDouble();
		const failure = await log.clock.run(failureOf(flusher.flush(sourceOf(store, indexes), 1)));
		expect(failure).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "not-written" });
		expect([indexes.indexed, flusher.durable, visibleIds(flusher, store, indexes)]).toEqual([1, 0, []]);
		await log.clock.run(failureOf(flusher.flush(sourceOf(store, indexes), 1)));
		expect(indexes.taken).toEqual([0]);
	});

	it("wakes whoever waits with its error, and ends the flusher", async () => {
		const log = new TestLog();
		const { fault, store: logStore } = failing(log, "unknown");
		const flusher = await flusherOn(log, logStore);
		const store = storeOf([batchOf(1), batchOf(2)]);
		const waiting = [0, 1].map((position) => failureOf(flusher.trackBatch(position).wait()));
		const next = failureOf(flusher.nextFlush());
		const failure = await log.clock.run(failureOf(flusher.flush(sourceOf(store), 1)));
		expect(failure).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
		// The second batch was never on its way, so it is told the truth: nothing of it is or will be written.
		expect(await Promise.all(waiting)).toMatchObject([failure, { code: "WAL_TIMEOUT", outcome: "not-written" }]);
		expect(await next).toBe(failure);
		expect(await failureOf(flusher.nextFlush())).toBe(failure);

		fault.away = false;
		const poisoned = { code: "WAL_POISONED", outcome: "not-written", cause: failure };
		expect(await failureOf(flusher.flush(sourceOf(store), 2))).toMatchObject(poisoned);
		expect(await failureOf(flusher.trackBatch(0).wait())).toBe(failure);
		expect(log.events.filter(({ type }) => type === "flusher.stopped")).toHaveLength(1);
	});

	it("leaves the queue of a writer without memtables as it is, for nobody to write later", async () => {
		const log = new TestLog();
		const { fault, store: logStore } = failing(log);
		const flusher = await flusherOn(log, logStore);
		const state = new WalOnlyState();
		const { end } = state.push([batchOf(1)]);
		const waiting = failureOf(flusher.trackBatch(0).wait());
		const failure = await log.clock.run(failureOf(flusher.flush({ kind: "wal-only", state }, end)));
		expect(await waiting).toBe(failure);
		expect([state.batchCount, flusher.durable]).toEqual([1, 0]);
		fault.away = false;
		expect(await failureOf(flusher.flush({ kind: "wal-only", state }, end))).toMatchObject({ code: "WAL_POISONED" });
		expect(await log.ids()).toEqual([]);
	});

	it("because of a fence says so to whoever waits, and for ever", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const store = storeOf([batchOf(1)]);
		const waiting = failureOf(flusher.trackBatch(0).wait());
		await log.appender();
		const fenced = { code: "WAL_FENCED", details: { epoch: 1n, fencedBy: 2n } };
		expect(await failureOf(flusher.flush(sourceOf(store), 1))).toMatchObject(fenced);
		expect(await waiting).toMatchObject(fenced);
		expect(await failureOf(flusher.flush(sourceOf(store), 1))).toMatchObject({ ...fenced, outcome: "not-written" });
		expect(await log.ids()).toEqual([[]]);
	});
});

describe("an index that fails", () => {
	it("ends the flusher with its rows in the log, and none of them visible", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const store = storeOf([batchOf(1), batchOf(2)]);
		const refused = new WalError("WAL_INVALID", 'Column "id" cannot be indexed');
		const indexes = new IndexDouble({ beforeBatch: () => Promise.reject(refused) });
		const [durable, behind] = [flusher.trackBatch(0).wait(), failureOf(flusher.trackBatch(2).wait())];
		const failure = await log.clock.run(failureOf(flusher.flush(sourceOf(store, indexes), 2)));
		expect(failure).toMatchObject({ code: "WAL_INVALID", outcome: "written", message: refused.message });
		expect([flusher.durable, indexes.indexed, visibleIds(flusher, store, indexes)]).toEqual([2, 0, []]);
		await durable;
		expect(await behind).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		expect(await failureOf(flusher.flush(sourceOf(store, indexes), 2))).toMatchObject({ code: "WAL_POISONED" });
		expect(await log.ids()).toEqual([[1, 2]]);
	});

	it("in a way that nobody thought of is an internal error, with what was thrown as its cause", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const cause = new TypeError("undefined is not a function");
		const indexes = new IndexDouble({ beforeBatch: () => Promise.reject(cause) });
		const failure = await log.clock.run(failureOf(flusher.flush(sourceOf(storeOf([batchOf(1)]), indexes), 1)));
		expect(failure).toMatchObject({ code: "WAL_INTERNAL", outcome: "written", cause });
	});

	it("while the append fails too leaves the append's error", async () => {
		const log = new TestLog();
		const { store: logStore } = failing(log);
		const flusher = await flusherOn(log, logStore);
		const indexes = new IndexDouble({ beforeBatch: () => Promise.reject(new Error("planted")) });
		const failure = await log.clock.run(failureOf(flusher.flush(sourceOf(storeOf([batchOf(1)]), indexes), 1)));
		expect(failure).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "not-written" });
	});
});

describe("an end from outside", () => {
	const found = () => fencedError("events", 1n, 2n);

	it("wakes whoever waits, lets nothing begin, and is not replaced by a later one", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log);
		const store = storeOf([batchOf(1)]);
		const waiting = failureOf(flusher.trackBatch(0).wait());
		const first = found();
		flusher.stop(first);
		flusher.stop(new WalError("WAL_INTERNAL", "later"));
		expect(await waiting).toBe(first);
		expect(flusher.stopped).toBe(first);
		expect(await failureOf(flusher.flush(sourceOf(store), 1))).toBe(first);
		expect(await log.ids()).toEqual([]);
	});

	it("tells the batches that are on their way that their fate is unknown, and what becomes of them to their flush", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log, slow(log));
		const store = storeOf([batchOf(1), batchOf(2)]);
		const [onItsWay, behind] = [0, 1].map((position) => failureOf(flusher.trackBatch(position).wait()));
		const flushed = flusher.flush(sourceOf(store), 1);
		const queued = failureOf(flusher.flush(sourceOf(store), 2));
		await log.clock.advance(10);
		flusher.stop(found());
		expect(await onItsWay).toMatchObject({ code: "WAL_FENCED", outcome: "unknown" });
		expect(await behind).toMatchObject({ code: "WAL_FENCED", outcome: "not-written" });
		expect(await log.clock.run(flushed)).toMatchObject({ entry: { entryPosition: 1n, batches: 1 } });
		expect(await queued).toMatchObject({ code: "WAL_FENCED", outcome: "not-written" });
		expect([flusher.durable, flusher.trackBatch(0).isDurable]).toEqual([1, true]);
		expect(await log.ids()).toEqual([[1]]);
	});

	it("by the flusher's signal ends the append that is under way too", async () => {
		const log = new TestLog();
		const aborting = new AbortController();
		const flusher = await flusherOn(log, failing(log).store, { signal: aborting.signal });
		const flushed = failureOf(flusher.flush(sourceOf(storeOf([batchOf(1)])), 1));
		expect(await isPending(flushed, log, 10)).toBe(true);
		aborting.abort();
		expect(await flushed).toMatchObject({ code: "WAL_ABORTED" });
		expect(flusher.stopped).toMatchObject({ code: "WAL_ABORTED" });
		expect(log.clock.pendingTimers).toBe(0);
	});
});

describe("a call's signal", () => {
	it("takes a flush that has not begun out of the queue: nothing of it is written", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log, slow(log));
		const store = storeOf([batchOf(1), batchOf(2)]);
		const aborting = new AbortController();
		const first = flusher.flush(sourceOf(store), 1);
		const second = failureOf(flusher.flush(sourceOf(store), 2, { signal: aborting.signal }));
		aborting.abort();
		expect(await second).toMatchObject({ code: "WAL_ABORTED", outcome: "not-written" });
		await log.clock.run(first);
		expect([await log.ids(), flusher.stopped]).toEqual([[[1]], undefined]);
	});

	it("ends the waiting for a flush that has begun, and the flush goes on", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log, slow(log));
		const store = storeOf([batchOf(1), batchOf(2)]);
		const aborting = new AbortController();
		const flushed = failureOf(flusher.flush(sourceOf(store), 1, { signal: aborting.signal }));
		await log.clock.advance(10);
		aborting.abort(new Error("enough"));
		expect(await flushed).toMatchObject({ code: "WAL_ABORTED", outcome: "unknown", cause: new Error("enough") });
		await log.clock.run(flusher.flush(sourceOf(store), 2));
		expect([await log.ids(), flusher.stopped]).toEqual([[[1], [2]], undefined]);
	});

	it("has no listener left when its calls have ended, and few before, however many they are", async () => {
		const log = new TestLog();
		const flusher = await flusherOn(log, slow(log));
		const store = storeOf([batchOf(1)]);
		const { signal } = new AbortController();
		const listeners = () => getEventListeners(signal, "abort").length;
		const flushed = Array.from({ length: 50 }, () => flusher.flush(sourceOf(store), 1, { signal }));
		expect(listeners()).toBe(2);
		await log.clock.run(Promise.all(flushed));
		expect(listeners()).toBe(0);
		const ended = failureOf(flusher.flush(sourceOf(store), 1, { signal: AbortSignal.abort() }));
		expect(await ended).toMatchObject({ code: "WAL_ABORTED", outcome: "not-written" });
	});
});

it("a failure that nobody looks at is not an unhandled one", async () => {
	const log = new TestLog();
	const flusher = await flusherOn(log);
	const unhandled: unknown[] = [];
	const listen = (reason: unknown) => unhandled.push(reason);
	process.on("unhandledRejection", listen);
	flusher.nextFlush();
	flusher.triggerFlush(sourceOf(storeOf([])), 1);
	await log.clock.advance(0);
	flusher.nextFlush();
	await log.clock.advance(0);
	process.off("unhandledRejection", listen);
	expect(flusher.stopped).toMatchObject({ code: "WAL_INTERNAL" });
	expect(unhandled).toEqual([]);
});
