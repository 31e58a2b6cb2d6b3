import { readFileSync } from "node:fs";
import { Field, Float64, Int32, Int64, Schema, Utf8 } from "apache-arrow";
import { describe, expect, it } from "vitest";
import type { ShardWriter } from "../src/shard-writer.ts";
import { goldenFiles, goldenPath } from "./golden.ts";
import { IndexDouble } from "./test-flusher.ts";
import { failureOf, idsOf, TestLog } from "./test-log.ts";
import { batchFrom, manifestOf, openWriter, recordingWrites, SinkDouble } from "./test-writer.ts";

type Tree = "closed_cleanly" | "reopened_after_crash" | "wal_only";

/** A store with what a real engine left on its disk. */
async function engineLog(tree: Tree): Promise<TestLog> {
	const log = new TestLog();
	for (const ending of [".arrow", ".binpb", "/version_hint.json"] as const) {
		for (const { path } of goldenFiles(ending)) {
			const [root, ...rest] = path.split("/");
			if (root === tree) await log.store.put(`_mem_wal/${rest.join("/")}`, readFileSync(goldenPath(path)));
		}
	}
	return log;
}

const id = new Field("id", new Int32(), false);
const schema = new Schema([id, new Field("name", new Utf8(), true)]);

async function rowsOf(writer: ShardWriter): Promise<unknown[]> {
	const rows: unknown[] = [];
	for await (const batch of writer.scan()) rows.push(...batch.toArray().map((row) => row?.toJSON()));
	return rows;
}

describe("a log that an engine wrote", () => {
	it("and left in a crash is replayed whole, in its order, its sentinels passed over", async () => {
		const log = await engineLog("reopened_after_crash");
		const writer = await openWriter(log, { schema, indexes: () => new IndexDouble({ column: "id" }) });
		expect([writer.writerEpoch, writer.stats().durableBatches, writer.stats().nextEntryPosition]).toEqual([3n, 4, 7n]);
		const rows = [
			{ id: 0, name: "n0" },
			{ id: 1, name: null },
			{ id: 10, name: "n1" },
			{ id: 11, name: null },
			{ id: 20, name: "n2" },
			{ id: 21, name: null },
			{ id: 10, name: "updated" },
		];
		expect(await rowsOf(writer)).toEqual(rows);
		expect(idsOf(await writer.get("id", 10))).toEqual([10, 10]);
		expect(idsOf(await writer.get("name", null))).toEqual([1, 11, 21]);

		const put = batchFrom(schema, { id: [30], name: ["ours"] });
		expect(await log.clock.run(writer.put([put]))).toMatchObject({ entryPosition: 7n });
		expect(await rowsOf(writer)).toEqual([...rows, { id: 30, name: "ours" }]);
		await log.clock.run(writer.close());
	});

	it("and left in a crash reaches a sink, memtable by memtable", async () => {
		const log = await engineLog("reopened_after_crash");
		const sink = new SinkDouble();
		const writer = await openWriter(log, { schema, sink, limits: { maxMemtableBatches: 2 } });
		await log.clock.run(writer.close({ sink: "all" }));
		expect([sink.ids, sink.entryPositions]).toEqual([
			[
				[0, 1, 10, 11],
				[20, 21, 10],
			],
			[
				[1n, 2n],
				[3n, 5n],
			],
		]);
		expect(await manifestOf(log)).toMatchObject({ replayAfterEntryPosition: 5n, currentGeneration: 3n });
	});

	it("and closed cleanly is empty, and what its manifest says of tables is kept", async () => {
		const log = await engineLog("closed_cleanly");
		const { sstables } = await manifestOf(log);
		expect(sstables).toHaveLength(1);
		const writer = await openWriter(log, { schema, sink: new SinkDouble() });
		expect([await rowsOf(writer), writer.stats().nextEntryPosition]).toEqual([[], 5n]);
		await log.clock.run(writer.put([batchFrom(schema, { id: [1], name: ["x"] })]));
		await log.clock.run(writer.close({ sink: "all" }));
		expect(await manifestOf(log)).toMatchObject({ sstables, replayAfterEntryPosition: 5n, currentGeneration: 3n });
	});

	it("without memtables is replayed as well", async () => {
		const log = await engineLog("wal_only");
		const writer = await openWriter(log, { schema: new Schema([id, new Field("v", new Float64(), true)]) });
		expect(await rowsOf(writer)).toEqual([{ id: 7, v: 1 }]);
		await log.clock.run(writer.close());
	});

	it("is read by columns of another choice: one dropped, one added, in another order", async () => {
		const log = await engineLog("reopened_after_crash");
		const chosen = new Schema([new Field("added", new Int64(), true), id]);
		const writer = await openWriter(log, { schema: chosen });
		expect((await rowsOf(writer)).slice(0, 2)).toEqual([
			{ added: null, id: 0 },
			{ added: null, id: 1 },
		]);
		await log.clock.run(writer.close());
	});

	it("is refused by columns that do not fit it, before the engine is fenced", async () => {
		const log = await engineLog("reopened_after_crash");
		const { store, writes } = recordingWrites(log.store);
		const wide = new Schema([new Field("id", new Int64(), false)]);
		const failure = await failureOf(openWriter(log, { store, schema: wide }));
		expect(failure).toMatchObject({ code: "WAL_INVALID", details: { entryPosition: 5n } });
		expect([writes, (await manifestOf(log)).writerEpoch]).toEqual([[], 2n]);
	});
});
