import { loadCodec } from "@memwal/wal-ipc-wasm";
import { WalError } from "@memwal/wal-runtime";
import { RecordBatch, Schema, tableFromArrays } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../src/defaults.ts";
import { MAX_ENTRY_POSITION } from "../src/entry-position.ts";
import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import { entryKey } from "../src/shard-paths.ts";
import { batchOf, failureOf, idsOf, intercept, TestLog } from "./test-log.ts";

const isEntry = (key: string) => key.endsWith(".arrow");
const unavailable = (outcome: "not-written" | "unknown") => new WalError("WAL_UNAVAILABLE", "planted", { outcome });

describe("appending", () => {
	it("gives the first writer epoch 1, and its entries the positions from 1 on", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		expect(appender.writerEpoch).toBe(1n);

		const first = await appender.append([batchOf(0, 1, 2, 3)]);
		expect(first).toMatchObject({ shardId: appender.shardId, entryPosition: 1n, batches: 1, rows: 4, attempts: 1 });
		expect(first.bytes).toBeGreaterThan(0);
		expect(await appender.append([batchOf(4), batchOf(5)])).toMatchObject({ entryPosition: 2n, batches: 2, rows: 2 });
		expect(appender.nextEntryPosition).toBe(3n);
		expect(await log.ids()).toEqual([
			[0, 1, 2, 3],
			[4, 5],
		]);
	});

	it("rejects an empty list, a batch without rows and mixed schemas, and writes nothing", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		const before = await log.keys();
		const other = tableFromArrays({ name: ["a"] }).batches;
		await expect(appender.append([])).rejects.toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		await expect(appender.append([batchOf(1).slice(0, 0)])).rejects.toMatchObject({ code: "WAL_INVALID" });
		await expect(appender.append([batchOf(1), ...other])).rejects.toMatchObject({ code: "WAL_INVALID" });
		await expect(appender.append({} as never)).rejects.toBeInstanceOf(TypeError);
		expect(await log.keys()).toEqual(before);
		expect(await appender.append([batchOf(1)])).toMatchObject({ entryPosition: 1n });
	});

	it("keeps the order of calls that nobody waited for", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		const results = await log.clock.run(Promise.all([1, 2, 3, 4, 5].map((id) => appender.append([batchOf(id)]))));
		expect(results.map(({ entryPosition }) => entryPosition)).toEqual([1n, 2n, 3n, 4n, 5n]);
		expect(await log.ids()).toEqual([[1], [2], [3], [4], [5]]);
	});

	it("publishes the highest entry every 1,024 entries, so that the next open need not search far", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		for (let id = 0; id < 1_100; id++) await appender.append([batchOf(id)]);
		await log.clock.run(appender.close());
		const manifest = await new ShardManifestStore({ store: log.store }).latest();
		expect(manifest?.lastSeenEntryPosition).toBe(DEFAULTS.publishEveryEntries);
	});

	it("does not wait at the end for every publication that a failing store holds up", async () => {
		const log = new TestLog();
		let away = false;
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (!isEntry(key) && away) throw unavailable("unknown");
				return proceed();
			},
		});
		const appender = await log.appender(store);
		away = true;
		for (let id = 1n; id <= 10n; id++) {
			appender.seedNextPosition(id * DEFAULTS.publishEveryEntries);
			await appender.append([batchOf(Number(id))]);
		}
		const startMs = log.clock.now();
		await log.clock.run(appender.close());
		expect(log.clock.now() - startMs).toBeLessThan(2 * DEFAULTS.persistDeadlineMs);
	});

	it("writes the batches that it was given, whatever becomes of the array that they were in", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		const batches = [batchOf(1), batchOf(2)];
		const appended = appender.append(batches);
		batches.length = 0;
		expect(await appended).toMatchObject({ batches: 2, rows: 2 });
		expect(await log.ids()).toEqual([[1, 2]]);
	});

	it("goes on where it was seeded, also if an append was under way", async () => {
		const log = new TestLog();
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (isEntry(key) && appender.nextEntryPosition === 5n) appender.seedNextPosition(20n);
				return proceed();
			},
		});
		const appender = await log.appender(store);
		const first = appender.append([batchOf(1)]);
		appender.seedNextPosition(5n);
		expect(await first).toMatchObject({ entryPosition: 5n });
		expect(await appender.append([batchOf(2)])).toMatchObject({ entryPosition: 20n });
	});

	it("stops at the last position there is, with a clear error", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		appender.seedNextPosition(MAX_ENTRY_POSITION);
		expect(await appender.append([batchOf(1)])).toMatchObject({ entryPosition: 2n ** 64n - 1n });
		await expect(appender.append([batchOf(2)])).rejects.toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		expect(() => appender.seedNextPosition(5n)).toThrow(RangeError);
		// Publishes the last entry: whoever does not know of it yet takes the slots below for a gap.
		await log.clock.run(appender.close());
		const failure = await failureOf(log.appender());
		expect(failure).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
	});
});

