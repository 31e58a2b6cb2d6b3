import { abortable, WalError } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";
import type { ShardWriter } from "../src/shard-writer.ts";
import { IndexDouble, isPending } from "./test-flusher.ts";
import { batchOf, failureOf, idsOf, intercept, TestLog } from "./test-log.ts";
import { Gate, gatedStore, ID_SCHEMA, manifestOf, openWriter, SHARD, SinkDouble, visibleIds } from "./test-writer.ts";

const TWO = { maxMemtableBatches: 2 };

describe("a full memtable", () => {
	it("is given to the sink with everything that is known of it, once", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const writer = await openWriter(log, { sink, limits: { ...TWO, maxEntryBytes: 4 } });
		await log.clock.run(Promise.all([1, 2, 3].map((id) => writer.put([batchOf(id)]))));
		await log.clock.run(writer.close());
		expect(sink.sunk).toMatchObject([{ shardId: SHARD, writerEpoch: 1n, generation: 1n, schema: ID_SCHEMA }]);
		expect(sink.sunk[0]?.entries.map(({ entryPosition, batches }) => [entryPosition, idsOf(batches)])).toEqual([
			[1n, [1]],
			[2n, [2]],
		]);
		expect(sink.sunk[0]?.signal.aborted).toBe(false);
		expect(await manifestOf(log)).toMatchObject({ replayAfterEntryPosition: 2n, currentGeneration: 2n });
	});

	it("is not sunk before its last entry is in the log", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const sink = new SinkDouble();
		const limits = { ...TWO, maxEntryBytes: 4 };
		const writer = await openWriter(log, { store, sink, limits, durability: "deferred" });
		await writer.put([batchOf(1)]);
		await log.clock.run(writer.flush());
		gate.shut();
		for (const id of [2, 3]) await writer.put([batchOf(id)]);
		await log.clock.advance(60_000);
		expect([writer.stats().memtables.count, sink.offered]).toEqual([2, []]);
		gate.open();
		await log.clock.run(writer.close());
		expect([sink.ids, sink.entryPositions]).toEqual([[[1, 2]], [[1n, 2n]]]);
		expect(await log.ids()).toEqual([[1], [2], [3]]);
	});

	it("is not sunk before all of its rows are indexed, although all of it is in the log", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const index = new Gate();
		index.shut();
		const indexes = () => new IndexDouble({ column: "id", beforeBatch: () => index.passed() });
		const limits = { maxMemtableBatches: 1 };
		const writer = await openWriter(log, { sink, indexes, limits, durability: "deferred" });
		const puts = [writer.put([batchOf(1)])];
		await log.clock.advance(10);
		expect(await log.ids()).toEqual([[1]]);
		puts.push(writer.put([batchOf(2)]));
		await log.clock.advance(10);
		expect([writer.stats().memtables.count, sink.offered]).toEqual([2, []]);
		index.open();
		await log.clock.run(Promise.all(puts));
		await log.clock.run(writer.close());
		expect([sink.ids, sink.entryPositions]).toEqual([[[1]], [[1n]]]);
		const next = await openWriter(log);
		expect(await visibleIds(next)).toEqual([2]);
		await log.clock.run(next.close());
	});

	it("stays readable until the sink has it, and is let go at once then", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const gate = new Gate();
		gate.shut();
		sink.before = () => gate.passed();
		const writer = await openWriter(log, { sink, limits: TWO });
		for (const id of [1, 2, 3]) await log.clock.run(writer.put([batchOf(id)]));
		await log.clock.advance(60_000);
		expect([await visibleIds(writer), writer.stats()]).toMatchObject([
			[1, 2, 3],
			{ sinking: 1, memtables: { count: 2 } },
		]);
		const held = writer.stats().memtables.bytes;
		gate.open();
		await log.clock.advance(1);
		expect([await visibleIds(writer), writer.stats()]).toMatchObject([[3], { sinking: 0, memtables: { count: 1 } }]);
		expect(writer.stats().memtables.bytes).toBeLessThan(held);
		await log.clock.run(writer.close());
	});

	it("does not hold up the next put while it is sunk", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const gate = new Gate();
		gate.shut();
		sink.before = () => gate.passed();
		const writer = await openWriter(log, { sink, limits: { maxMemtableBatches: 1 } });
		for (const id of [1, 2, 3, 4]) await log.clock.run(writer.put([batchOf(id)]));
		expect([sink.offered, writer.stats().sinking]).toEqual([[1n], 3]);
		gate.open();
		await log.clock.run(writer.close());
		expect(sink.ids).toEqual([[1], [2], [3]]);
	});
});

