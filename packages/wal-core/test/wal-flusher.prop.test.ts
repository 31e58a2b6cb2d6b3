import { WalError } from "@memwal/wal-runtime";
import fc from "fast-check";
import { expect, it } from "vitest";
import { BatchStore } from "../src/batch-store.ts";
import { WalOnlyState } from "../src/wal-only-state.ts";
import { flusherOn, IndexDouble } from "./test-flusher.ts";
import { batchOf, failureOf, intercept, TestLog } from "./test-log.ts";

/** What a writer does, nothing of it awaited. */
const step = fc.oneof(
	{ weight: 4, arbitrary: fc.constant({ kind: "put" } as const) },
	{ weight: 3, arbitrary: fc.record({ kind: fc.constant("flush" as const), behind: fc.nat(2) }) },
	{ weight: 1, arbitrary: fc.constant({ kind: "rotate" } as const) },
	{ weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(15) }) },
);

/** Which request for an entry fails for good, if any, and whether its bytes arrive nevertheless. */
const fault = fc.option(fc.record({ request: fc.nat(6), arrives: fc.boolean() }), { nil: undefined });

type Steps = readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[];
type Fault = typeof fault extends fc.Arbitrary<infer Value> ? Value : never;

/** A log whose store takes 10 ms for an entry and then may deny it. */
function faulty(log: TestLog, planned: Fault) {
	let request = 0;
	return intercept(log.store, {
		putIfAbsent: async (key, proceed) => {
			if (!key.endsWith(".arrow")) return proceed();
			await log.clock.sleep(10);
			if (planned === undefined || request++ < planned.request) return proceed();
			if (planned.arrives) await proceed();
			throw new WalError("WAL_DENIED", "planted", { outcome: "unknown", details: { reason: "permission" } });
		},
	});
}

/** Waits for what was not awaited, and says what it came to. */
async function settled(log: TestLog, calls: readonly Promise<unknown>[]): Promise<PromiseSettledResult<unknown>[]> {
	return log.clock.run(Promise.allSettled(calls));
}

/** What the log must hold: the batches from 0 on, each once, in order, and no fewer than are called durable. */
async function expectPrefix(log: TestLog, durable: number, puts: number, planned: Fault): Promise<void> {
	const ids = (await log.ids()).flat();
	expect(ids).toEqual(Array.from({ length: ids.length }, (_, id) => id));
	expect(ids.length).toBeLessThanOrEqual(puts);
	if (planned?.arrives) expect(ids.length).toBeGreaterThanOrEqual(durable);
	else expect(ids.length).toBe(durable);
}

async function throughMemtables(steps: Steps, planned: Fault): Promise<void> {
	const log = new TestLog();
	const flusher = await flusherOn(log, faulty(log, planned));
	let store = new BatchStore({ capacity: 100 });
	let indexes = new IndexDouble();
	const memtables = [{ store, indexes }];
	const calls: Promise<unknown>[] = [];
	const watchers = [];
	for (const one of steps) {
		if (one.kind === "put") {
			watchers.push(flusher.trackBatch(store.globalEnd));
			store.append(batchOf(store.globalEnd));
		} else if (one.kind === "flush") {
			const end = Math.max(0, store.length - one.behind);
			calls.push(flusher.triggerFlush({ kind: "batch-store", store, indexes }, end));
		} else if (one.kind === "rotate") {
			calls.push(flusher.triggerFlush({ kind: "batch-store", store, indexes }, store.length));
			store = new BatchStore({ capacity: 100, globalOffset: store.globalEnd });
			indexes = new IndexDouble();
			memtables.push({ store, indexes });
		} else {
			await log.clock.advance(one.ms);
		}
	}
	const waits = watchers.map((watcher) =>
		watcher.wait().then(
			() => "durable",
			() => "failed",
		),
	);
	const results = await settled(log, calls);
	const { durable } = flusher;
	await expectPrefix(log, durable, store.globalEnd, planned);
	expect(watchers.map(({ isDurable }) => isDurable)).toEqual(watchers.map((_, position) => position < durable));
	for (const { store, indexes } of memtables) {
		expect(indexes.taken).toEqual([...indexes.taken.keys()]);
		expect(indexes.indexed).toBeGreaterThanOrEqual(store.localEnd(durable));
	}

	expect(results.some(({ status }) => status === "rejected")).toBe(flusher.stopped !== undefined);
	if (!flusher.stopped) {
		const last = failureOf(flusher.trackBatch(store.globalEnd).wait());
		flusher.stop(new WalError("WAL_CLOSED", "the end"));
		expect(await last).toMatchObject({ code: "WAL_CLOSED", outcome: "not-written" });
	}
	const outcomes = watchers.map((_, position) => (position < durable ? "durable" : "failed"));
	expect(await Promise.all(waits)).toEqual(outcomes);
}

async function withoutMemtables(steps: Steps, planned: Fault): Promise<void> {
	const log = new TestLog();
	const flusher = await flusherOn(log, faulty(log, planned));
	const state = new WalOnlyState();
	const calls: Promise<unknown>[] = [];
	for (const one of steps) {
		if (one.kind === "put") state.push([batchOf(state.nextBatchPosition)]);
		else if (one.kind === "wait") await log.clock.advance(one.ms);
		else {
			const behind = one.kind === "flush" ? one.behind : 0;
			calls.push(flusher.triggerFlush({ kind: "wal-only", state }, Math.max(0, state.nextBatchPosition - behind)));
		}
	}
	await settled(log, calls);
	await expectPrefix(log, flusher.durable, state.nextBatchPosition, planned);
	expect(state.firstBatchPosition).toBe(flusher.durable);
}

const histories: [fc.Arbitrary<Steps>, typeof fault] = [fc.array(step, { maxLength: 24 }), fault];

it("whatever is put, flushed and rotated without waiting, the log holds a prefix of it, each batch once", async () => {
	await fc.assert(fc.asyncProperty(...histories, throughMemtables), { numRuns: 300 });
});

it("so it does for a writer without memtables, whose queue is what the log lacks", async () => {
	await fc.assert(fc.asyncProperty(...histories, withoutMemtables), { numRuns: 300 });
});
