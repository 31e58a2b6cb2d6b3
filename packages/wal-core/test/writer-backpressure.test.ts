import { describe, expect, it } from "vitest";
import { batchOfRows, isPending } from "./test-flusher.ts";
import { batchOf, failureOf, TestLog } from "./test-log.ts";
import { Gate, gatedStore, openWriter, SinkDouble, visibleIds } from "./test-writer.ts";

/** Bytes of one row of `batchOf`. */
const ROW = 4;

describe("a queue", () => {
	it("with room takes puts at once", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const writer = await openWriter(log, { store, durability: "deferred", limits: { maxQueuedBytes: 3 * ROW } });
		gate.shut();
		for (const id of [1, 2, 3]) await writer.put([batchOf(id)]);
		expect(writer.stats()).toMatchObject({ waitingBytes: 3 * ROW, heldBack: 0 });
		gate.open();
		await log.clock.run(writer.close());
	});

	it.each(["memtable", "wal-only"] as const)(
		"that is full holds puts back, in their order, until there is room: %s",
		async (mode) => {
			const log = new TestLog();
			const { store, gate } = gatedStore(log);
			const limits = { maxQueuedBytes: 3 * ROW, maxEntryBytes: ROW };
			const writer = await openWriter(log, { store, mode, durability: "deferred", limits });
			gate.shut();
			for (const id of [1, 2, 3]) await writer.put([batchOf(id)]);
			const held = [4, 5].map((id) => writer.put([batchOf(id)]));
			expect(await isPending(Promise.race(held), log, 60_000)).toBe(true);
			expect(() => writer.putNoWait([batchOf(6)])).toThrow(
				expect.objectContaining({ code: "WAL_BACKPRESSURE", outcome: "not-written", retryable: true }),
			);
			expect(writer.stats()).toMatchObject({ heldBack: 3, waitingBytes: 5 * ROW });
			gate.open();
			await log.clock.run(Promise.all(held));
			const late = writer.putNoWait([batchOf(7)]);
			await log.clock.run(late.durable);
			expect(await log.ids()).toEqual([[1], [2], [3], [4], [5], [7]]);
			expect(writer.stats()).toMatchObject({ heldBack: 3, waitingBytes: 0 });
			await log.clock.run(writer.close());
		},
	);

	it("gives up a put whose signal aborts, and counts it no more", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const writer = await openWriter(log, { store, limits: { maxQueuedBytes: ROW } });
		gate.shut();
		const first = writer.put([batchOf(1)]);
		await log.clock.advance(1);
		const patience = new AbortController();
		const second = failureOf(writer.put([batchOf(2, 3)], { signal: patience.signal }));
		expect(writer.stats()).toMatchObject({ heldBack: 1, waitingBytes: 3 * ROW });
		patience.abort();
		expect(await second).toMatchObject({ code: "WAL_ABORTED", outcome: "not-written" });
		expect(writer.stats()).toMatchObject({ heldBack: 1, waitingBytes: ROW });
		gate.open();
		await log.clock.run(first);
		await log.clock.run(writer.close());
		expect(await log.ids()).toEqual([[1]]);
	});
});

