import { loadCodec } from "@memwal/wal-ipc-wasm";
import { WalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import { Schema } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { MAX_ENTRY_POSITION } from "../src/entry-position.ts";
import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import { entryKey } from "../src/shard-paths.ts";
import { successorOf } from "../src/successor.ts";
import { WalAppender } from "../src/wal-appender.ts";
import { batchOf, failureOf, intercept, TestLog } from "./test-log.ts";

const isEntry = (key: string) => key.endsWith(".arrow");
const unknown = () => new WalError("WAL_UNAVAILABLE", "planted", { outcome: "unknown" });
const SHARD = "aa48498d-ac91-59e2-8452-69f46010ace2";

/** Puts an entry under any epoch where a test wants it. */
async function plant(store: ObjectStore, entryPosition: bigint, writerEpoch: bigint, ids: number[]): Promise<void> {
	const codec = await loadCodec();
	const batches = ids.length > 0 ? [batchOf(...ids)] : [];
	const entry = codec.encode({
		schema: batches[0]?.schema ?? new Schema([]),
		batches,
		header: { writerEpoch, fenceSentinel: ids.length === 0 },
		writeId: Uint8Array.from({ length: 16 }, (_, i) => i ^ Number(entryPosition)),
	});
	await store.putIfAbsent(entryKey(SHARD, entryPosition), entry.pieces);
	entry.release();
}

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
		await plant(log.store, winner.nextEntryPosition, 2n, []);
		await winner.append([batchOf(2)]);
		const ids = await log.ids();
		expect(ids.flat()).toEqual([1, 2]);
		expect(log.events.some(({ type }) => type === "entry.moved")).toBe(true);
	});

	it("ends the writer when it has rows of a lower epoch, which only reopening reads", async () => {
		const log = new TestLog();
		await log.appender();
		const appender = await log.appender();
		await plant(log.store, appender.nextEntryPosition, 1n, [7]);
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
		await plant(log.store, 1n, 1n, [7]);
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
		await plant(log.store, 1n, 100n, [1]);
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
