import { randomUUID } from "node:crypto";
import { type Clock, realClock } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { type ObjectStore, openStore, withPrefix } from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { afterAll } from "vitest";
import { intercept, pullThrough } from "../../wal-store/src/intercept.ts";

/** Logs of tests are in memory, or in a folder each where this says that they go. */
const { MEMWAL_TEST_LOGS: elsewhere } = process.env;
const server = elsewhere === undefined ? undefined : await openStore(elsewhere);
afterAll(() => server?.close?.());

/** Requests that a server has not answered yet. */
const underWay = new Set<Promise<unknown>>();

/** A clock that stands still while a server is asked something. */
export function newClock(startMs = 0): ManualClock {
	return new ManualClock(startMs, server && { idle: answered });
}

/** An empty store. */
export function newStore(clock?: Clock): ObjectStore {
	if (!server) return openMemoryStore({ clock });
	return intercept(withPrefix(server, randomUUID()), {
		call: (_, run) => tracked(run),
		list: (_, objects) => pullThrough(objects, tracked),
	});
}

/** Moves time on, the store's as well: on a server that is real time, told in whole seconds. */
export async function advanceWithStore(clock: ManualClock, ms: number): Promise<void> {
	await clock.advance(ms);
	if (server) await realClock.sleep(1_100);
}

async function tracked<T>(request: () => Promise<T>): Promise<T> {
	const answer = request();
	underWay.add(answer);
	try {
		return await answer;
	} finally {
		underWay.delete(answer);
	}
}

async function answered(): Promise<void> {
	await realClock.yield();
	while (underWay.size > 0) {
		await Promise.allSettled(underWay);
		await realClock.yield();
	}
}
