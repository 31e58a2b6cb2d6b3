import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@memwal/wal-store";
import { describe, expect, it } from "vitest";
import { ShardWriter } from "../src/shard-writer.ts";
import type { WalTailer } from "../src/wal-tailer.ts";
import { batchOfRows, IndexDouble } from "./test-flusher.ts";
import { batchOf, failureOf, idsOf, TestLog } from "./test-log.ts";
import { gatedStore, ID_SCHEMA, manifestOf, openWriter, SinkDouble, visibleIds } from "./test-writer.ts";

/** The generation of each entry, and the ids in it. */
async function generations(tailer: WalTailer): Promise<[bigint | undefined, number[]][]> {
	const entries: [bigint | undefined, number[]][] = [];
	for await (const { generation, batches } of tailer.entries({ from: 1n })) entries.push([generation, idsOf(batches)]);
	return entries;
}

describe("a memtable", () => {
	it("that is full makes room for the next generation, which every entry names", async () => {
		const log = new TestLog();
		const writer = await openWriter(log, { limits: { maxMemtableBytes: 1_024 } });
		for (let put = 0; put < 5; put++) await log.clock.run(writer.put([batchOfRows(100)]));
		expect(writer.stats().memtables.count).toBe(3);
		const entries = await generations(await log.tailer());
		expect(entries.map(([generation]) => generation)).toEqual([1n, 1n, 2n, 2n, 3n]);
		await log.clock.run(writer.close());
	});

	const byFours = [[1, 2, 3], [4, 5, 6, 7], [8]];
	const byPairs = [
		[1, 2, 3],
		[4, 5],
		[6, 7, 8],
	];
	it.each([
		["rows", { maxMemtableRows: 4 }, byFours],
		["bytes", { maxMemtableBytes: 16 }, byFours],
		["batches", { maxMemtableBatches: 2 }, byPairs],
	])("is full by %s, and a put goes whole into one of them and into one entry", async (_, limits, expected) => {
		const log = new TestLog();
		const writer = await openWriter(log, { limits });
		const puts = [[batchOf(1, 2), batchOf(3)], [batchOf(4), batchOf(5)], [batchOf(6, 7)], [batchOf(8)]];
		await log.clock.run(Promise.all(puts.map((batches) => writer.put(batches))));
		expect(await generations(await log.tailer())).toEqual(expected.map((ids, index) => [BigInt(index + 1), ids]));
		expect(writer.stats().memtables.count).toBe(3);
		await log.clock.run(writer.close());
	});

	it("that takes rows stays in use however often others are full: every generation reaches the sink", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const writer = await openWriter(log, { sink, limits: { maxMemtableBytes: 64 } });
		for (let put = 0; put < 8; put++) await log.clock.run(writer.put([batchOfRows(10)]));
		expect(await visibleIds(writer)).toHaveLength(10);
		await log.clock.run(writer.close());
		expect(sink.sunk.map(({ generation }) => generation)).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n]);
		expect((await manifestOf(log)).currentGeneration).toBe(8n);
	});

	it("does so on a real disk as well, where an engine finds everything in its place", async () => {
		const folder = await mkdtemp(join(tmpdir(), "memwal-rotation-"));
		const store = await openStore(`file:${folder}`);
		try {
			const sink = new SinkDouble();
			const writer = await ShardWriter.open({ store, schema: ID_SCHEMA, sink, limits: { maxMemtableBytes: 64 } });
			for (let put = 0; put < 8; put++) await writer.put([batchOf(put, put, put, put, put, put, put, put, put)]);
			await writer.close({ sink: "all" });
			expect(sink.ids.flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7].flatMap((put) => Array.from({ length: 9 }, () => put)));
			expect(sink.sunk).toHaveLength(8);
			const keys: string[] = [];
			for await (const { key } of store.list("")) keys.push(key);
			const ours = /^_mem_wal\/[0-9a-f-]{36}\/(wal\/[01]{64}\.arrow|manifest\/([01]{64}\.binpb|version_hint\.json))$/;
			expect(keys.filter((key) => !ours.test(key))).toEqual([]);
			expect(keys.filter((key) => key.endsWith(".arrow"))).toHaveLength(8);
			const next = await ShardWriter.open({ store, schema: ID_SCHEMA });
			expect(await visibleIds(next)).toEqual([]);
			await next.close();
		} finally {
			await store.close?.();
			await rm(folder, { recursive: true, force: true });
		}
	});
});