describe("what an entry says of its rows", () => {
	it("is their generation where it is told, and none where it is not", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		const generations = [undefined, 0n, 7n, 2n ** 64n - 1n, undefined];
		for (const generation of generations) await appender.append([batchOf(1)], { generation });
		const tailer = await log.tailer();
		const read = await Promise.all(generations.map((_, index) => tailer.readEntry(BigInt(index) + 1n)));
		expect(read.map((entry) => entry?.generation)).toEqual(generations);
		expect(read.map((entry) => entry?.schema.metadata.size)).toEqual([0, 0, 0, 0, 0]);
		expect(read.map((entry) => entry?.writerEpoch)).toEqual([1n, 1n, 1n, 1n, 1n]);
	});

	it("can be no generation that 64 bits do not hold", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		for (const generation of [-1n, 2n ** 64n]) {
			await expect(appender.append([batchOf(1)], { generation })).rejects.toBeInstanceOf(RangeError);
		}
		await expect(appender.append([batchOf(1)], { generation: 1 as never })).rejects.toBeInstanceOf(TypeError);
		expect(await appender.append([batchOf(1)])).toMatchObject({ entryPosition: 1n });
	});

	it("is the schema that it is told, whose metadata wins over the batches'", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		const labelled = (metadata: Record<string, string>) =>
			new Schema(batchOf(1).schema.fields, new Map(Object.entries(metadata)));
		const batch = new RecordBatch(labelled({ source: "gate 3", since: "noon" }), batchOf(1).data);
		await appender.append([batch], { schema: labelled({ source: "gate 4" }) });
		await appender.append([batch]);
		const tailer = await log.tailer();
		const [told, first] = await Promise.all([tailer.readEntry(1n), tailer.readEntry(2n)]);
		expect(told?.schema.metadata).toEqual(new Map([["source", "gate 4"]]));
		expect(idsOf(told?.batches ?? [])).toEqual([1]);
		expect(first?.schema.metadata).toEqual(batch.schema.metadata);
	});

	it("is no schema that its batches do not have, nor one that uses the log's own keys", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		const other = tableFromArrays({ name: ["a"] }).schema;
		const reserved = new Schema(batchOf(1).schema.fields, new Map([["generation", "7"]]));
		for (const schema of [other, reserved]) {
			const failure = await failureOf(appender.append([batchOf(1)], { schema }));
			expect(failure).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		}
		await expect(appender.append([batchOf(1)], { schema: {} as never })).rejects.toBeInstanceOf(TypeError);
		expect(await appender.append([batchOf(1)])).toMatchObject({ entryPosition: 1n });
	});
});

