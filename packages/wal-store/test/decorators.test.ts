import { getEventListeners } from "node:events";
import { realClock, type WalEvent } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import {
	type ObjectStore,
	type StoreRequestEvent,
	withConcurrencyLimit,
	withFaults,
	withLatency,
	withObserver,
	withPrefix,
} from "@memwal/wal-store";
import { openFsStore } from "@memwal/wal-store/fs";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { describe, expect, it } from "vitest";
import { keysOf } from "./keys-of.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const body = new TextEncoder().encode("12345");

describe("every decorator", () => {
	const decorators: Record<string, (store: ObjectStore) => ObjectStore> = {
		withPrefix: (store) => withPrefix(store, "p"),
		withObserver: (store) => withObserver(store, { clock: realClock, observer: () => undefined }),
		withLatency: (store) => withLatency(store, { clock: realClock, latencyMs: 0 }),
		withConcurrencyLimit: (store) => withConcurrencyLimit(store, 1),
		withFaults: (store) => withFaults(store, { clock: realClock, plan: () => undefined }),
	};

	it("has sync and close exactly where the store below has them", async () => {
		const file = await openFsStore(temporaryFolder());
		for (const [name, decorate] of Object.entries(decorators)) {
			const overMemory = decorate(openMemoryStore());
			expect([overMemory.sync, overMemory.close], name).toEqual([undefined, undefined]);
			const overFile = decorate(file);
			expect([typeof overFile.sync, typeof overFile.close], name).toEqual(["function", "function"]);
			await overFile.putIfAbsent(`${name}/a`, body);
			await overFile.sync?.(`${name}/`);
			await overFile.close?.();
		}
	});
});

describe("withPrefix", () => {
	it("keeps its objects below its folder and sees no others", async () => {
		const store = openMemoryStore();
		const below = withPrefix(store, "some/folder");
		await store.putIfAbsent("some/folder-2", body);
		await store.putIfAbsent("other", body);
		await below.putIfAbsent("a", body);
		await below.put("b/c", body);
		expect(await keysOf(store)).toEqual(["other", "some/folder-2", "some/folder/a", "some/folder/b/c"]);
		expect(await keysOf(below)).toEqual(["a", "b/c"]);
		expect((await below.get("a"))?.key).toBe("a");
		expect((await below.head("b/c"))?.key).toBe("b/c");
		await below.delete("a");
		expect(await store.get("some/folder/a")).toBeUndefined();
	});

	it("takes its folder with or without a slash at the end, and nested", async () => {
		const store = openMemoryStore();
		await withPrefix(withPrefix(store, "a/"), "b").putIfAbsent("c", body);
		expect(await keysOf(store)).toEqual(["a/b/c"]);
	});

	it("refuses a folder that is no key, and keys that would leave it", async () => {
		for (const folder of ["", "/", "../x", "a//b", ".memwal-tmp"]) {
			expect(() => withPrefix(openMemoryStore(), folder), folder).toThrow(
				expect.objectContaining({ code: "WAL_INVALID" }),
			);
		}
		await expect(withPrefix(openMemoryStore(), "a").get("../b")).rejects.toMatchObject({ code: "WAL_INVALID" });
	});
});

