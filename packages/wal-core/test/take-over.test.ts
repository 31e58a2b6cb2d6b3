import { WalError } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";
import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import { entryKey } from "../src/shard-paths.ts";
import { successorOf } from "../src/successor.ts";
import { WalAppender } from "../src/wal-appender.ts";
import { batchOf, failureOf, intercept, TestLog } from "./test-log.ts";
import { isEntry, openWriter, plantEntry, SHARD, SinkDouble, visibleIds } from "./test-writer.ts";

describe("an open that must fail", () => {
	async function expectNobodyFenced(log: TestLog, code: string): Promise<void> {
		const before = await log.keys();
		const failure = await failureOf(log.appender());
		expect(failure).toMatchObject({ code });
		expect(await log.keys()).toEqual(before);
	}

	it("because the shard is sealed, fences nobody", async () => {
		const log = new TestLog();
		const incumbent = await log.appender();
		const manifests = new ShardManifestStore({ store: log.store });
		const current = await manifests.latest();
		if (!current) throw new Error("no manifest");
		await manifests.write(successorOf(current, { status: "sealed" }));
		await expectNobodyFenced(log, "WAL_SEALED");
		expect(await incumbent.append([batchOf(1)])).toMatchObject({ entryPosition: 1n });
	});

	it("because an entry is of a future epoch, fences nobody", async () => {
		const log = new TestLog();
		await log.appender();
		await plantEntry(log, 1n, 100n, [batchOf(1)]);
		await expectNobodyFenced(log, "WAL_FENCED");
	});

	it.each([
		["empty", (bytes: Uint8Array) => bytes.slice(0, 0)],
		["cut short", (bytes: Uint8Array) => bytes.slice(0, bytes.length - 9)],
		["flipped in one bit", (bytes: Uint8Array) => bytes.map((byte, i) => (i === 300 ? byte ^ 1 : byte))],
	])("because the newest entry is %s, fences nobody", async (_, damage) => {
		const log = new TestLog();
		const incumbent = await log.appender();
		await incumbent.append([batchOf(1)]);
		const whole = await log.store.get(entryKey(SHARD, 1n));
		if (!whole) throw new Error("no entry");
		await log.store.putIfAbsent(entryKey(SHARD, 2n), damage(whole.bytes));
		await expectNobodyFenced(log, "WAL_CORRUPT");
	});

	it("because the store is away, ends at the deadline with the store's error", async () => {
		const log = new TestLog();
		const store = intercept(log.store, {
			head: async () => {
				throw new WalError("WAL_UNAVAILABLE", "planted");
			},
		});
		expect(await failureOf(log.appender(store))).toMatchObject({ code: "WAL_UNAVAILABLE" });
		expect(await log.keys()).toEqual([]);
		expect(log.clock.pendingTimers).toBe(0);
	});
});

describe("a newest entry that the replay cursor covers", () => {
	async function coveredLog(): Promise<TestLog> {
		const log = new TestLog();
		const first = await openWriter(log, { sink: new SinkDouble() });
		for (const id of [1, 2]) await log.clock.run(first.put([batchOf(id)]));
		await log.clock.run(first.close({ sink: "all" }));
		return log;
	}

	it("may be damaged: its rows are the sink's, and no open reads it", async () => {
		const log = await coveredLog();
		await log.store.put(entryKey(SHARD, 2n), new Uint8Array(0));
		await openWriter(log);
		const writer = await openWriter(log);
		await log.clock.run(writer.put([batchOf(3)]));
		expect(await visibleIds(writer)).toEqual([3]);
		const appender = await log.appender();
		expect(await appender.append([batchOf(4)])).toMatchObject({ entryPosition: 7n });
		expect(await failureOf(writer.put([batchOf(9)]))).toMatchObject({ code: "WAL_FENCED" });
	});

	it("does not hide a damaged one above it: an open that meets that one fences nobody", async () => {
		const log = await coveredLog();
		for (const position of [2n, 3n]) await log.store.put(entryKey(SHARD, position), new Uint8Array(0));
		const before = await log.keys();
		const failure = await failureOf(openWriter(log));
		expect(failure).toMatchObject({ code: "WAL_CORRUPT", details: { key: entryKey(SHARD, 3n) } });
		expect(await log.keys()).toEqual(before);
	});

	it("tells nothing of a rival that claims meanwhile: the higher epoch is the writer", async () => {
		const log = await coveredLog();
		let rival: WalAppender | undefined;
		const store = intercept(log.store, {
			head: async (_, proceed) => {
				rival ??= await WalAppender.open(log.options());
				return proceed();
			},
		});
		const writer = await openWriter(log, { store });
		expect(writer.writerEpoch).toBe(3n);
		await log.clock.run(writer.put([batchOf(3)]));
		expect(await failureOf(rival?.append([batchOf(9)]) ?? Promise.resolve())).toMatchObject({ code: "WAL_FENCED" });
	});
});