describe("a sink that fails", () => {
	it("is offered the same memtable again, before any later one, and the replay cursor waits with it", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		let away = true;
		sink.before = async () => {
			if (away) throw new Error("the table is away");
		};
		const writer = await openWriter(log, { sink, limits: { maxMemtableBatches: 1 } });
		for (const id of [1, 2, 3]) await log.clock.run(writer.put([batchOf(id)]));
		await log.clock.advance(60_000);
		expect(new Set(sink.offered)).toEqual(new Set([1n]));
		expect(sink.offered.length).toBeGreaterThan(3);
		expect(await manifestOf(log)).toMatchObject({ replayAfterEntryPosition: 0n, currentGeneration: 1n });
		expect(await visibleIds(writer)).toEqual([1, 2, 3]);
		expect(log.events).toContainEqual(expect.objectContaining({ type: "sink.failed", generation: 1n }));
		away = false;
		await log.clock.run(writer.close());
		expect(sink.ids).toEqual([[1], [2]]);
		expect(await manifestOf(log)).toMatchObject({ replayAfterEntryPosition: 2n, currentGeneration: 3n });
	});

	it("loses nothing: whoever opens the shard meanwhile has all the rows, and offers them again", async () => {
		const log = new TestLog();
		const failing = new SinkDouble();
		failing.before = async () => {
			throw new Error("the table is away");
		};
		const first = await openWriter(log, { sink: failing, limits: { maxMemtableBatches: 1 } });
		for (const id of [1, 2, 3]) await log.clock.run(first.put([batchOf(id)]));
		await first.abort();
		const sink = new SinkDouble();
		const second = await openWriter(log, { sink, limits: { maxMemtableBatches: 1 } });
		await log.clock.run(second.close({ sink: "all" }));
		expect([sink.ids, sink.entryPositions]).toEqual([
			[[1], [2], [3]],
			[[1n], [2n], [3n]],
		]);
	});

	it("is not asked again for what it took, where only the replay cursor could not be moved", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		let away = false;
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (!away || !key.endsWith(".binpb")) return proceed();
				throw new WalError("WAL_UNAVAILABLE", "planted", { outcome: "not-written" });
			},
		});
		const writer = await openWriter(log, { store, sink, limits: { maxMemtableBatches: 1 } });
		away = true;
		for (const id of [1, 2]) await log.clock.run(writer.put([batchOf(id)]));
		await log.clock.advance(300_000);
		expect([sink.offered, await visibleIds(writer)]).toEqual([[1n], [1, 2]]);
		away = false;
		await log.clock.run(writer.close());
		expect(sink.offered).toEqual([1n]);
		expect(await manifestOf(log)).toMatchObject({ replayAfterEntryPosition: 1n });
	});

	it("keeps close from ending well, which says why and offers nothing any more", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		sink.before = async () => {
			throw new Error("the table is away");
		};
		const writer = await openWriter(log, { sink, limits: { maxMemtableBatches: 1 } });
		for (const id of [1, 2]) await log.clock.run(writer.put([batchOf(id)]));
		await log.clock.advance(1_000);
		const offered = sink.offered.length;
		expect(await failureOf(log.clock.run(writer.close()))).toMatchObject({ message: "the table is away" });
		expect(sink.offered).toHaveLength(offered + 1);
		await log.clock.advance(600_000);
		expect([sink.offered.length, log.clock.pendingTimers]).toEqual([offered + 1, 0]);
	});

	it("for good is offered nothing any more: puts go on while memory holds them, then say why, and so does close", async () => {
		for (const durability of ["durable", "deferred"] as const) {
			const log = new TestLog();
			const sink = new SinkDouble();
			const refusal = new WalError("WAL_INVALID", "the table has no column id");
			sink.before = async () => {
				throw refusal;
			};
			const limits = { maxMemtableBatches: 1, maxMemtableBytes: 4, maxMemoryBytes: 12 };
			const writer = await openWriter(log, { sink, durability, limits });
			for (const id of [1, 2, 3]) await log.clock.run(writer.put([batchOf(id)]));
			await log.clock.advance(600_000);
			expect([sink.offered, log.clock.pendingTimers, writer.stats().stopped]).toEqual([[1n], 0, undefined]);
			expect(log.events.filter(({ type }) => type === "sink.failed")).toMatchObject([
				{ generation: 1n, error: refusal, offeredAgain: false },
			]);
			const full = {
				code: "WAL_BACKPRESSURE",
				outcome: "not-written",
				message: expect.stringContaining(refusal.message),
				cause: refusal,
			};
			expect(await failureOf(log.clock.run(writer.put([batchOf(4)])))).toMatchObject(full);
			expect(() => writer.putNoWait([batchOf(5)])).toThrow(expect.objectContaining(full));
			expect(await visibleIds(writer)).toEqual([1, 2, 3]);
			expect(await failureOf(log.clock.run(writer.close({ sink: "all" })))).toBe(refusal);
			expect([sink.offered, await log.ids()]).toEqual([[1n], [[1], [2], [3]]]);
		}
	});

	it.each([
		["what is no WalError", new TypeError("a bug that may come by chance")],
		["a WalError that can pass", new WalError("WAL_UNAVAILABLE", "the table is away")],
		["a signal of its own", new WalError("WAL_ABORTED", "the sink lost patience")],
	])("by %s is offered the memtable again", async (_, error) => {
		const log = new TestLog();
		const sink = new SinkDouble();
		let failures = 3;
		sink.before = async () => {
			if (failures-- > 0) throw error;
		};
		const writer = await openWriter(log, { sink, limits: { maxMemtableBatches: 1 } });
		for (const id of [1, 2]) await log.clock.run(writer.put([batchOf(id)]));
		await log.clock.advance(600_000);
		expect(sink.ids).toEqual([[1]]);
		expect(log.events.filter(({ type }) => type === "sink.failed")).toMatchObject(
			Array.from({ length: 3 }, () => ({ error, offeredAgain: true })),
		);
		await log.clock.run(writer.close());
	});

	it("for good during a replay keeps nobody from opening the shard, while memory holds it", async () => {
		const log = new TestLog();
		const first = await openWriter(log);
		for (const id of [1, 2, 3]) await log.clock.run(first.put([batchOf(id)]));
		const sink = new SinkDouble();
		sink.before = async () => {
			throw new WalError("WAL_DENIED", "no permission", { details: { reason: "permission" } });
		};
		const limits = { maxMemtableBatches: 1, maxMemtableBytes: 4 };
		const second = await openWriter(log, { sink, limits });
		expect(await visibleIds(second)).toEqual([1, 2, 3]);
		expect(await failureOf(log.clock.run(second.close()))).toMatchObject({ code: "WAL_DENIED" });
		const failure = await failureOf(openWriter(log, { sink, limits: { ...limits, maxMemoryBytes: 8 } }));
		expect(failure).toMatchObject({ code: "WAL_BACKPRESSURE", message: expect.stringContaining("no permission") });
		expect([sink.offered, log.clock.pendingTimers]).toEqual([[1n, 1n], 0]);
	});
});