describe("withObserver", () => {
	function observed(store: ObjectStore, clock = new ManualClock()) {
		const events: StoreRequestEvent[] = [];
		return { events, clock, store: withObserver(store, { clock, observer: (event) => events.push(event) }) };
	}

	it("tells of every request what it was, what came of it, and how much was moved", async () => {
		const { events, store } = observed(openMemoryStore());
		await store.get("a");
		await store.head("a");
		await store.putIfAbsent("a", [body, body]);
		await store.putIfAbsent("a", body);
		await store.put("b", body);
		await store.get("a", { range: { start: 1, end: 4 } });
		await store.head("a");
		await keysOf(store);
		await store.delete("b");
		expect(
			events.map(({ operation, key, result, bytes, objects }) => [operation, key, result, bytes, objects]),
		).toEqual([
			["get", "a", "absent", 0, 0],
			["head", "a", "absent", 0, 0],
			["putIfAbsent", "a", "created", 10, 0],
			["putIfAbsent", "a", "exists", 5, 0],
			["put", "b", "done", 5, 0],
			["get", "a", "found", 3, 0],
			["head", "a", "found", 0, 0],
			["list", "", "done", 0, 2],
			["delete", "b", "done", 0, 0],
		]);
		const types: WalEvent["type"][] = events.map(({ type }) => type);
		expect(new Set(types)).toEqual(new Set(["store-request"]));
	});

	it("tells of a failure its code and how far the write got", async () => {
		const failing = withFaults(openMemoryStore(), {
			clock: realClock,
			plan: ({ operation }) => ({ name: operation === "putIfAbsent" ? "reply-lost" : "read-failed" }),
		});
		const { events, store } = observed(failing);
		await store.putIfAbsent("a", body).catch(() => undefined);
		await store.get("a").catch(() => undefined);
		await keysOf(store).catch(() => undefined);
		expect(events.map(({ result, code, outcome }) => [result, code, outcome])).toEqual([
			["failed", "WAL_UNAVAILABLE", "unknown"],
			["failed", "WAL_UNAVAILABLE", undefined],
			["failed", "WAL_UNAVAILABLE", undefined],
		]);
	});

	it("measures by the injected clock, and of a list only the waiting for the store", async () => {
		const clock = new ManualClock();
		const slow = withLatency(openMemoryStore(), { clock, latencyMs: 30 });
		const { events, store } = observed(slow, clock);
		await clock.run(store.putIfAbsent("a", body));
		await clock.run(
			(async () => {
				for await (const { key } of store.list("")) await clock.sleep(key.length * 500);
			})(),
		);
		expect(events.map(({ durationMs }) => durationMs)).toEqual([30, 30]);
	});

	it("tells of a list that was left early", async () => {
		const { events, store } = observed(openMemoryStore());
		await store.put("a", body);
		await store.put("b", body);
		for await (const { key } of store.list("")) {
			expect(key).toBe("a");
			break;
		}
		expect(events.at(-1)).toMatchObject({ operation: "list", result: "done", objects: 1 });
	});

	it("gives the very same store back where nobody listens", () => {
		const store = openMemoryStore();
		expect(withObserver(store, { clock: realClock, observer: undefined })).toBe(store);
	});
});

describe("withLatency", () => {
	it("lets a request reach the store only when its time has passed", async () => {
		const clock = new ManualClock();
		const store = openMemoryStore();
		const far = withLatency(store, { clock, latencyMs: 50 });
		const writing = far.putIfAbsent("a", body);
		await clock.advance(49);
		expect(await store.get("a")).toBeUndefined();
		await clock.advance(1);
		expect(await writing).toBe("created");
		expect(clock.pendingTimers).toBe(0);
	});

	it("may depend on the request, and comes once for every page of a list", async () => {
		const clock = new ManualClock();
		const store = openMemoryStore();
		for (const key of ["a", "b", "c", "d", "e"]) await store.put(key, body);
		const far = withLatency(store, {
			clock,
			latencyMs: ({ operation }) => (operation === "list" ? 10 : 1),
			objectsPerPage: 2,
		});
		await clock.run(keysOf(far));
		expect(clock.monotonicMs()).toBe(30);
		await clock.run(far.head("a"));
		expect(clock.monotonicMs()).toBe(31);
	});

	it("ends with the signal: nothing was sent, so nothing was written", async () => {
		const clock = new ManualClock();
		const store = openMemoryStore();
		const far = withLatency(store, { clock, latencyMs: 50 });
		const abort = new AbortController();
		const writing = far.putIfAbsent("a", body, { signal: abort.signal }).catch((error: unknown) => error);
		const reading = far.get("a", { signal: abort.signal }).catch((error: unknown) => error);
		abort.abort();
		expect(await writing).toMatchObject({ code: "WAL_ABORTED", outcome: "not-written" });
		expect(await reading).toMatchObject({ code: "WAL_ABORTED", outcome: undefined });
		expect(clock.pendingTimers).toBe(0);
		expect(await store.get("a")).toBeUndefined();
	});
});