describe("a store that fails", () => {
	it("is tried again under the same position until the entry is written", async () => {
		const log = new TestLog();
		let failures = 2;
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (isEntry(key) && failures-- > 0) throw unavailable("not-written");
				return proceed();
			},
		});
		const appender = await log.appender(store);
		expect(await log.clock.run(appender.append([batchOf(1)]))).toMatchObject({ entryPosition: 1n, attempts: 3 });
		expect(await log.ids()).toEqual([[1]]);
	});

	it("loses a reply, and the entry is acknowledged once and written once", async () => {
		const log = new TestLog();
		const sent: Uint8Array[] = [];
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed, bytes) => {
				const answer = await proceed();
				if (!isEntry(key)) return answer;
				sent.push(bytes);
				if (sent.length === 1) throw unavailable("unknown");
				return answer;
			},
		});
		const appender = await log.appender(store);
		expect(await log.clock.run(appender.append([batchOf(1)]))).toMatchObject({ entryPosition: 1n, attempts: 2 });
		expect(await log.clock.run(appender.append([batchOf(2)]))).toMatchObject({ entryPosition: 2n, attempts: 1 });
		expect(await log.ids()).toEqual([[1], [2]]);
		// Never encoded again: what was sent twice is the same to the byte, write id included.
		expect(sent[0]).toEqual(sent[1]);
	});

	it("is away past the deadline: the outcome is unknown, and the next append settles the entry first", async () => {
		const log = new TestLog();
		let away = true;
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (isEntry(key) && away) throw unavailable("unknown");
				return proceed();
			},
		});
		const appender = await log.appender(store);
		const failure = await failureOf(log.clock.run(appender.append([batchOf(1)])));
		expect(failure).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
		expect(() => appender.seedNextPosition(9n)).toThrow(/in doubt/);

		const second = await failureOf(log.clock.run(appender.append([batchOf(2)])));
		expect(second).toMatchObject({ code: "WAL_TIMEOUT", outcome: "not-written" });

		away = false;
		expect(await log.clock.run(appender.append([batchOf(3)]))).toMatchObject({ entryPosition: 2n });
		expect(await log.ids()).toEqual([[1], [3]]);
	});

	it("acknowledges nothing twice when the lost entry had landed after all", async () => {
		const log = new TestLog();
		let lost = 0;
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				const answer = await proceed();
				if (isEntry(key) && lost++ === 0) throw unavailable("unknown");
				return answer;
			},
			get: async (key, proceed) => {
				if (isEntry(key) && lost < 100) throw new WalError("WAL_UNAVAILABLE", "planted");
				return proceed();
			},
		});
		const appender = await log.appender(store);
		const failure = await failureOf(log.clock.run(appender.append([batchOf(1)])));
		expect(failure).toMatchObject({ outcome: "unknown" });
		lost = 100;
		expect(await log.clock.run(appender.settle())).toMatchObject({ entryPosition: 1n, rows: 1 });
		expect(await appender.settle()).toBeUndefined();
		expect(await log.clock.run(appender.append([batchOf(2)]))).toMatchObject({ entryPosition: 2n });
		expect(await log.ids()).toEqual([[1], [2]]);
	});

	it("leaves an entry in doubt, and nothing that keeps settle from settling it says that it was not written", async () => {
		const inDoubt = async () => {
			const log = new TestLog();
			const store = intercept(log.store, {
				putIfAbsent: async (key, proceed) => {
					if (!isEntry(key)) return proceed();
					await log.clock.sleep(10_000);
					await proceed();
					throw unavailable("unknown");
				},
				get: async (key, proceed) => {
					if (isEntry(key)) throw new WalError("WAL_UNAVAILABLE", "planted");
					return proceed();
				},
			});
			const appender = await log.appender(store);
			const failure = await failureOf(log.clock.run(appender.append([batchOf(1)])));
			expect(failure).toMatchObject({ outcome: "unknown" });
			return { log, appender };
		};

		const fenced = await inDoubt();
		await fenced.log.appender();
		await failureOf(fenced.appender.checkFenced());
		const notAcknowledged = { code: "WAL_FENCED", outcome: "unknown" };
		expect(await failureOf(fenced.appender.settle())).toMatchObject(notAcknowledged);

		const closed = await inDoubt();
		await failureOf(closed.log.clock.run(closed.appender.close()));
		expect(await failureOf(closed.appender.settle())).toMatchObject({ code: "WAL_CLOSED", outcome: "unknown" });

		const queued = await inDoubt();
		const controller = new AbortController();
		const next = failureOf(queued.appender.append([batchOf(2)]));
		const settled = failureOf(queued.appender.settle({ signal: controller.signal }));
		await queued.log.clock.advance(1);
		controller.abort();
		expect(await settled).toMatchObject({ code: "WAL_ABORTED", outcome: "unknown" });
		expect(await queued.log.clock.run(next)).toMatchObject({ outcome: "not-written" });
		for (const { log } of [fenced, closed, queued]) expect((await log.ids())[0]).toEqual([1]);
	});

	it("refuses for good: not written, and the appender goes on once it is allowed again", async () => {
		const log = new TestLog();
		let denied = true;
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (!isEntry(key) || !denied) return proceed();
				throw new WalError("WAL_DENIED", "planted", { details: { reason: "permission" }, outcome: "not-written" });
			},
		});
		const appender = await log.appender(store);
		await expect(appender.append([batchOf(1)])).rejects.toMatchObject({ code: "WAL_DENIED", outcome: "not-written" });
		denied = false;
		expect(await appender.append([batchOf(2)])).toMatchObject({ entryPosition: 1n });
	});
});

