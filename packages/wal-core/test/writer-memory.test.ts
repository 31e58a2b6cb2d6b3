import { getEventListeners } from "node:events";
import { getActiveResourcesInfo, memoryUsage } from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Clock, realClock } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { expect, it } from "vitest";
import { ShardWriter } from "../src/shard-writer.ts";
import { batchOf, intercept } from "./test-log.ts";
import { ID_SCHEMA, isEntry } from "./test-writer.ts";

/** Without a command-line flag, so that the test needs no special way of being started. */
const collectGarbage: () => void = (() => {
	setFlagsFromString("--expose-gc");
	return runInNewContext("gc") as () => void;
})();

/** Bytes in use once garbage is collected: objects and the buffers behind them. */
function liveBytes(): number {
	collectGarbage();
	const { heapUsed, arrayBuffers } = memoryUsage();
	return heapUsed + arrayBuffers;
}

/** A store that keeps the manifests, and of the entries only how many there were. */
function forgetful(): { readonly store: ObjectStore; readonly entries: () => number } {
	const memory = openMemoryStore();
	let entries = 0;
	const store: ObjectStore = {
		...intercept(memory, {}),
		putIfAbsent: async (key, body, options) => {
			if (!isEntry(key)) return memory.putIfAbsent(key, body, options);
			entries++;
			return "created";
		},
	};
	return { store, entries: () => entries };
}

/** The real time, and how many sleep by it or have a timer. */
function watchedClock(): { readonly clock: Clock; readonly sleeping: () => number } {
	let sleeping = 0;
	const counted = async (sleep: Promise<void>) => {
		sleeping++;
		await sleep.finally(() => sleeping--);
	};
	const timers = new Set<() => void>();
	const clock: Clock = {
		...realClock,
		sleep: (ms, options) => counted(realClock.sleep(ms, options)),
		timer: (ms, fire) => {
			const end = realClock.timer(ms, () => {
				timers.delete(end);
				fire();
			});
			timers.add(end);
			return () => {
				timers.delete(end);
				end();
			};
		},
		yield: () => counted(realClock.yield()),
	};
	return { clock, sleeping: () => sleeping + timers.size };
}

/** What keeps a process alive, but for timers, which the test runner has as well. */
const handles = () =>
	getActiveResourcesInfo()
		.filter((name) => !/Timeout|Immediate/.test(name))
		.sort();

const PUTS = 1_000_000;
const PUTS_AN_ENTRY = 200;
/** Less than a byte a put. */
const GROWTH = 512 * 1_024;

it("a million tiny puts leave heap and handles as they were, and nothing is left when the writer is closed", async () => {
	const { store, entries } = forgetful();
	const { clock, sleeping } = watchedClock();
	const before = handles();
	const { signal } = new AbortController();
	const writer = await ShardWriter.open({ store, schema: ID_SCHEMA, clock, mode: "wal-only" });
	const batches = [batchOf(1)];
	const live: number[] = [];
	for (let put = 0; put < PUTS; put += PUTS_AN_ENTRY) {
		let last: Promise<unknown> = Promise.resolve();
		for (let i = 1; i < PUTS_AN_ENTRY; i++) last = writer.putNoWait(batches).durable;
		await Promise.all([last, writer.put(batches, { signal })]);
		if (put % (PUTS / 10) === 0) live.push(liveBytes());
	}
	live.push(liveBytes());
	// What is compiled and cached takes some memory at first.
	const warm = live[3] ?? 0;
	expect(Math.min(...live.slice(-3)) - warm).toBeLessThan(GROWTH);
	expect(writer.stats()).toMatchObject({
		puts: { count: PUTS },
		durableBatches: PUTS,
		entries: { count: entries() },
		waitingBytes: 0,
	});
	expect(entries()).toBe(PUTS / PUTS_AN_ENTRY);
	await writer.close();
	expect(getEventListeners(signal, "abort")).toEqual([]);
	expect([sleeping(), handles()]).toEqual([0, before]);
});
