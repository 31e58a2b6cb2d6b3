import { abortable } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import type { RecordBatch } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../src/defaults.ts";
import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import { entryKey } from "../src/shard-paths.ts";
import { successorOf } from "../src/successor.ts";
import { batchOfRows, IndexDouble } from "./test-flusher.ts";
import { batchOf, failureOf, idsOf, intercept, TestLog } from "./test-log.ts";
import { Gate, isEntry, manifestOf, openWriter, plantEntry, SHARD, SinkDouble, visibleIds } from "./test-writer.ts";

/** A log with these entries, by a writer that has vanished. */
async function logOf(...entries: number[][]): Promise<TestLog> {
	const log = new TestLog();
	const writer = await openWriter(log, { mode: "wal-only" });
	for (const ids of entries) await log.clock.run(writer.put([batchOf(...ids)]));
	return log;
}

/** The memory behind the ids: all of the entry that they were read from. */
function bufferOf(batch: RecordBatch): ArrayBufferLike {
	const ids: Int32Array = batch.getChild("id")?.data[0]?.values ?? new Int32Array(0);
	return ids.buffer;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe("a replay", () => {
	it("brings back what a writer had that vanished without closing", async () => {
		const log = new TestLog();
		const first = await openWriter(log);
		await log.clock.run(first.put([batchOfRows(5)]));
		await log.clock.run(first.put([batchOfRows(3)]));
		const second = await openWriter(log);
		const batches = [];
		for await (const batch of second.scan()) batches.push(batch);
		expect(batches.map(({ numRows }) => numRows)).toEqual([5, 3]);
		await log.clock.run(second.close());
	});

	it("of a new shard finds nothing, and writes nothing beside the claim", async () => {
		const log = new TestLog();
		const writer = await openWriter(log);
		expect([await visibleIds(writer), writer.stats()]).toMatchObject([
			[],
			{ durableBatches: 0, nextEntryPosition: 1n, memtables: { count: 1, bytes: 0 } },
		]);
		expect((await log.keys()).filter(isEntry)).toEqual([]);
		await log.clock.run(writer.close());
	});

	it("takes each row once: nothing of it is appended or indexed again", async () => {
		const log = await logOf([0, 1, 2, 3, 4], [5, 6, 7]);
		const made: IndexDouble[] = [];
		const indexes = () => {
			made.push(new IndexDouble({ column: "id" }));
			return made.at(-1) as IndexDouble;
		};
		const writer = await openWriter(log, { indexes });
		expect(writer.stats()).toMatchObject({ durableBatches: 2, puts: { count: 0 }, index: { rows: 0 } });
		await log.clock.run(writer.flush());
		const ack = await log.clock.run(writer.put([batchOf(8, 9)]));
		expect(ack.batchPositions).toEqual({ start: 2, end: 3 });
		expect((await log.ids()).flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
		expect(made.map(({ taken }) => taken)).toEqual([[], [0, 1, 2]]);
		expect(idsOf(await writer.get("id", 0))).toEqual([0]);
		expect(idsOf(await writer.range("id", { gte: 4, lt: 9 }))).toEqual([4, 5, 6, 7, 8]);
		await log.clock.run(writer.close());
	});

	it("counts the rows that are put afterwards, and those only, once", async () => {
		const log = await logOf([1, 2]);
		const writer = await openWriter(log, { indexes: () => new IndexDouble({ column: "id" }) });
		await log.clock.run(writer.put([batchOf(3, 4, 5)]));
		expect(writer.stats()).toMatchObject({ puts: { rows: 3 }, index: { rows: 3 }, entries: { count: 1 } });
		await log.clock.run(writer.close());
	});

	it("knows where the log goes on before anything is put", async () => {
		const log = await logOf([1], [2], [3]);
		const writer = await openWriter(log);
		expect(writer.stats().nextEntryPosition).toBe(5n);
		expect((await manifestOf(log)).lastSeenEntryPosition).toBe(4n);
		await log.clock.run(writer.close());
	});

	it("passes over sentinels, and ends below its own", async () => {
		const log = await logOf([1]);
		for (let restart = 0; restart < 3; restart++) await openWriter(log);
		const writer = await openWriter(log);
		await log.clock.run(writer.put([batchOf(2)]));
		expect([await visibleIds(writer), await log.ids()]).toEqual([
			[1, 2],
			[[1], [], [], [], [], [2]],
		]);
		await log.clock.run(writer.close());
	});

	it("begins behind the replay cursor, whatever became of the rows below it", async () => {
		const log = await logOf([1], [2], [3]);
		const manifests = new ShardManifestStore(log.options());
		await manifests.commitUpdate(1n, (current) => successorOf(current, { replayAfterEntryPosition: 3n }));
		for (const position of [1n, 2n]) await log.store.delete(entryKey(SHARD, position));
		const writer = await openWriter(log);
		expect([await visibleIds(writer), writer.stats().durableBatches]).toEqual([[], 0]);
		await log.clock.run(writer.put([batchOf(4)]));
		expect(await visibleIds(writer)).toEqual([4]);
		await log.clock.run(writer.close());
	});
});

describe("a log larger than a memtable", () => {
	it("is replayed into several: the full ones reach the sink, and a second open finds the rest", async () => {
		const log = await logOf(...upTo(8).map((id) => [id]));
		const sink = new SinkDouble();
		const options = { sink, limits: { maxMemtableBatches: 2 } };
		const second = await openWriter(log, options);
		await log.clock.run(second.close());
		expect(sink.ids).toEqual([
			[1, 2],
			[3, 4],
			[5, 6],
		]);
		const third = await openWriter(log, options);
		expect(await visibleIds(third)).toEqual([7, 8]);
		await log.clock.run(third.close({ sink: "all" }));
		expect(sink.ids.flat()).toEqual(upTo(8));
		expect(sink.sunk.map(({ generation }) => generation)).toEqual([1n, 2n, 3n, 4n]);
	});

	it("is replayed also where there is no sink, while memory holds it", async () => {
		const log = await logOf(...upTo(16).map((id) => [id, id]));
		const writer = await openWriter(log, { limits: { maxMemtableRows: 8 } });
		expect(writer.stats().memtables.count).toBe(4);
		expect(await visibleIds(writer)).toEqual(upTo(16).flatMap((id) => [id, id]));
		expect(idsOf(await writer.get("id", 11))).toEqual([11, 11]);
		await log.clock.run(writer.close());
	});

	it("is refused where there is no sink and memory does not hold it; with one it is opened", async () => {
		const log = await logOf(...upTo(50).map((id) => [id]));
		const limits = { maxMemtableBytes: 1_000, maxMemoryBytes: 10_000 };
		expect(await failureOf(openWriter(log, { limits }))).toMatchObject({
			code: "WAL_BACKPRESSURE",
			message: expect.stringContaining("maxMemoryBytes"),
		});
		expect(log.clock.pendingTimers).toBe(0);
		const sink = new SinkDouble();
		const writer = await openWriter(log, { limits, sink });
		await log.clock.run(writer.close({ sink: "all" }));
		expect(sink.ids.flat()).toEqual(upTo(50));
	});

	it("never has an entry in two of them, and one that is larger than any has its own", async () => {
		const log = await logOf([1], [2, 3], [4, 5, 6, 7, 8, 9], [10], [11, 12], [13]);
		const sink = new SinkDouble();
		const writer = await openWriter(log, { sink, limits: { maxMemtableRows: 3 } });
		await log.clock.run(writer.close({ sink: "all" }));
		expect([sink.ids, sink.entryPositions]).toEqual([
			[[1, 2, 3], [4, 5, 6, 7, 8, 9], [10, 11, 12], [13]],
			[[1n, 2n], [3n], [4n, 5n], [6n]],
		]);
		const many = new TestLog();
		const first = await openWriter(many);
		await many.clock.run(first.put(upTo(5).map((id) => batchOf(id))));
		const second = await openWriter(many, { limits: { maxMemtableBatches: 2 } });
		expect([await visibleIds(second), second.stats().memtables.count]).toEqual([upTo(5), 1]);
		await many.clock.run(second.put([batchOf(6)]));
		expect([await visibleIds(second), second.stats().memtables.count]).toEqual([upTo(6), 2]);
		await many.clock.run(second.close());
	});

	it("is replayed in bounded memory, however slow the sink", async () => {
		const entries = 200;
		const log = await logOf(...upTo(entries).map((id) => Array.from({ length: 100 }, () => id)));
		const [object] = (await log.keys()).filter(isEntry);
		const entryBytes = (await log.store.head(object as string))?.size ?? 0;
		const maxMemoryBytes = 20 * entryBytes;
		const held = new Map<ArrayBufferLike, number>();
		const bytes = () => [...held.values()].reduce((sum, size) => sum + size, 0);
		const ahead: number[] = [];
		const taken: number[] = [];
		let [peak, fetched, replayed] = [0, 0, 0];
		const indexes = () => {
			const double = new IndexDouble();
			const { insertBatches } = double;
			double.insertBatches = async (stored) => {
				for (const { batch } of stored) {
					const buffer = bufferOf(batch);
					held.set(buffer, buffer.byteLength);
				}
				peak = Math.max(peak, bytes());
				ahead.push(fetched - ++replayed);
				return insertBatches.call(double, stored);
			};
			return double;
		};
		const sink = new SinkDouble();
		sink.before = async ({ entries: given }) => {
			await log.clock.sleep(1_000);
			taken.push(given.length);
			for (const { batches } of given) {
				for (const batch of batches) held.delete(bufferOf(batch));
			}
		};
		const store = intercept(log.store, {
			get: (key, proceed) => {
				if (isEntry(key)) fetched++;
				return proceed();
			},
		});
		const limits = { maxMemtableBytes: 4 * 400, maxMemoryBytes };
		const writer = await openWriter(log, { store, indexes, sink, limits });
		expect(replayed).toBe(entries);
		expect(peak).toBeGreaterThan(maxMemoryBytes / 2);
		expect(peak).toBeLessThanOrEqual(maxMemoryBytes + entryBytes);
		expect(Math.max(...ahead)).toBeLessThanOrEqual(DEFAULTS.readConcurrency + 1);
		await log.clock.run(writer.close({ sink: "all" }));
		expect(sink.ids.flat()).toHaveLength(entries * 100);
		expect(new Set(taken)).toEqual(new Set([4]));
	});
});

describe("a replay that must fail", () => {
	it("at an entry of a later epoch, which nobody had claimed, says that it is fenced", async () => {
		const log = new TestLog();
		await openWriter(log);
		await plantEntry(log, 1n, 100n, [batchOf(1)]);
		await plantEntry(log, 2n, 1n, [batchOf(2)]);
		const sink = new SinkDouble();
		expect(await failureOf(openWriter(log, { sink }))).toMatchObject({
			code: "WAL_FENCED",
			details: { epoch: 2n, fencedBy: 100n },
		});
		expect([sink.offered, log.clock.pendingTimers]).toEqual([[], 0]);
	});

	it("at a damaged entry names it, and leaves the log as it is", async () => {
		const log = await logOf([1], [2], [3]);
		const key = entryKey(SHARD, 2n);
		const whole = await log.store.get(key);
		await log.store.put(key, (whole?.bytes ?? new Uint8Array(0)).subarray(0, 100));
		expect(await failureOf(openWriter(log))).toMatchObject({ code: "WAL_CORRUPT", details: { key } });
		await log.store.put(key, whole?.bytes ?? new Uint8Array(0));
		const writer = await openWriter(log);
		expect(await visibleIds(writer)).toEqual([1, 2, 3]);
		await log.clock.run(writer.close());
	});

	it("at a missing entry says which, and never drops what follows", async () => {
		for (const missing of upTo(9).map(BigInt)) {
			const log = await logOf(...upTo(10).map((id) => [id]));
			await log.store.delete(entryKey(SHARD, missing));
			const failure = await failureOf(openWriter(log));
			expect(failure).toMatchObject({ code: "WAL_GAP", details: { entryPosition: missing } });
			expect(await log.keys(entryKey(SHARD, missing))).toEqual([]);
		}
	});

	it("at a missing entry says that it is fenced, where a newer writer has come meanwhile", async () => {
		const log = await logOf(...upTo(3).map((id) => [id]));
		let overtaken = false;
		const store = intercept(log.store, {
			get: async (key, proceed) => {
				if (key !== entryKey(SHARD, 1n) || overtaken) return proceed();
				overtaken = true;
				await new ShardManifestStore(log.options()).claimEpoch();
				await log.store.delete(key);
				return proceed();
			},
		});
		const failure = await failureOf(openWriter(log, { store }));
		expect(failure).toMatchObject({ code: "WAL_FENCED", details: { epoch: 2n, fencedBy: 3n } });
	});

	it("with a sink that fails ends the open when memory is full, and says why", async () => {
		const log = await logOf(...upTo(50).map((id) => [id]));
		const sink = new SinkDouble();
		sink.before = async () => {
			throw new Error("the table is away");
		};
		const limits = { maxMemtableBytes: 8, maxMemoryBytes: 10_000 };
		const failure = await failureOf(openWriter(log, { limits, sink }));
		expect(failure).toMatchObject({ code: "WAL_BACKPRESSURE", message: expect.stringContaining("the table is away") });
		await log.clock.advance(600_000);
		expect([sink.sunk, log.clock.pendingTimers]).toEqual([[], 0]);
	});

	it("ends with its signal, and leaves nothing at work", async () => {
		const log = await logOf(...upTo(50).map((id) => [id]));
		const patience = new AbortController();
		const store = intercept(log.store, {
			get: async (key, proceed) => {
				if (key === entryKey(SHARD, 20n)) patience.abort();
				return proceed();
			},
		});
		const failure = await failureOf(openWriter(log, { store, signal: patience.signal }));
		expect(failure).toMatchObject({ code: "WAL_ABORTED" });
		await log.clock.advance(600_000);
		expect(log.clock.pendingTimers).toBe(0);
	});
});

/** A store under whose readers the log is collected up to this position, as soon as one of them asks for entry 20. */
function collectedMeanwhile(log: TestLog, upToPosition: bigint): ObjectStore {
	let collected = false;
	return intercept(log.store, {
		get: async (key, proceed) => {
			if (key !== entryKey(SHARD, 20n) || collected) return proceed();
			collected = true;
			const manifests = new ShardManifestStore(log.options());
			const current = await manifests.latest();
			if (!current) throw new Error("no manifest");
			await manifests.write(successorOf(current, { replayAfterEntryPosition: upToPosition }));
			for (let position = 1n; position < upToPosition; position++) await log.store.delete(entryKey(SHARD, position));
			return proceed();
		},
	});
}

describe("a replay under which the log is collected", () => {
	it("begins anew behind the replay cursor: what it had read is the sink's, and is not read here any more", async () => {
		const log = await logOf(...upTo(40).map((id) => [id]));
		const store = collectedMeanwhile(log, 30n);
		const indexes = () => new IndexDouble({ column: "id" });
		const writer = await openWriter(log, { store, indexes });
		expect([await visibleIds(writer), writer.stats().durableBatches]).toEqual([upTo(40).slice(30), 10]);
		await log.clock.run(writer.put([batchOf(41)]));
		expect(await visibleIds(writer)).toEqual(upTo(41).slice(30));
		const found = await Promise.all([5, 31, 41].map(async (id) => idsOf(await writer.get("id", id))));
		expect(found).toEqual([[], [31], [41]]);
		await log.clock.run(writer.close());
	});

	it("offers nothing of what it had read any more, and the rest as what follows on the cursor", async () => {
		const log = await logOf(...upTo(40).map((id) => [id]));
		const sink = new SinkDouble();
		const gate = new Gate();
		gate.shut();
		let first: AbortSignal | undefined;
		sink.before = async ({ signal }) => {
			first ??= signal;
			if (signal === first) await abortable(gate.passed(), signal);
		};
		const limits = { maxMemtableBatches: 4 };
		const writer = await openWriter(log, { store: collectedMeanwhile(log, 30n), sink, limits });
		await log.clock.run(writer.close({ sink: "all" }));
		expect(sink.offered).toHaveLength(4);
		expect(sink.sunk.map(({ afterEntryPosition, entries }) => [afterEntryPosition, entries.length])).toEqual([
			[30n, 4],
			[34n, 4],
			[38n, 2],
		]);
		expect(sink.ids.flat()).toEqual(upTo(40).slice(30));
		expect(await manifestOf(log)).toMatchObject({ replayAfterEntryPosition: 40n });
	});

	it("as often as it is begun gives up in the end, and leaves nothing at work", async () => {
		const log = await logOf(...upTo(40).map((id) => [id]));
		let cursor = 0n;
		const store = intercept(log.store, {
			get: async (key, proceed) => {
				if (key !== entryKey(SHARD, cursor + 1n)) return proceed();
				const manifests = new ShardManifestStore(log.options());
				const current = await manifests.latest();
				if (!current) throw new Error("no manifest");
				cursor += 2n;
				await manifests.write(successorOf(current, { replayAfterEntryPosition: cursor }));
				await log.store.delete(key);
				return proceed();
			},
		});
		const failure = await failureOf(openWriter(log, { store, sink: new SinkDouble() }));
		expect(failure).toMatchObject({ code: "WAL_UNAVAILABLE", message: expect.stringContaining("collected") });
		expect(log.clock.pendingTimers).toBe(0);
	});
});
