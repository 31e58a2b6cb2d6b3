import { seededRandom } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import {
	type Fault,
	type FaultPlan,
	type FaultyRequest,
	getWhole,
	READ_FAULTS,
	randomFaults,
	WRITE_FAULTS,
	withFaults,
} from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { describe, expect, it } from "vitest";

const body = new TextEncoder().encode("12345678");

function faulty(plan: FaultPlan) {
	const clock = new ManualClock();
	const inner = openMemoryStore({ clock });
	return { clock, inner, store: withFaults(inner, { clock, plan }) };
}

function once(fault: Fault): FaultPlan {
	return ({ ordinal }) => (ordinal === 0 ? fault : undefined);
}

describe("a fault of a write", () => {
	for (const [name, code, written] of [
		["request-lost", "WAL_TIMEOUT", false],
		["reply-lost", "WAL_UNAVAILABLE", true],
		["conflict-409", "WAL_UNAVAILABLE", false],
		["server-error-before", "WAL_UNAVAILABLE", false],
		["server-error-after", "WAL_UNAVAILABLE", true],
	] as const) {
		it(`${name} is ${code} and unknown, and ${written ? "something" : "nothing"} was written`, async () => {
			for (const operation of ["putIfAbsent", "put"] as const) {
				const { inner, store } = faulty(once({ name }));
				await expect(store[operation]("a", body)).rejects.toMatchObject({ code, outcome: "unknown" });
				expect((await inner.get("a"))?.bytes).toEqual(written ? body : undefined);
				expect(await store.putIfAbsent("a", body), "the next try").toBe(written ? "exists" : "created");
			}
		});
	}

	it("strikes deletes too", async () => {
		for (const [name, gone] of [
			["request-lost", false],
			["reply-lost", true],
		] as const) {
			const { inner, store } = faulty(once({ name }));
			await inner.put("a", body);
			await expect(store.delete("a")).rejects.toMatchObject({ outcome: "unknown" });
			expect((await inner.head("a")) === undefined).toBe(gone);
		}
	});
});

describe("a ghost write", () => {
	it("lands after its caller has given up, with the bytes of the time of the call", async () => {
		const { clock, inner, store } = faulty(once({ name: "ghost-write", delayMs: 500 }));
		const reused = body.slice();
		await expect(store.putIfAbsent("a", reused)).rejects.toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
		reused.fill(0);
		expect(store.pendingGhosts).toBe(1);
		await clock.advance(499);
		expect(await inner.get("a")).toBeUndefined();
		await clock.run(store.ghostsLanded());
		expect(store.pendingGhosts).toBe(0);
		expect((await inner.get("a"))?.bytes).toEqual(body);
	});

	it("that comes too late finds the name taken and changes nothing", async () => {
		const { clock, inner, store } = faulty(once({ name: "ghost-write", delayMs: 500 }));
		await store.putIfAbsent("a", body).catch(() => undefined);
		expect(await store.putIfAbsent("a", new Uint8Array(3))).toBe("created");
		await clock.run(store.ghostsLanded());
		expect((await inner.get("a"))?.size).toBe(3);
	});

	it("is not ended by its caller's signal", async () => {
		const { clock, inner, store } = faulty(once({ name: "ghost-write", delayMs: 500 }));
		const abort = new AbortController();
		await store.putIfAbsent("a", body, { signal: abort.signal }).catch(() => undefined);
		abort.abort();
		await clock.run(store.ghostsLanded());
		expect((await inner.get("a"))?.size).toBe(8);
	});

	it("can be a delete, which takes away what was created meanwhile", async () => {
		const { clock, inner, store } = faulty(once({ name: "ghost-write", delayMs: 500 }));
		await expect(store.delete("a")).rejects.toMatchObject({ outcome: "unknown" });
		await store.putIfAbsent("a", body);
		await clock.run(store.ghostsLanded());
		expect(await inner.get("a")).toBeUndefined();
	});
});

