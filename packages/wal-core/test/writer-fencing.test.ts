import { WalError } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";
import type { ShardWriter } from "../src/shard-writer.ts";
import { IndexDouble } from "./test-flusher.ts";
import { batchOf, failureOf, idsOf, intercept, TestLog } from "./test-log.ts";
import { gatedStore, isEntry, openWriter, plantEntry, unreachable, visibleIds } from "./test-writer.ts";

/** What everything that a writer can be asked for fails with. */
async function failuresOf(log: TestLog, writer: ShardWriter): Promise<unknown[]> {
	const now = async (ask: () => unknown) => void ask();
	const asked = [
		writer.put([batchOf(9)]),
		now(() => writer.putNoWait([batchOf(9)])),
		now(() => writer.scan()),
		writer.get("id", 1),
		writer.range("id", { gte: 0 }),
		writer.flush(),
		writer.checkFenced(),
	];
	return log.clock.run(Promise.all(asked.map(failureOf)));
}

const onId = () => new IndexDouble({ column: "id" });

describe("a writer that was replaced", () => {
	it("learns of it by asking, and then nothing can be had of it but its numbers", async () => {
		const log = new TestLog();
		const first = await openWriter(log, { indexes: onId });
		await log.clock.run(first.put([batchOf(1)]));
		await log.clock.run(first.checkFenced());
		const second = await openWriter(log);
		const asked = await failureOf(log.clock.run(first.checkFenced()));
		expect(asked).toMatchObject({ code: "WAL_FENCED", details: { epoch: 1n, fencedBy: 2n } });
		for (const failure of await failuresOf(log, first)) {
			expect(failure).toMatchObject({ code: "WAL_FENCED", details: { epoch: 1n, fencedBy: 2n } });
		}
		expect(first.stats()).toMatchObject({ puts: { count: 1 }, durableBatches: 1, stopped: { code: "WAL_FENCED" } });
		await log.clock.run(second.close());
	});

	it("learns of it by its next put: whoever waits is told, in an entry or not, and nothing is written", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const first = await openWriter(log, { store, indexes: onId });
		await log.clock.run(first.put([batchOf(1)]));
		gate.shut();
		const inEntry = [failureOf(first.put([batchOf(2)])), failureOf(first.put([batchOf(3)]))];
		await log.clock.advance(1);
		const queued = failureOf(first.put([batchOf(4)]));
		const flushed = failureOf(first.flush());
		const second = await openWriter(log);
		gate.open();
		for (const failure of await log.clock.run(Promise.all([...inEntry, queued, flushed]))) {
			expect(failure).toMatchObject({ code: "WAL_FENCED", outcome: "not-written" });
		}
		for (const failure of await failuresOf(log, first)) expect(failure).toMatchObject({ code: "WAL_FENCED" });
		expect(await log.ids()).toEqual([[1], []]);
		expect(await failureOf(log.clock.run(first.close()))).toMatchObject({ code: "WAL_FENCED" });
		expect(await visibleIds(second)).toEqual([1]);
		await log.clock.run(second.close());
	});

	it("is told that the outcome is unknown where its entry was in doubt before", async () => {
		const log = new TestLog();
		const away = unreachable(log);
		const first = await openWriter(log, { store: away.store });
		away.begin();
		const put = failureOf(first.put([batchOf(1)]));
		await log.clock.advance(50);
		const second = await openWriter(log);
		away.end();
		expect(await log.clock.run(put)).toMatchObject({ code: "WAL_FENCED", outcome: "unknown" });
		expect(await visibleIds(second)).toEqual([]);
		await log.clock.run(second.close());
	});
});

