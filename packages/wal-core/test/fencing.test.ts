import { WalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import { describe, expect, it } from "vitest";
import { MAX_ENTRY_POSITION } from "../src/entry-position.ts";
import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import { entryKey } from "../src/shard-paths.ts";
import { successorOf } from "../src/successor.ts";
import { WalAppender } from "../src/wal-appender.ts";
import { batchOf, failureOf, intercept, TestLog } from "./test-log.ts";
import { isEntry, plantEntry, SHARD } from "./test-writer.ts";

const unknown = () => new WalError("WAL_UNAVAILABLE", "planted", { outcome: "unknown" });

describe("a successor", () => {
	it("fences its predecessor: check and append both say so, for ever", async () => {
		const log = new TestLog();
		const first = await log.appender();
		await first.append([batchOf(1)]);
		const second = await log.appender();
		expect(second.writerEpoch).toBe(2n);
		expect(await second.append([batchOf(2)])).toMatchObject({ entryPosition: 3n });

		await expect(first.checkFenced()).rejects.toThrow("Writer fenced");
		const fenced = { code: "WAL_FENCED", outcome: "not-written", details: { epoch: 1n, fencedBy: 2n } };
		await expect(first.append([batchOf(9)])).rejects.toMatchObject(fenced);
		await expect(first.append([batchOf(9)])).rejects.toMatchObject(fenced);
		await second.checkFenced();
		expect(await log.ids()).toEqual([[1], [], [2]]);
	});

	it("fences by its sentinel alone, before it has written anything", async () => {
		const log = new TestLog();
		const first = await log.appender();
		await first.append([batchOf(1)]);
		const second = await log.appender();
		await expect(first.append([batchOf(9)])).rejects.toMatchObject({ code: "WAL_FENCED" });
		const sentinel = await (await log.tailer()).readEntry(2n);
		expect(sentinel).toMatchObject({ writerEpoch: 2n, fenceSentinel: true, batches: [], rows: 0 });
		expect(await second.append([batchOf(2)])).toMatchObject({ entryPosition: 3n });
	});

	it("fences a first writer that never wrote anything", async () => {
		const log = new TestLog();
		const idle = await log.appender();
		const second = await log.appender();
		expect(await second.append([batchOf(2)])).toMatchObject({ entryPosition: 2n });
		await expect(idle.append([batchOf(1)])).rejects.toMatchObject({ code: "WAL_FENCED" });
		expect(await log.ids()).toEqual([[], [2]]);
	});

	it("publishes its sentinel's position, so that readers begin there", async () => {
		const log = new TestLog();
		const first = await log.appender();
		for (const id of [1, 2, 3]) await first.append([batchOf(id)]);
		await log.appender();
		const manifest = await new ShardManifestStore({ store: log.store }).latest();
		expect(manifest).toMatchObject({ version: 3n, writerEpoch: 2n, lastSeenEntryPosition: 4n });
	});

	it("may have a claim made before, which serves one appender only", async () => {
		const log = new TestLog();
		const claim = await log.clock.run(new ShardManifestStore(log.options()).claimEpoch());
		const appender = await log.appender(undefined, { claim });
		expect(appender.writerEpoch).toBe(claim.epoch);
		const again = log.clock.run(WalAppender.open({ ...log.options(), claim }));
		await expect(again).rejects.toMatchObject({ code: "WAL_INTERNAL" });
		const elsewhere = WalAppender.open({ ...log.options(), claim, shard: "other" });
		await expect(elsewhere).rejects.toBeInstanceOf(RangeError);
	});

	it("tells two openers at once apart: whoever has the lower epoch cannot append", async () => {
		for (let seed = 0; seed < 20; seed++) {
			const log = new TestLog();
			const late = async <T>(_: string, proceed: () => Promise<T>): Promise<T> => {
				await log.clock.sleep(1 + ((seed * 7 + log.events.length * 3) % 5));
				return proceed();
			};
			const store = intercept(log.store, { putIfAbsent: late, head: late });
			const opened = await log.clock.run(
				Promise.allSettled([WalAppender.open(log.options(store)), WalAppender.open(log.options(store))]),
			);
			const appenders = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
			expect(appenders.length).toBeGreaterThan(0);
			const epochs = appenders.map(({ writerEpoch }) => writerEpoch).sort();
			expect(new Set(epochs).size).toBe(epochs.length);
			for (const appender of appenders) {
				const result = await log.clock.run(
					appender.append([batchOf(1)]).then(
						() => "ok",
						(e: WalError) => e.code,
					),
				);
				expect(result).toBe(appender.writerEpoch === epochs.at(-1) ? "ok" : "WAL_FENCED");
			}
			for (const result of opened) {
				if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "WAL_FENCED" });
			}
		}
	});
});

/** A store that gives up the first entry that is put through it; `land` is when that arrives after all. */
function withGhost(log: TestLog): { readonly store: ObjectStore; readonly land: () => Promise<unknown> } {
	let ghost: (() => Promise<unknown>) | undefined;
	const store = intercept(log.store, {
		putIfAbsent: async (key, proceed) => {
			if (!isEntry(key) || ghost) return proceed();
			ghost = proceed;
			throw unknown();
		},
	});
	return { store, land: async () => ghost?.() };
}

