import { describe, expect, it } from "vitest";
import type { ShardWriter } from "../src/shard-writer.ts";
import { batchOfRows, IndexDouble, isPending } from "./test-flusher.ts";
import { batchOf, failureOf, TestLog } from "./test-log.ts";
import { Gate, gatedStore, openWriter, SinkDouble } from "./test-writer.ts";

/** Makes indexes, and calls `act` while it makes those of the second memtable. One is made to check the schema. */
function indexesThat(act: () => void): () => IndexDouble {
	let made = 0;
	return () => {
		if (++made === 3) act();
		return new IndexDouble({ column: "id" });
	};
}

describe("whoever makes the indexes of a memtable", () => {
	it.each([
		["flush", (writer: ShardWriter) => writer.flush(), [[1], [2], [3]]],
		["put", (writer: ShardWriter) => writer.put([batchOf(9)]), [[1], [2], [9], [3]]],
	] as const)("may %s meanwhile, with deferred durability, and no row is lost", async (_, act, written) => {
		const log = new TestLog();
		let writer: ShardWriter | undefined;
		let nested: Promise<unknown> | undefined;
		const indexes = indexesThat(() => {
			nested = writer && act(writer);
		});
		writer = await openWriter(log, { indexes, durability: "deferred", limits: { maxMemtableBatches: 1 } });
		const positions: number[] = [];
		for (const id of [1, 2, 3]) {
			positions.push((await log.clock.run(writer.put([batchOf(id)]))).batchPositions.start);
		}
		await log.clock.run(Promise.resolve(nested));
		await log.clock.run(writer.close());
		expect(new Set(positions).size).toBe(3);
		expect(await log.ids()).toEqual(written);
	});

	it("may put while it makes room for another put, and no row is lost", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		let writer: ShardWriter | undefined;
		let nested: Promise<unknown> | undefined;
		const indexes = indexesThat(() => {
			nested = writer?.put([batchOf(9)]);
		});
		const limits = { maxMemtableBytes: 400, maxMemoryBytes: 600 };
		writer = await openWriter(log, { sink, indexes, limits, durability: "deferred" });
		await log.clock.run(writer.put([batchOfRows(100)]));
		await log.clock.run(writer.put([batchOfRows(100)]));
		await log.clock.run(Promise.resolve(nested));
		await log.clock.run(writer.close());
		expect((await log.ids()).flat()).toHaveLength(201);
	});

	it("may give an earlier put up without moving one whose position was told", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const patience = new AbortController();
		const indexes = indexesThat(() => patience.abort());
		const limits = { maxMemtableBatches: 1, maxQueuedBytes: 8 };
		const writer = await openWriter(log, { store, indexes, durability: "deferred", limits });
		gate.shut();
		const first = writer.putNoWait([batchOf(1, 1)]);
		await log.clock.advance(1);
		const second = failureOf(writer.put([batchOf(2)], { signal: patience.signal }));
		const third = first.durable.then(() => writer.putNoWait([batchOf(4)]));
		gate.open();
		const { batchPositions, durable } = await log.clock.run(third);
		expect((await log.clock.run(durable)).batchPositions).toEqual(batchPositions);
		expect(await second).toMatchObject({ code: "WAL_ABORTED", outcome: "unknown" });
		await log.clock.run(writer.close());
	});

	it("may give a put up that waits for room, and those behind it go on", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const gate = new Gate();
		gate.shut();
		sink.before = () => gate.passed();
		const patience = new AbortController();
		const indexes = indexesThat(() => patience.abort());
		const limits = { maxMemtableBytes: 400, maxMemoryBytes: 600 };
		const writer = await openWriter(log, { sink, indexes, limits });
		await log.clock.run(writer.put([batchOfRows(100)]));
		const large = failureOf(writer.put([batchOfRows(100)], { signal: patience.signal }));
		const behind = [writer.put([batchOfRows(10)]), writer.flush()];
		expect(await large).toMatchObject({ code: "WAL_ABORTED", outcome: "not-written" });
		for (const one of behind) expect(await isPending(one, log, 60_000)).toBe(false);
		gate.open();
		await log.clock.run(writer.close());
	});
});