describe("a rotation", () => {
	it("leaves no put acknowledged that its own entry does not hold", async () => {
		const log = new TestLog();
		const writer = await openWriter(log, { limits: { maxMemtableBatches: 2 } });
		for (const id of [1, 2, 3]) {
			const { batchPositions, entryPosition } = await log.clock.run(writer.put([batchOf(id, id, id, id, id)]));
			expect(batchPositions).toEqual({ start: id - 1, end: id });
			expect(writer.stats().durableBatches).toBeGreaterThanOrEqual(batchPositions.end);
			expect((await log.ids())[Number(entryPosition) - 1]).toEqual([id, id, id, id, id]);
		}
		expect((await log.ids()).flat()).toHaveLength(15);
		await log.clock.run(writer.close());
	});

	it("under puts of one turn cuts the entry, and gives every put the batches that are its own", async () => {
		const log = new TestLog();
		const writer = await openWriter(log, { limits: { maxMemtableBatches: 3 } });
		const acks = await log.clock.run(
			Promise.all([[1], [2, 3], [4, 5], [6], [7, 8, 9]].map((ids) => writer.put(ids.map((id) => batchOf(id))))),
		);
		expect(
			acks.map(({ batchPositions, entryPosition }) => [batchPositions.start, batchPositions.end, entryPosition]),
		).toEqual([
			[0, 1, 1n],
			[1, 3, 1n],
			[3, 5, 2n],
			[5, 6, 2n],
			[6, 9, 3n],
		]);
		expect(await generations(await log.tailer())).toEqual([
			[1n, [1, 2, 3]],
			[2n, [4, 5, 6]],
			[3n, [7, 8, 9]],
		]);
		expect(writer.stats().durableBatches).toBe(9);
		await log.clock.run(writer.close());
	});

	it("writes what the older memtable owes before anything of the newer one", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const limits = { maxMemtableBatches: 2, maxEntryBytes: 4 };
		const writer = await openWriter(log, { store, limits, durability: "deferred" });
		gate.shut();
		for (const id of [7, 20, 30, 7]) await writer.put([batchOf(id)]);
		expect([writer.stats().memtables.count, await visibleIds(writer)]).toEqual([2, [7, 20, 30, 7]]);
		gate.open();
		await log.clock.run(writer.flush());
		expect(await generations(await log.tailer())).toEqual([
			[1n, [7]],
			[1n, [20]],
			[2n, [30]],
			[2n, [7]],
		]);
		await log.clock.run(writer.close());
	});

	it("goes on with the generation that the manifest names, after a restart", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const first = await openWriter(log, { sink, limits: { maxMemtableBatches: 1 } });
		for (const id of [1, 2, 3]) await log.clock.run(first.put([batchOf(id)]));
		await log.clock.run(first.close());
		const second = await openWriter(log, { sink });
		await log.clock.run(second.put([batchOf(4)]));
		expect((await generations(await log.tailer())).at(-1)).toEqual([3n, [4]]);
		await log.clock.run(second.close({ sink: "all" }));
		expect(sink.sunk.map(({ generation }) => generation)).toEqual([1n, 2n, 3n]);
		expect(sink.ids).toEqual([[1], [2], [3, 4]]);
	});
});

it.each(["durable", "deferred"] as const)(
	"a signal that aborts while the memtable for its put is made takes the put out of a %s writer",
	async (durability) => {
		const log = new TestLog();
		const patience = new AbortController();
		let made = 0;
		const indexes = () => {
			// One is made to check the schema, one for the first memtable.
			if (++made === 3) patience.abort();
			return new IndexDouble({ column: "id" });
		};
		const writer = await openWriter(log, { indexes, durability, limits: { maxMemtableBatches: 1 } });
		await log.clock.run(writer.put([batchOf(1)]));
		const given = failureOf(writer.put([batchOf(2)], { signal: patience.signal }));
		const next = writer.put([batchOf(3)]);
		expect(await given).toMatchObject({ code: "WAL_ABORTED", outcome: "not-written" });
		expect(await log.clock.run(next)).toMatchObject({ batchPositions: { start: 1, end: 2 } });
		expect(await visibleIds(writer)).toEqual([1, 3]);
		await log.clock.run(writer.close());
		expect(await log.ids()).toEqual([[1], [3]]);
	},
);