describe("a write that arrives late", () => {
	it("after the successor's sentinel took the slot: it is fenced, and nothing of it is in the log", async () => {
		const log = new TestLog();
		const { store, land } = withGhost(log);
		const first = await log.appender(store);
		const append = failureOf(first.append([batchOf(1)]));
		await log.clock.advance(0);
		const second = await log.appender();
		expect(await land()).toBe("exists");
		expect(await log.clock.run(append)).toMatchObject({ code: "WAL_FENCED", outcome: "unknown" });
		await second.append([batchOf(2)]);
		expect(await log.ids()).toEqual([[], [2]]);
	});

	it("before the successor looked for the tip: the entry is in the log, below the sentinel, and acknowledged", async () => {
		const log = new TestLog();
		const { store, land } = withGhost(log);
		const first = await log.appender(store);
		const append = first.append([batchOf(1)]);
		await log.clock.advance(0);
		expect(await land()).toBe("created");
		const second = await log.appender();
		expect(await log.clock.run(append)).toMatchObject({ entryPosition: 1n });
		expect(await second.append([batchOf(2)])).toMatchObject({ entryPosition: 3n });
		expect(await log.ids()).toEqual([[1], [], [2]]);
	});

	it("between the search for the tip and the sentinel: the sentinel goes to the next slot", async () => {
		const log = new TestLog();
		const first = await log.appender();
		await first.append([batchOf(1)]);
		let raced = false;
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (isEntry(key) && !raced) {
					raced = true;
					await first.append([batchOf(2)]);
				}
				return proceed();
			},
		});
		const second = await log.appender(store);
		expect(second.nextEntryPosition).toBe(4n);
		expect(await log.ids()).toEqual([[1], [2], []]);
	});

	it("into the last slot there is, under the sentinel: the open says that the log is full", async () => {
		const log = new TestLog();
		const incumbent = await log.appender();
		incumbent.seedNextPosition(MAX_ENTRY_POSITION - 1n);
		await incumbent.append([batchOf(1)]);
		const manifests = new ShardManifestStore({ store: log.store });
		await manifests.commitUpdate(1n, (current) =>
			successorOf(current, { replayAfterEntryPosition: MAX_ENTRY_POSITION - 1n }),
		);
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (isEntry(key)) await incumbent.append([batchOf(2)]);
				return proceed();
			},
		});
		const failure = await failureOf(log.appender(store));
		expect(failure).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
	});

	it("searches the tip again when a live predecessor keeps taking the slots", async () => {
		const log = new TestLog();
		const first = await log.appender();
		let left = 20;
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (isEntry(key) && left-- > 0) await first.append([batchOf(left)]);
				return proceed();
			},
		});
		const second = await log.appender(store);
		expect(second.nextEntryPosition).toBe(22n);
		await expect(first.append([batchOf(99)])).rejects.toMatchObject({ code: "WAL_FENCED" });
	});
});

describe("a slot that holds another writer's entry", () => {
	it("is passed over when it is the sentinel of an opener that lost: a healthy writer is not poisoned by it", async () => {
		const log = new TestLog();
		await log.appender();
		const loser = await log.clock.run(new ShardManifestStore(log.options()).claimEpoch());
		const winner = await log.appender();
		expect(winner.writerEpoch).toBe(3n);
		await winner.append([batchOf(1)]);
		// The loser wakes up, finds the tip and writes its sentinel there; only then does it learn that it lost.
		const late = await failureOf(log.clock.run(WalAppender.open({ ...log.options(), claim: loser })));
		expect(late).toMatchObject({ code: "WAL_FENCED" });
		await winner.append([batchOf(2)]);
		expect(await log.ids()).toEqual([[], [1], [], [2]]);
		expect(log.events.some(({ type }) => type === "entry.moved")).toBe(true);
	});

	it("ends the writer when it has rows of a lower epoch, which only reopening reads", async () => {
		const log = new TestLog();
		await log.appender();
		const appender = await log.appender();
		await plantEntry(log, appender.nextEntryPosition, 1n, [batchOf(7)]);
		await expect(appender.append([batchOf(1)])).rejects.toMatchObject({ code: "WAL_CONFLICT", outcome: "not-written" });
		const after = await failureOf(appender.append([batchOf(2)]));
		expect(after).toMatchObject({ code: "WAL_POISONED", cause: { code: "WAL_CONFLICT" } });
		const reopened = await log.appender();
		await reopened.append([batchOf(3)]);
		expect((await log.ids()).flat()).toEqual([7, 3]);
	});

	it("ends the writer when it is of its own epoch, which nobody else may have", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		await plantEntry(log, 1n, 1n, [batchOf(7)]);
		await expect(appender.append([batchOf(1)])).rejects.toMatchObject({ code: "WAL_INTERNAL" });
		await expect(appender.append([batchOf(2)])).rejects.toMatchObject({ code: "WAL_POISONED" });
	});

	it("ends the writer when its bytes are damaged", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		await log.store.putIfAbsent(entryKey(SHARD, 1n), new Uint8Array(0));
		await expect(appender.append([batchOf(1)])).rejects.toMatchObject({ code: "WAL_CORRUPT", outcome: "not-written" });
		await expect(appender.append([batchOf(2)])).rejects.toMatchObject({ code: "WAL_POISONED" });
	});
});