describe("memory that is full", () => {
	// A batch retains its own buffer, here of 100 rows.
	const put = () => [batchOfRows(100)];
	const limits = { maxMemtableBytes: 100 * ROW, maxMemoryBytes: 250 * ROW };

	it("refuses puts where there is no sink, naming the limit and the ways out, and still serves reads", async () => {
		const log = new TestLog();
		const writer = await openWriter(log, { limits });
		for (let i = 0; i < 2; i++) await log.clock.run(writer.put(put()));
		for (const refused of [writer.put(put()), (async () => writer.putNoWait(put()))()]) {
			const failure = await failureOf(refused);
			expect(failure).toMatchObject({ code: "WAL_BACKPRESSURE", outcome: "not-written", retryable: true });
			for (const word of ["maxMemoryBytes", "sink", "wal-only"]) expect((failure as Error).message).toContain(word);
		}
		expect([await visibleIds(writer), writer.stats().heldBack]).toMatchObject([{ length: 200 }, 2]);
		await log.clock.run(writer.put([batchOfRows(50)]));
		await log.clock.run(writer.close());
		expect((await log.ids()).flat()).toHaveLength(250);
	});

	it("counts rows once, while they are on their way to the log as well", async () => {
		for (const durability of ["durable", "deferred"] as const) {
			const log = new TestLog();
			const { store, gate } = gatedStore(log);
			const writer = await openWriter(log, { store, durability, limits });
			gate.shut();
			const puts = [writer.put(put())];
			await log.clock.advance(1);
			puts.push(writer.put(put()));
			await log.clock.advance(1);
			puts.push(writer.putNoWait([batchOfRows(50)]).durable);
			expect(await failureOf(writer.put([batchOf(1)]))).toMatchObject({ code: "WAL_BACKPRESSURE" });
			gate.open();
			await log.clock.run(Promise.all(puts));
			await log.clock.run(writer.close());
			expect((await log.ids()).flat()).toHaveLength(250);
		}
	});

	it("holds puts back while a sink is at work, and lets them in when it has taken a memtable", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const gate = new Gate();
		gate.shut();
		sink.before = () => gate.passed();
		const writer = await openWriter(log, { sink, limits });
		for (let i = 0; i < 2; i++) await log.clock.run(writer.put(put()));
		const held = writer.put(put());
		expect(await isPending(held, log, 60_000)).toBe(true);
		expect(() => writer.putNoWait(put())).toThrow(expect.objectContaining({ code: "WAL_BACKPRESSURE" }));
		gate.open();
		expect(await log.clock.run(held)).toMatchObject({ entryPosition: 3n });
		await log.clock.run(writer.close());
	});

	it("empties a memtable that is not full, where no other is", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const roomy = { maxMemtableBytes: 250 * ROW, maxMemoryBytes: 250 * ROW };
		const writer = await openWriter(log, { sink, limits: roomy });
		const whole = batchOfRows(200);
		// Ten rows each, which keep all of the two hundred alive.
		await log.clock.run(writer.put([whole.slice(0, 10)]));
		await log.clock.run(writer.put([whole.slice(10, 20)]));
		expect(writer.stats()).toMatchObject({ memtables: { count: 1, bytes: 200 * ROW }, puts: { bytes: 20 * ROW } });
		await log.clock.run(writer.put(put()));
		expect(sink.sunk.map(({ entries }) => entries.length)).toEqual([2]);
		expect(writer.stats().memtables).toEqual({ count: 1, bytes: 100 * ROW });
		await log.clock.run(writer.close());
	});

	it("fails the puts that wait when the sink fails, with its reason; the rows stay, and later puts go on", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		let away = true;
		sink.before = async () => {
			if (away) throw new Error("the table is away");
		};
		const writer = await openWriter(log, { sink, limits });
		for (let i = 0; i < 2; i++) await log.clock.run(writer.put(put()));
		const held = [failureOf(writer.put(put())), failureOf(writer.put(put()))];
		for (const failure of await log.clock.run(Promise.all(held))) {
			expect(failure).toMatchObject({ code: "WAL_BACKPRESSURE", outcome: "not-written" });
			expect((failure as Error).message).toContain("the table is away");
		}
		expect([await visibleIds(writer), writer.stats().stopped]).toMatchObject([{ length: 200 }, undefined]);
		away = false;
		await log.clock.run(writer.put(put()));
		await log.clock.run(writer.close({ sink: "all" }));
		expect(sink.ids.flat()).toHaveLength(300);
	});

	it("is counted without drift, whatever came and went", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const writer = await openWriter(log, { sink, limits: { maxMemtableRows: 7 } });
		for (let round = 0; round < 50; round++) await log.clock.run(writer.put([batchOfRows(1 + (round % 7))]));
		await log.clock.run(writer.flush());
		await log.clock.advance(1);
		const { memtables, sinking, waitingBytes } = writer.stats();
		expect([memtables.count, sinking, waitingBytes]).toEqual([1, 0, 0]);
		expect(memtables.bytes).toBe((await visibleIds(writer)).length * ROW);
		await log.clock.run(writer.close());
	});
});
