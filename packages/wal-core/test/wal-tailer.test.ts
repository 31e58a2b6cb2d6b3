import { WalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../src/defaults.ts";
import { entryKey } from "../src/shard-paths.ts";
import type { WalEntry } from "../src/wal-entry.ts";
import { collect, coverUpTo, isEntry, logOf, SHARD, take } from "./reader-log.ts";
import { batchOf, failureOf, idsOf, intercept, TestLog } from "./test-log.ts";

describe("one entry", () => {
	it("comes with its place and its epoch, without the log's own metadata", async () => {
		const log = await logOf(1);
		const tailer = await log.tailer();
		const entry = await tailer.readEntry(1n);
		expect(entry).toMatchObject({ shardId: SHARD, entryPosition: 1n, writerEpoch: 1n, fenceSentinel: false, rows: 1 });
		expect([...(entry?.schema.metadata.keys() ?? [])]).toEqual([]);
		expect(entry?.batches[0]?.schema.metadata.size).toBe(0);
		expect(idsOf(entry?.batches ?? [])).toEqual([1]);
	});

	it("is undefined where there is none, and a position that no entry can have is an error", async () => {
		const log = await logOf(1);
		const tailer = await log.tailer();
		expect(await tailer.readEntry(999n)).toBeUndefined();
		expect(await tailer.readEntry(2n ** 64n - 1n)).toBeUndefined();
		for (const position of [0n, -1n, 2n ** 64n]) {
			await expect(tailer.readEntry(position)).rejects.toBeInstanceOf(RangeError);
		}
		await expect(tailer.readEntry(1 as never)).rejects.toBeInstanceOf(TypeError);
	});

	it("that is damaged says so, with key and position", async () => {
		const log = await logOf(1);
		await log.store.putIfAbsent(entryKey(SHARD, 2n), new Uint8Array(0));
		const failure = await failureOf((await log.tailer()).readEntry(2n));
		expect(failure).toMatchObject({
			code: "WAL_CORRUPT",
			details: { entryPosition: 2n, key: entryKey(SHARD, 2n) },
		});
	});
});

describe("the ends of the log", () => {
	it("are 1 and 1 where there is no shard", async () => {
		const tailer = await new TestLog().tailer();
		expect(await tailer.firstPosition()).toBe(1n);
		expect(await tailer.nextPosition()).toBe(1n);
	});

	it("are the first entry above the replay cursor, and the first free slot", async () => {
		const log = await logOf(5);
		await coverUpTo(log, 2n);
		const tailer = await log.tailer();
		expect(await tailer.firstPosition()).toBe(3n);
		expect(await tailer.nextPosition()).toBe(6n);
	});

	it("are found from what was read, without a manifest version being written for it", async () => {
		const log = await logOf(40);
		const before = await log.keys();
		let heads: string[] = [];
		const store = intercept(log.store, {
			head: (key, proceed) => {
				if (isEntry(key)) heads.push(key);
				return proceed();
			},
			putIfAbsent: async () => {
				throw new Error("a reader writes");
			},
		});
		const tailer = await log.tailer(store);
		expect(await tailer.nextPosition()).toBe(41n);
		const cold = heads.length;
		heads = [];
		await tailer.readEntry(40n);
		expect(await tailer.nextPosition()).toBe(41n);
		expect(heads.length).toBeLessThan(cold);
		expect(await log.keys()).toEqual(before);
	});
});

describe("reading a log", () => {
	it("gives every entry once, in order, sentinels included, and ends at the tip", async () => {
		const log = await logOf(50);
		const second = await log.appender();
		await second.append([batchOf(51), batchOf(52)]);
		const tailer = await log.tailer();
		const entries = await log.clock.run(take(tailer.entries()));
		expect(entries.map(({ entryPosition }) => entryPosition)).toEqual(
			Array.from({ length: 52 }, (_, i) => BigInt(i) + 1n),
		);
		expect(entries.map(({ writerEpoch }) => writerEpoch)).toEqual([...Array(50).fill(1n), 2n, 2n]);
		expect(entries.filter(({ fenceSentinel }) => fenceSentinel)).toHaveLength(1);
		const batches = await log.clock.run(take(tailer.batches({ from: 49n })));
		expect(batches.map((batch) => idsOf([batch]))).toEqual([[49], [50], [51], [52]]);
	});

	it("gives only the columns that were asked for", async () => {
		const log = await logOf(1);
		const tailer = await log.tailer();
		const [entry] = await log.clock.run(take(tailer.entries({ columns: ["id"] })));
		expect(entry?.schema.fields.map(({ name }) => name)).toEqual(["id"]);
		const failure = await failureOf(log.clock.run(take(tailer.entries({ columns: ["nope"] }))));
		expect(failure).toMatchObject({ code: "WAL_INVALID" });
	});

	it("fetches ahead, never more than it may, and still in order", async () => {
		const log = await logOf(60);
		let running = 0;
		let most = 0;
		const store = intercept(log.store, {
			get: async (key, proceed) => {
				if (!isEntry(key)) return proceed();
				most = Math.max(most, ++running);
				await log.clock.sleep(10 + (running % 3) * 7);
				running--;
				return proceed();
			},
		});
		const tailer = await log.tailer(store);
		const entries = await log.clock.run(take(tailer.entries({ concurrency: 8 })));
		expect(idsOf(entries.flatMap(({ batches }) => batches))).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
		expect(most).toBe(8);
		await expect(take(tailer.entries({ concurrency: 0 }))).rejects.toBeInstanceOf(RangeError);
	});

	it("gives every request a signal of its own, since many listeners on one make Node warn", async () => {
		const log = await logOf(40);
		const signals: (AbortSignal | undefined)[] = [];
		const store: ObjectStore = {
			...intercept(log.store, {}),
			get(key, options) {
				if (isEntry(key)) signals.push(options?.signal);
				return log.store.get(key, options);
			},
		};
		const tailer = await log.tailer(store);
		await log.clock.run(take(tailer.entries({ concurrency: 16 })));
		expect(signals.length).toBeGreaterThanOrEqual(40);
		expect(new Set(signals).size).toBe(signals.length);
	});

	it("repeats a request that failed in passing, and skips nothing for it", async () => {
		const log = await logOf(20);
		let requests = 0;
		const store = intercept(log.store, {
			get: async (key, proceed) => {
				if (isEntry(key) && ++requests % 3 === 0) throw new WalError("WAL_UNAVAILABLE", "planted");
				return proceed();
			},
		});
		const entries = await log.clock.run(take((await log.tailer(store)).entries()));
		expect(entries.flatMap(({ batches }) => idsOf(batches))).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
	});

	it("reads positions that no JavaScript number can hold", async () => {
		const log = await logOf(0);
		const far = 2n ** 53n - 1n;
		await coverUpTo(log, far);
		const appender = await log.appender();
		for (const id of [1, 2, 3]) await appender.append([batchOf(id)]);
		const entries = await log.clock.run(take((await log.tailer()).entries()));
		expect(entries.map(({ entryPosition }) => entryPosition)).toEqual([far + 1n, far + 2n, far + 3n, far + 4n]);
		expect(entries.map(({ rows }) => rows)).toEqual([0, 1, 1, 1]);
	});

	it("reads the very last position there is, and ends there", async () => {
		const log = await logOf(0);
		await coverUpTo(log, 2n ** 64n - 3n);
		const appender = await log.appender();
		await appender.append([batchOf(1)]);
		await expect(appender.append([batchOf(2)])).rejects.toMatchObject({ code: "WAL_INVALID" });
		const tailer = await log.tailer();
		const entries = await log.clock.run(take(tailer.entries({ follow: true })));
		expect(entries.map(({ entryPosition }) => entryPosition)).toEqual([2n ** 64n - 2n, 2n ** 64n - 1n]);
		expect(await tailer.nextPosition()).toBe(2n ** 64n);
		const keys = await log.keys();
		expect(await failureOf(log.appender())).toMatchObject({ code: "WAL_INVALID" });
		expect(await log.keys()).toEqual(keys);
	});
});

describe("following a log", () => {
	it("waits at the tip, gives what comes when it comes, and ends with the signal", async () => {
		const log = await logOf(2);
		const writer = await log.appender();
		const controller = new AbortController();
		const seen: WalEntry[] = [];
		const following = (async () => {
			const tailer = await log.tailer();
			for await (const entry of tailer.entries({ follow: true, signal: controller.signal })) seen.push(entry);
		})();
		const ended = failureOf(following);
		await log.clock.advance(10_000);
		expect(seen).toHaveLength(3);
		for (const id of [3, 4, 5]) {
			await writer.append([batchOf(id)]);
			await log.clock.advance(DEFAULTS.pollMaxMs + 100);
			expect(idsOf(seen.at(-1)?.batches ?? [])).toEqual([id]);
		}
		controller.abort();
		expect(await log.clock.run(ended)).toMatchObject({ code: "WAL_ABORTED" });
		expect(log.clock.pendingTimers).toBe(0);
	});

	it("asks little while nothing comes", async () => {
		const log = await logOf(1);
		let requests = 0;
		const count = <T>(_: string, proceed: () => T): T => {
			requests++;
			return proceed();
		};
		const controller = new AbortController();
		const tailer = await log.tailer(intercept(log.store, { get: count, head: count }));
		const ended = failureOf(take(tailer.entries({ follow: true, signal: controller.signal })));
		await log.clock.advance(60_000);
		requests = 0;
		await log.clock.advance(60_000);
		expect(requests).toBeLessThanOrEqual(60 * 2 + 12 * 6);
		controller.abort();
		await log.clock.run(ended);
	});

	it("learns at the tip that its place was collected", async () => {
		const log = await logOf(3);
		const tailer = await log.tailer();
		const failure = failureOf(take(tailer.entries({ follow: true })));
		await log.clock.advance(1_000);
		// Everything up to 9 is written, flushed and collected between two looks.
		await collect(log, 9n);
		expect(await log.clock.run(failure)).toMatchObject({ code: "WAL_COLLECTED", details: { resumeFrom: 10n } });
	});

	it("stops its requests when the consumer leaves", async () => {
		const log = await logOf(30);
		const tailer = await log.tailer();
		expect(await log.clock.run(take(tailer.entries({ follow: true }), 3))).toHaveLength(3);
		expect(log.clock.pendingTimers).toBe(0);
	});
});
