import type { ObjectStore } from "@memwal/wal-store";
import { describe, expect, it } from "vitest";
import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import { entryKey } from "../src/shard-paths.ts";
import { successorOf } from "../src/successor.ts";
import { collect, coverUpTo, logOf, SHARD, take } from "./reader-log.ts";
import { batchOf, failureOf, intercept, TestLog } from "./test-log.ts";
import { advanceWithStore } from "./test-store.ts";

describe("an absent entry", () => {
	it("below a present one is a gap, never the end", async () => {
		const log = await logOf(5);
		await log.store.delete(entryKey(SHARD, 3n));
		const seen: bigint[] = [];
		const tailer = await log.tailer();
		const read = async () => {
			for await (const { entryPosition } of tailer.entries()) seen.push(entryPosition);
		};
		expect(await failureOf(log.clock.run(read()))).toMatchObject({
			code: "WAL_GAP",
			details: { entryPosition: 3n, key: entryKey(SHARD, 3n) },
		});
		expect(seen).toEqual([1n, 2n]);
	});

	it("far below what was read or what the manifest has seen is a gap as well", async () => {
		const log = await logOf(30);
		for (let position = 2n; position <= 29n; position++) await log.store.delete(entryKey(SHARD, position));
		const tailer = await log.tailer();
		await tailer.readEntry(30n);
		expect(await failureOf(log.clock.run(take(tailer.entries())))).toMatchObject({ code: "WAL_GAP" });

		const stranger = await log.tailer();
		expect(await log.clock.run(take(stranger.entries()))).toHaveLength(1);
		const manifests = new ShardManifestStore({ store: log.store });
		await manifests.commitUpdate(1n, (current) => successorOf(current, { lastSeenEntryPosition: 30n }));
		expect(await failureOf(log.clock.run(take(stranger.entries())))).toMatchObject({
			code: "WAL_GAP",
			details: { entryPosition: 2n, laterPosition: 30n },
		});
	});

	it("was collected, where the replay cursor has passed it", async () => {
		const log = await logOf(6);
		await collect(log, 4n);
		const tailer = await log.tailer();
		const failure = await failureOf(log.clock.run(take(tailer.entries({ from: 2n }))));
		expect(failure).toMatchObject({ code: "WAL_COLLECTED", details: { entryPosition: 2n, resumeFrom: 5n } });
		expect(await log.clock.run(take(tailer.entries()))).toHaveLength(2);
	});

	it("is no gap when a live writer wrote it and the next one while we looked", async () => {
		const log = await logOf(2);
		const store = whenFirstFoundAbsent(log, 3n, async () => {
			await log.writer.append([batchOf(3)]);
			await log.writer.append([batchOf(4)]);
		});
		const entries = await log.clock.run(take((await log.tailer(store)).entries()));
		expect(entries.map(({ entryPosition }) => entryPosition)).toEqual([1n, 2n, 3n, 4n]);
	});

	it("is an error of the store, and no endless loop, when one request finds it and the next does not", async () => {
		const log = await logOf(5);
		const store = intercept(log.store, {
			get: (key, proceed) => (key === entryKey(SHARD, 3n) ? Promise.resolve(undefined) : proceed()),
		});
		const failure = await failureOf(log.clock.run(take((await log.tailer(store)).entries())));
		expect(failure).toMatchObject({ code: "WAL_UNAVAILABLE", details: { entryPosition: 3n } });
	});

	it("was not collected when it was written, flushed and covered while we looked, and is still there", async () => {
		const log = await logOf(2);
		const tailer = await log.tailer(
			intercept(log.store, {
				// The last look before the manifest is read finds nothing; then everything happens at once.
				head: async (key, proceed) => {
					const meta = await proceed();
					if (key === entryKey(SHARD, 3n) && !meta) {
						await log.writer.append([batchOf(3)]);
						await coverUpTo(log, 3n);
					}
					return meta;
				},
			}),
		);
		const entries = await log.clock.run(take(tailer.entries({ from: 2n })));
		expect(entries.map(({ entryPosition }) => entryPosition)).toEqual([2n, 3n]);
	});

	it("was collected when it was written, covered and deleted while we looked", async () => {
		const log = await logOf(2);
		const store = whenFirstFoundAbsent(log, 3n, async () => {
			for (const id of [3, 4]) await log.writer.append([batchOf(id)]);
			await collect(log, 3n);
		});
		const failure = await failureOf(log.clock.run(take((await log.tailer(store)).entries())));
		expect(failure).toMatchObject({ code: "WAL_COLLECTED", details: { entryPosition: 3n, resumeFrom: 4n } });
	});
});