describe("a writer whose entry could not be written", () => {
	it("serves nothing any more, keeps its numbers, and the shard can be opened again", async () => {
		const log = new TestLog();
		const away = unreachable(log);
		const limits = { persistDeadlineMs: 1_000 };
		const first = await openWriter(log, { store: away.store, limits, indexes: onId });
		await log.clock.run(first.put([batchOf(1)]));
		away.begin();
		const failure = await failureOf(log.clock.run(first.put([batchOf(2)])));
		expect(failure).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
		away.end();
		for (const later of (await failuresOf(log, first)).slice(0, 6)) {
			expect(later).toMatchObject({ code: "WAL_POISONED", cause: { code: "WAL_TIMEOUT" } });
		}
		expect(first.stats()).toMatchObject({ puts: { count: 2 }, durableBatches: 1, stopped: { code: "WAL_TIMEOUT" } });
		expect(await log.ids()).toEqual([[1]]);
		const second = await openWriter(log);
		await log.clock.run(second.put([batchOf(3)]));
		expect(await visibleIds(second)).toEqual([1, 3]);
		await log.clock.run(second.close());
	});

	it("acknowledges an entry whose reply was lost, and writes it once", async () => {
		const log = new TestLog();
		let lost = false;
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				const created = await proceed();
				if (lost || !isEntry(key)) return created;
				lost = true;
				throw new WalError("WAL_UNAVAILABLE", "planted", { outcome: "unknown" });
			},
		});
		const writer = await openWriter(log, { store });
		expect(await log.clock.run(writer.put([batchOf(1)]))).toMatchObject({ entryPosition: 1n, attempts: 2 });
		await log.clock.run(writer.put([batchOf(2)]));
		expect(await log.ids()).toEqual([[1], [2]]);
		await log.clock.run(writer.close());
	});

	it("never writes what it said was not written; what is in doubt, its close settles", async () => {
		const log = new TestLog();
		const away = unreachable(log);
		const limits = { persistDeadlineMs: 1_000, maxEntryBytes: 4 };
		const writer = await openWriter(log, { store: away.store, limits, mode: "wal-only" });
		away.begin();
		const [inEntry, ...queued] = [1, 2, 3].map((id) => failureOf(writer.put([batchOf(id)])));
		expect(await log.clock.run(Promise.resolve(inEntry))).toMatchObject({ outcome: "unknown" });
		for (const failure of queued) expect(await failure).toMatchObject({ code: "WAL_TIMEOUT", outcome: "not-written" });
		away.end();
		await failureOf(log.clock.run(writer.close()));
		await log.clock.advance(600_000);
		expect(await log.ids()).toEqual([[1]]);
	});

	it("ends at an entry of another in its slot, since the rows there are not in its memory", async () => {
		const log = new TestLog();
		const first = await openWriter(log);
		const { nextEntryPosition } = first.stats();
		await plantEntry(log, nextEntryPosition, 0n, [batchOf(7)]);
		const failure = await failureOf(first.put([batchOf(1)]));
		expect(failure).toMatchObject({ code: "WAL_CONFLICT", outcome: "not-written" });
		expect(await failureOf(first.get("id", 7))).toMatchObject({ code: "WAL_POISONED" });
		const second = await openWriter(log);
		expect(await visibleIds(second)).toEqual([7]);
		await log.clock.run(second.close());
	});
});

describe("a writer whose index fails", () => {
	const broken = () => {
		const indexes = onId();
		const { insertBatches } = indexes;
		indexes.insertBatches = async (batches) => {
			if (batches.some(({ batch }) => idsOf([batch]).includes(13))) throw new WalError("WAL_UNSUPPORTED", "no 13 here");
			return insertBatches.call(indexes, batches);
		};
		return indexes;
	};

	it("says that the rows are written, and serves none that it could not find", async () => {
		const log = new TestLog();
		const writer = await openWriter(log, { indexes: broken });
		await log.clock.run(writer.put([batchOf(1)]));
		const failure = await failureOf(log.clock.run(writer.put([batchOf(13)])));
		expect(failure).toMatchObject({ code: "WAL_UNSUPPORTED", outcome: "written" });
		for (const later of (await failuresOf(log, writer)).slice(0, 6)) {
			expect(later).toMatchObject({ code: "WAL_POISONED", cause: { code: "WAL_UNSUPPORTED" } });
		}
		expect([writer.stats().durableBatches, await log.ids()]).toEqual([2, [[1], [13]]]);
		const next = await openWriter(log);
		expect(await visibleIds(next)).toEqual([1, 13]);
		await log.clock.run(next.close());
	});

	it("ends also where it went ahead of the log", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const writer = await openWriter(log, { store, indexes: broken, durability: "deferred" });
		gate.shut();
		const failure = await failureOf(log.clock.run(writer.put([batchOf(13)])));
		expect(failure).toMatchObject({ code: "WAL_UNSUPPORTED" });
		expect(await failureOf(writer.get("id", 1))).toMatchObject({ code: "WAL_POISONED" });
		gate.open();
		await log.clock.advance(1);
		expect(await failureOf(log.clock.run(writer.close()))).toMatchObject({ code: "WAL_UNSUPPORTED" });
	});

	it("cannot replay what it could not index: the open fails, and nothing of the log is lost", async () => {
		const log = new TestLog();
		const first = await openWriter(log);
		await log.clock.run(first.put([batchOf(13)]));
		await log.clock.run(first.close());
		expect(await failureOf(openWriter(log, { indexes: broken }))).toMatchObject({ code: "WAL_UNSUPPORTED" });
		const next = await openWriter(log);
		expect(await visibleIds(next)).toEqual([13]);
		await log.clock.run(next.close());
	});
});