describe("a fault of a read", () => {
	it("read-failed is an error that can pass, and never an absence", async () => {
		const { inner, store } = faulty(({ ordinal }) => (ordinal < 3 ? { name: "read-failed" } : undefined));
		await inner.put("a", body);
		const list = async () => {
			for await (const { key } of store.list("")) expect(key).toBe("a");
		};
		for (const read of [() => store.get("a"), () => store.head("a"), list]) {
			await expect(read()).rejects.toMatchObject({ code: "WAL_UNAVAILABLE", retryable: true, outcome: undefined });
		}
		expect((await store.get("a"))?.bytes).toEqual(body);
	});

	it("short-read gives fewer bytes than the size says, which getWhole refuses", async () => {
		const { inner, store } = faulty(({ ordinal }) => (ordinal < 2 ? { name: "short-read" } : undefined));
		await inner.put("a", body);
		const object = await store.get("a");
		expect([object?.bytes.length, object?.size]).toEqual([4, 8]);
		await expect(getWhole(store, "a")).rejects.toMatchObject({ code: "WAL_UNAVAILABLE" });
		expect((await getWhole(store, "a"))?.bytes).toEqual(body);
	});
});

describe("a plan", () => {
	it("is asked request by request, by order, operation, key and bytes", async () => {
		const asked: Pick<FaultyRequest, "ordinal" | "operation" | "key" | "bytes">[] = [];
		const { store } = faulty(({ ordinal, operation, key, bytes }) => {
			asked.push({ ordinal, operation, key, bytes });
			return undefined;
		});
		await store.putIfAbsent("a", [body, body]);
		await store.get("a");
		for await (const { key } of store.list("p/")) expect(key).toBeUndefined();
		await store.delete("a");
		expect(asked).toEqual([
			{ ordinal: 0, operation: "putIfAbsent", key: "a", bytes: 16 },
			{ ordinal: 1, operation: "get", key: "a", bytes: 0 },
			{ ordinal: 2, operation: "list", key: "p/", bytes: 0 },
			{ ordinal: 3, operation: "delete", key: "a", bytes: 0 },
		]);
	});

	it("that names a fault which cannot happen to the request is a mistake", async () => {
		await expect(faulty(once({ name: "short-read" })).store.head("a")).rejects.toThrow(RangeError);
		await expect(faulty(once({ name: "reply-lost" })).store.get("a")).rejects.toThrow(RangeError);
		await expect(faulty(once({ name: "read-failed" })).store.put("a", body)).rejects.toThrow(RangeError);
	});

	it("by chance is the same for the same seed, and strikes as often as its rates say", () => {
		const rates = { "reply-lost": 0.1, "ghost-write": 0.2, "short-read": 0.25 };
		const struck = (seed: number, operation: FaultyRequest["operation"]) => {
			const plan = randomFaults(seededRandom(seed), rates, { ghostDelayMs: { min: 5, max: 6 } });
			return Array.from({ length: 4_000 }, (_, ordinal) =>
				plan({ ordinal, operation, key: "a", bytes: 0, signal: undefined }),
			);
		};
		const puts = struck(7, "putIfAbsent");
		expect(struck(7, "putIfAbsent")).toEqual(puts);
		expect(struck(8, "putIfAbsent")).not.toEqual(puts);
		const share = (faults: (Fault | undefined)[], name: string) =>
			faults.filter((fault) => fault?.name === name).length / faults.length;
		expect(share(puts, "reply-lost")).toBeCloseTo(0.1, 1);
		expect(share(puts, "ghost-write")).toBeCloseTo(0.2, 1);
		expect(share(puts, "short-read")).toBe(0);
		for (const fault of puts) {
			if (fault?.name === "ghost-write") expect(fault.delayMs >= 5 && fault.delayMs < 6).toBe(true);
		}
		expect(share(struck(7, "get"), "short-read")).toBeCloseTo(0.25, 1);
		expect(share(struck(7, "head"), "short-read")).toBe(0);
	});

	it("by chance refuses rates that sum up to more than one", () => {
		expect(() => randomFaults(seededRandom(1), { "reply-lost": 0.7, "request-lost": 0.7 })).toThrow(RangeError);
		expect(() => randomFaults(seededRandom(1), { "reply-lost": Number.NaN })).toThrow(RangeError);
	});
});

it("the names of the faults say what they are", () => {
	expect([...WRITE_FAULTS, ...READ_FAULTS]).toEqual([
		"request-lost",
		"reply-lost",
		"ghost-write",
		"conflict-409",
		"server-error-before",
		"server-error-after",
		"read-failed",
		"short-read",
	]);
});