/** Runs `meanwhile` right after the first GET that found nothing at `entryPosition`. */
function whenFirstFoundAbsent(log: TestLog, entryPosition: bigint, meanwhile: () => Promise<void>): ObjectStore {
	let happened = false;
	return intercept(log.store, {
		get: async (key, proceed) => {
			const object = await proceed();
			if (key === entryKey(SHARD, entryPosition) && !object && !happened) {
				happened = true;
				await meanwhile();
			}
			return object;
		},
	});
}

describe("a sentinel that arrives late, in a slot that was collected", () => {
	/** Entries 1 to 4 have rows; a reader has read two when all are collected and a stalled opener's sentinel lands at 3. */
	async function withLateSentinel(log: TestLog): Promise<void> {
		await advanceWithStore(log.clock, 60_000);
		await collect(log, 3n);
		const other = new TestLog();
		await other.appender();
		const opener = await other.appender();
		const sentinel = await other.store.get(entryKey(SHARD, opener.nextEntryPosition - 1n));
		await log.store.putIfAbsent(entryKey(SHARD, 3n), sentinel?.bytes ?? new Uint8Array());
	}

	it("does not hide the rows that were there from a reader that was on its way", async () => {
		const log = await logOf(4);
		const tailer = await log.tailer();
		const entries = tailer.entries({ concurrency: 1 });
		expect((await log.clock.run(entries.next())).value?.entryPosition).toBe(1n);
		await withLateSentinel(log);
		const rest = failureOf(log.clock.run(take(entries)));
		expect(await rest).toMatchObject({ code: "WAL_COLLECTED", details: { resumeFrom: 4n } });
	});

	it("does not hide them either when a late write put the reader's last entry back", async () => {
		const log = await logOf(4);
		const tailer = await log.tailer();
		const entries = tailer.entries({ concurrency: 1 });
		// The second entry is fetched ahead by then; the third is not.
		await log.clock.run(entries.next());
		await log.clock.advance(0);
		const bytes = (await log.store.get(entryKey(SHARD, 2n)))?.bytes;
		await withLateSentinel(log);
		await log.store.putIfAbsent(entryKey(SHARD, 2n), bytes ?? new Uint8Array());
		expect(await failureOf(log.clock.run(take(entries)))).toMatchObject({ code: "WAL_COLLECTED" });
	});

	it("does not hide them from a reader that begins right there", async () => {
		const log = await logOf(4);
		await withLateSentinel(log);
		const failure = await failureOf(log.clock.run(take((await log.tailer()).entries({ from: 3n }))));
		expect(failure).toMatchObject({ code: "WAL_COLLECTED", details: { resumeFrom: 4n } });
	});

	it("is told from a sentinel that always was there, covered but not collected", async () => {
		const log = await logOf(2);
		const second = await log.appender();
		await second.append([batchOf(4)]);
		await coverUpTo(log, 4n);
		for (const from of [1n, 2n, 3n]) {
			const entries = await log.clock.run(take((await log.tailer()).entries({ from })));
			expect(entries.map(({ entryPosition }) => entryPosition)).toEqual([1n, 2n, 3n, 4n].slice(Number(from) - 1));
		}
	});
});