describe("a writer that was replaced", () => {
	it("begins no memtable any more, and says that it was fenced", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const sink = new SinkDouble();
		const first = await openWriter(log, { store, sink, limits: { maxMemtableBatches: 1, lingerMs: 60_000 } });
		await log.clock.run(first.put([batchOf(1)]));
		gate.shut();
		const second = await openWriter(log);
		const put = failureOf(first.put([batchOf(2)]));
		const closed = failureOf(first.close({ sink: "all" }));
		gate.open();
		expect(await log.clock.run(put)).toMatchObject({ code: "WAL_FENCED", outcome: "not-written" });
		expect(await log.clock.run(closed)).toMatchObject({
			code: "WAL_FENCED",
			message: expect.stringMatching(/^Writer fenced/),
		});
		expect(sink.offered).toEqual([]);
		expect(await visibleIds(second)).toEqual([1]);
		await log.clock.run(second.close());
	});

	it("leaves a memtable that waits for its sink to its successor, also where it wrote nothing more", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		let away = true;
		sink.before = async () => {
			if (away) throw new Error("the table is away");
		};
		const first = await openWriter(log, { sink, limits: { maxMemtableBatches: 1 } });
		for (const id of [1, 2]) await log.clock.run(first.put([batchOf(id)]));
		await log.clock.advance(1);
		const second = await openWriter(log);
		away = false;
		await log.clock.advance(60_000);
		expect([sink.sunk, first.stats().stopped?.code]).toEqual([[], "WAL_FENCED"]);
		const failure = await failureOf(log.clock.run(first.close()));
		expect(failure).toMatchObject({ code: "WAL_FENCED", message: expect.stringMatching(/^Writer fenced/) });
		expect(await visibleIds(second)).toEqual([1, 2]);
		await log.clock.run(second.close());
	});
});