describe("a missing entry", () => {
	it("is never written into: an open fails before it fences anybody, or goes on above everything", async () => {
		const entries = 10n;
		const refused: bigint[] = [];
		for (let missing = 1n; missing < entries; missing++) {
			const log = new TestLog();
			const incumbent = await log.appender();
			for (let id = 1; id <= Number(entries); id++) await incumbent.append([batchOf(id)]);
			await log.store.delete(entryKey(SHARD, missing));
			const before = await log.keys();
			const opened = await log.appender().catch((error: WalError) => error);
			if (opened instanceof WalError) {
				expect(opened).toMatchObject({ code: "WAL_GAP", details: { entryPosition: missing } });
				expect(await log.keys()).toEqual(before);
				refused.push(missing);
			} else {
				expect(opened.nextEntryPosition).toBe(entries + 2n);
			}
			expect(await log.keys(entryKey(SHARD, missing))).toEqual([]);
			await expect(log.ids()).rejects.toMatchObject({ code: "WAL_GAP", details: { entryPosition: missing } });
		}
		expect(refused.length).toBeGreaterThan(0);
	});
});

describe("foreign files beside the entries", () => {
	it("never count as positions, whatever their names begin with", async () => {
		const log = new TestLog();
		const first = await log.appender();
		await first.append([batchOf(1)]);
		const tip = entryKey(SHARD, 2n);
		for (const key of [`${tip}.tmp.0c9d`, tip.replace(".arrow", ".bak"), tip.replace(".arrow", ""), `${tip}x`]) {
			await log.store.put(key, new Uint8Array(3));
		}
		const second = await log.appender();
		expect(second.nextEntryPosition).toBe(3n);
		await expect(first.append([batchOf(9)])).rejects.toMatchObject({ code: "WAL_FENCED" });
		expect(await log.ids()).toEqual([[1], []]);
	});
});

describe("the check after the sentinel", () => {
	it("finds that the log was collected past it, and takes over again above", async () => {
		const log = new TestLog();
		const first = await log.appender();
		for (const id of [1, 2, 3]) await first.append([batchOf(id)]);
		// The opener found the tip at 4 and slept; meanwhile rows up to 6 were written, flushed and collected.
		let stalled = false;
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (isEntry(key) && !stalled) {
					stalled = true;
					const manifests = new ShardManifestStore({ store: log.store });
					const current = await manifests.latest();
					if (!current) throw new Error("no manifest");
					await manifests.write(successorOf(current, { replayAfterEntryPosition: 6n, lastSeenEntryPosition: 6n }));
					for (const position of [1n, 2n, 3n]) await log.store.delete(entryKey(SHARD, position));
				}
				return proceed();
			},
		});
		const second = await log.appender(store);
		expect(second.nextEntryPosition).toBe(8n);
		const result = await second.append([batchOf(8)]);
		expect(result.entryPosition).toBe(8n);
		expect(await log.keys(entryKey(SHARD, 7n))).toHaveLength(1);
	});

	it("finds that another opener claimed a higher epoch meanwhile, and gives up", async () => {
		const log = new TestLog();
		let overtaken: WalAppender | undefined;
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (isEntry(key) && !overtaken) {
					overtaken = await WalAppender.open(log.options());
				}
				return proceed();
			},
		});
		await log.appender();
		expect(await failureOf(log.appender(store))).toMatchObject({ code: "WAL_FENCED" });
		const next = await overtaken?.append([batchOf(1)]);
		expect(next?.rows).toBe(1);
	});
});

describe("a store whose reads are ahead of its disk", () => {
	it("is synced: the manifest before the claim, and the entries before the sentinel", async () => {
		const log = new TestLog();
		const first = await log.appender();
		await first.append([batchOf(1)]);
		const order: string[] = [];
		const store = intercept(log.store, {
			sync: async (prefix) => {
				order.push(`sync ${prefix.split("/").at(-2)}`);
			},
			putIfAbsent: async (key, proceed) => {
				order.push(isEntry(key) ? "sentinel" : "manifest");
				return proceed();
			},
		});
		await log.appender(store);
		expect(order).toEqual(["sync manifest", "manifest", "sync wal", "sentinel", "manifest"]);
	});

	it("fails the open when it cannot be synced, and no sentinel is written on top of what may vanish", async () => {
		const log = new TestLog();
		const first = await log.appender();
		await first.append([batchOf(1)]);
		const store = intercept(log.store, {
			sync: async (prefix) => {
				if (prefix.endsWith("wal/")) throw new WalError("WAL_UNAVAILABLE", "planted EIO");
			},
		});
		expect(await failureOf(log.appender(store))).toMatchObject({ code: "WAL_UNAVAILABLE" });
		expect(await log.keys(entryKey(SHARD, 2n))).toEqual([]);
	});
});