describe("the caller's signal", () => {
	it("takes a queued append out, and leaves the one under way in doubt", async () => {
		const log = new TestLog();
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (!isEntry(key)) return proceed();
				await log.clock.sleep(100);
				throw unavailable("unknown");
			},
		});
		const appender = await log.appender(store);
		const controller = new AbortController();
		const first = failureOf(appender.append([batchOf(1)], { signal: controller.signal }));
		const queued = failureOf(appender.append([batchOf(2)], { signal: controller.signal }));
		await log.clock.advance(10);
		controller.abort();
		expect(await queued).toMatchObject({ code: "WAL_ABORTED", name: "AbortError", outcome: "not-written" });
		expect(await log.clock.run(first)).toMatchObject({ code: "WAL_ABORTED", outcome: "unknown" });
	});
});

describe("closing", () => {
	it("waits for what was appended, and refuses what comes later", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		const appended = appender.append([batchOf(1)]);
		await log.clock.run(appender.close());
		expect(await appended).toMatchObject({ entryPosition: 1n });
		await expect(appender.append([batchOf(2)])).rejects.toMatchObject({ code: "WAL_CLOSED", outcome: "not-written" });
		await expect(appender.settle()).rejects.toMatchObject({ code: "WAL_CLOSED" });
		await appender[Symbol.asyncDispose]();
		expect(log.clock.pendingTimers).toBe(0);
		expect(await log.ids()).toEqual([[1]]);
	});

	it("settles the entry in doubt, or says why it cannot, and keeps no bytes leased either way", async () => {
		const codec = await loadCodec();
		for (const recovers of [true, false]) {
			const log = new TestLog();
			let away = true;
			const store = intercept(log.store, {
				putIfAbsent: async (key, proceed) => {
					if (isEntry(key) && away) throw unavailable("unknown");
					return proceed();
				},
			});
			const appender = await log.appender(store, { codec });
			await failureOf(log.clock.run(appender.append([batchOf(1)])));
			expect(codec.outstandingLeases).toBe(1);
			away = !recovers;
			const closed = log.clock.run(
				appender.close().then(
					() => "closed",
					(error: WalError) => error.code,
				),
			);
			expect(await closed).toBe(recovers ? "closed" : "WAL_TIMEOUT");
			expect(codec.outstandingLeases).toBe(0);
			expect(log.clock.pendingTimers).toBe(0);
			expect(await log.keys(entryKey(appender.shardId, 1n))).toHaveLength(recovers ? 1 : 0);
		}
	});
});