describe("withConcurrencyLimit", () => {
	function slowStore() {
		const clock = new ManualClock();
		let running = 0;
		let peak = 0;
		const started: string[] = [];
		const inner = openMemoryStore();
		const store: ObjectStore = {
			...withLatency(inner, { clock, latencyMs: 0 }),
			async head(key) {
				started.push(key);
				peak = Math.max(peak, ++running);
				await clock.sleep(10);
				running--;
				if (key === "fails") throw new Error("planted");
				return undefined;
			},
		};
		return { clock, inner, store, started, peak: () => peak };
	}

	it("lets no more requests through at once, in the order in which they came", async () => {
		const { clock, store, started, peak } = slowStore();
		const limited = withConcurrencyLimit(store, 3);
		const keys = Array.from({ length: 10 }, (_, i) => `${i}`);
		await clock.run(Promise.all(keys.map((key) => limited.head(key))));
		expect(peak()).toBe(3);
		expect(started).toEqual(keys);
		expect(clock.monotonicMs()).toBe(40);
	});

	it("gives the place of a failed request to the next", async () => {
		const { clock, store, started } = slowStore();
		const limited = withConcurrencyLimit(store, 1);
		const results = Promise.allSettled([limited.head("fails"), limited.head("b")]);
		expect((await clock.run(results)).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
		expect(started).toEqual(["fails", "b"]);
	});

	it("lets a signal end the wait, of a write as not written, and keeps the order of the others", async () => {
		const { clock, inner, store, started } = slowStore();
		const limited = withConcurrencyLimit(store, 1);
		const abort = new AbortController();
		const first = limited.head("first");
		const leaving = limited.head("leaving", { signal: abort.signal }).catch((error: unknown) => error);
		const writing = limited.putIfAbsent("w", body, { signal: abort.signal }).catch((error: unknown) => error);
		const last = limited.head("last");
		abort.abort();
		expect(await leaving).toMatchObject({ code: "WAL_ABORTED", outcome: undefined });
		expect(await writing).toMatchObject({ code: "WAL_ABORTED", outcome: "not-written" });
		await clock.run(Promise.all([first, last]));
		expect(started).toEqual(["first", "last"]);
		expect(await inner.get("w")).toBeUndefined();
	});

	it("puts one listener on a signal, however many wait with it, and leaves none", async () => {
		const { clock, store } = slowStore();
		const limited = withConcurrencyLimit(store, 1);
		const { signal } = new AbortController();
		const requests = Promise.all(Array.from({ length: 20 }, (_, i) => limited.head(`${i}`, { signal })));
		expect(getEventListeners(signal, "abort")).toHaveLength(1);
		await clock.run(requests);
		expect(getEventListeners(signal, "abort")).toHaveLength(0);
	});

	it("lets requests through while a list stands open, since its reader may need them to go on", async () => {
		const store = openMemoryStore();
		await store.put("a", body);
		await store.put("b", body);
		const limited = withConcurrencyLimit(store, 1);
		const sizes: (number | undefined)[] = [];
		for await (const { key } of limited.list("")) sizes.push((await limited.get(key))?.size);
		expect(sizes).toEqual([5, 5]);
	});

	it("refuses a limit that lets nothing through", () => {
		for (const limit of [0, -1, 1.5, Number.NaN]) {
			expect(() => withConcurrencyLimit(openMemoryStore(), limit)).toThrow(RangeError);
		}
	});
});