describe("a sink that waits for its own writer", () => {
	it.each([
		["to be closed", (writer: ShardWriter) => writer.close()],
		["to take a put for which only the sink can make room", (writer: ShardWriter) => writer.put([batchOf(9)])],
	])("%s waits until the writer is aborted, and whoever closes it as well", async (_, waitFor) => {
		const log = new TestLog();
		const sink = new SinkDouble();
		let writer: ShardWriter | undefined;
		sink.before = async ({ signal }) => {
			if (writer) await abortable<unknown>(waitFor(writer), signal);
		};
		writer = await openWriter(log, { sink, limits: { maxMemtableBatches: 1, maxMemtableBytes: 4, maxMemoryBytes: 8 } });
		for (const id of [1, 2]) await log.clock.run(writer.put([batchOf(id)]));
		const closed = failureOf(writer.close());
		expect(await isPending(closed, log, 600_000)).toBe(true);
		await log.clock.run(writer.abort());
		expect(await closed).toMatchObject({ code: "WAL_CLOSED" });
		expect([sink.offered, sink.sunk, log.clock.pendingTimers]).toEqual([[1n], [], 0]);
		const next = await openWriter(log);
		expect(await visibleIds(next)).toEqual([1, 2]);
		await log.clock.run(next.close());
	});
});

describe("the end of a writer", () => {
	it("tells the sink by its signal where nobody waits for it any more, and waits for it otherwise", async () => {
		for (const how of ["abort", "close"] as const) {
			const log = new TestLog();
			const sink = new SinkDouble();
			const gate = new Gate();
			gate.shut();
			let signal: AbortSignal | undefined;
			sink.before = async (memtable) => {
				signal = memtable.signal;
				await gate.passed();
			};
			const writer = await openWriter(log, { sink, limits: { maxMemtableBatches: 1 } });
			for (const id of [1, 2]) await log.clock.run(writer.put([batchOf(id)]));
			const ended = writer[how]();
			expect(await isPending(ended, log, 60_000)).toBe(true);
			expect(signal?.aborted).toBe(how === "abort");
			gate.open();
			await log.clock.run(ended);
			expect((await manifestOf(log)).replayAfterEntryPosition).toBe(how === "abort" ? 0n : 1n);
			expect(log.clock.pendingTimers).toBe(0);
		}
	});
});
