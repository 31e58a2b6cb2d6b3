import { realClock, seededRandom, WalError } from "@memwal/wal-runtime";
import {
	type ObjectStore,
	openStore,
	type QualifyOptions,
	type QualifyProbe,
	qualify,
	randomFaults,
	withFaults,
} from "@memwal/wal-store";
import { openFsStore } from "@memwal/wal-store/fs";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { describe, expect, it } from "vitest";
import { FakeS3, type FakeS3Profile } from "./fake-s3.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Small, so that a test takes no time. */
const small = { keys: 4, creators: 6, largeBytes: 100_000 } satisfies QualifyOptions;

const PROBES = [
	...["one winner", "create on existing", "ranges", "size and last-modified", "large bodies"],
	...["read after write", "list after write", "delete, then create"],
];

/** The probes that failed, by name and evidence; the error must say the first. */
async function flawsOf(store: ObjectStore, options: QualifyOptions = {}): Promise<Record<string, string>> {
	const probes: QualifyProbe[] = [];
	const result = await qualify(store, { ...small, ...options, observer: (probe) => void probes.push(probe) }).catch(
		(error: unknown) => error,
	);
	const failed = probes.filter(({ passed }) => !passed);
	if (failed.length > 0) {
		expect(result).toMatchObject({
			code: "WAL_STORE_UNSAFE",
			message: expect.stringContaining(failed[0]?.evidence ?? "?"),
		});
	} else if (result instanceof Error) {
		throw result;
	}
	expect(probes.map(({ name }) => name)).toEqual(PROBES);
	return Object.fromEntries(failed.map(({ name, evidence }) => [name, evidence]));
}

async function isEmpty(store: ObjectStore): Promise<boolean> {
	for await (const _ of store.list("")) return false;
	return true;
}

describe("qualify", () => {
	it("passes stores that do what a log rests on, and leaves nothing in them", async () => {
		const folder = temporaryFolder();
		for (const store of [openMemoryStore(), await openFsStore(folder)]) {
			expect(await flawsOf(store)).toEqual({});
			expect(await isEmpty(store)).toBe(true);
			await store.close?.();
		}
	});

	it("tells what it saw, how long it took and with how many calls", async () => {
		const { probes, requests } = await qualify(openMemoryStore(), small);
		expect(probes[0]).toMatchObject({ type: "qualify-probe", name: "one winner", passed: true, requests: 28 });
		expect(probes[0]?.evidence).toBe("4 keys, 6 creators each: 4 won, 20 were told that it exists");
		// A first look; and at the end a list, and a delete for each of the 56 objects that are left.
		expect(requests).toBe(1 + probes.reduce((sum, probe) => sum + probe.requests, 0) + 57);
	});

	it("races through all the ways to a store that it is given", async () => {
		const server = await FakeS3.forTest();
		const [store, ...rivals] = await Promise.all([server.open(), server.open(), server.open()]);
		if (!store) throw new Error("no store");
		expect(await flawsOf(store, { rivals })).toEqual({});
		expect(server.objects.size).toBe(0);
		for (const opened of [store, ...rivals]) await opened.close?.();
	});

	for (const profile of ["409-on-race", "429-per-key", "200-with-error"] satisfies FakeS3Profile[]) {
		it(`passes a server with ${profile}: it is unlike AWS, and one wins`, async () => {
			const store = await (await FakeS3.forTest({ profile })).open();
			expect(await flawsOf(store)).toEqual({});
			await store.close?.();
		});
	}

	for (const [profile, flaws] of [
		["two-winners", ["one winner"]],
		["ignores-header", ["one winner", "create on existing", "large bodies"]],
	] satisfies [FakeS3Profile, string[]][]) {
		it(`refuses a server with ${profile}`, async () => {
			const store = await (await FakeS3.forTest({ profile })).open();
			const found = await flawsOf(store);
			expect(Object.keys(found)).toEqual(flaws);
			expect(found["one winner"]).toMatch(/^[2-6] of 6 creators of one key were each told that they won$/);
			await store.close?.();
		});
	}

	it("passes a store whose replies get lost, whose requests fail and whose writes land late", async () => {
		const plan = randomFaults(seededRandom(3), { "reply-lost": 0.05, "request-lost": 0.05, "read-failed": 0.03 });
		expect(await flawsOf(withFaults(openMemoryStore(), { clock: realClock, plan }))).toEqual({});
	});
});

describe("qualify refuses a store", () => {
	const wrong: Record<string, { probe: string; evidence: string; store: () => ObjectStore }> = {
		"that tells a winner, and stores another": {
			probe: "one winner",
			evidence: "another one's object is stored",
			store: () => {
				const inner = openMemoryStore();
				return {
					...bound(inner),
					async putIfAbsent(key, body) {
						const result = await inner.putIfAbsent(key, body);
						if (result === "exists" && key.includes("/race/")) await inner.put(key, body);
						return result;
					},
				};
			},
		},
		"that tells a winner, and stores nothing": {
			probe: "one winner",
			evidence: "is not there",
			store: () => {
				const inner = openMemoryStore();
				const lost = (key: string) => key.includes("/race/");
				return { ...bound(inner), get: async (key, options) => (lost(key) ? undefined : inner.get(key, options)) };
			},
		},
		"that reads late": {
			probe: "read after write",
			evidence: "a finished write is not seen by a read",
			store: () => {
				const inner = openMemoryStore();
				const absent = new Set<string>();
				return {
					...bound(inner),
					async get(key, options) {
						if (absent.delete(key)) return undefined;
						const object = await inner.get(key, options);
						if (!object && key.includes("/fresh/")) absent.add(key);
						return object;
					},
				};
			},
		},
		"that lists late": {
			probe: "list after write",
			evidence: "after 1 finished writes a list gives 0 objects",
			store: () => {
				const inner = openMemoryStore();
				return {
					...bound(inner),
					async *list(prefix, options) {
						const all = [];
						for await (const meta of inner.list(prefix, options)) all.push(meta);
						yield* prefix.endsWith("/listed/") ? all.slice(0, -1) : all;
					},
				};
			},
		},
		"that gives other bytes than a range asks for": {
			probe: "ranges",
			evidence: "are not those that were asked for",
			store: () => {
				const inner = openMemoryStore();
				return { ...bound(inner), get: async (key) => inner.get(key) };
			},
		},
		"that reads what was deleted": {
			probe: "delete, then create",
			evidence: "an object that was deleted is still read",
			store: () => {
				const inner = openMemoryStore();
				const kept = new Map<string, Awaited<ReturnType<ObjectStore["get"]>>>();
				return {
					...bound(inner),
					async delete(key) {
						kept.set(key, await inner.get(key));
						await inner.delete(key);
					},
					get: async (key, options) => (await inner.get(key, options)) ?? kept.get(key),
				};
			},
		},
		"that tells two times of one object": {
			probe: "size and last-modified",
			evidence: "tell different times",
			store: () => {
				const inner = openMemoryStore();
				return {
					...bound(inner),
					async head(key, options) {
						const meta = await inner.head(key, options);
						return meta && { ...meta, lastModifiedMs: meta.lastModifiedMs + 1 };
					},
				};
			},
		},
		"that cuts large objects": {
			probe: "large bodies",
			evidence: "does not come back as it was sent",
			store: () => {
				const inner = openMemoryStore();
				return {
					...bound(inner),
					async get(key, options) {
						const object = await inner.get(key, options);
						if (!object || object.size < 100_000) return object;
						return { ...object, bytes: object.bytes.slice(0, 99_999), size: 99_999 };
					},
				};
			},
		},
	};
	for (const [name, { probe, evidence, store }] of Object.entries(wrong)) {
		it(name, async () => {
			const found = await flawsOf(store());
			expect(Object.keys(found)).toContain(probe);
			expect(found[probe]).toContain(evidence);
		});
	}
});

describe("qualify gives no verdict", () => {
	it("where the store refuses to work at all", async () => {
		const denied: ObjectStore = {
			...bound(openMemoryStore()),
			putIfAbsent: async () => {
				throw new WalError("WAL_DENIED", "planted", { outcome: "not-written", details: { reason: "permission" } });
			},
		};
		await expect(qualify(denied, small)).rejects.toMatchObject({ code: "WAL_DENIED" });
	});

	it("where the store cannot be reached, and says so at once", async () => {
		let calls = 0;
		const away: ObjectStore = {
			...bound(openMemoryStore()),
			head: async () => {
				calls++;
				throw new WalError("WAL_UNAVAILABLE", "planted");
			},
		};
		await expect(qualify(away, small)).rejects.toMatchObject({ code: "WAL_UNAVAILABLE", message: "planted" });
		expect(calls).toBe(1);
	});

	it("where its signal ends it, and leaves nothing behind", async () => {
		const abort = new AbortController();
		const store = await openStore("memory:");
		const ending = qualify(store, { ...small, signal: abort.signal, observer: () => abort.abort() });
		await expect(ending).rejects.toMatchObject({ code: "WAL_ABORTED" });
		expect(await isEmpty(store)).toBe(true);
	});

	it("for numbers that make no race", async () => {
		for (const options of [{ keys: 0 }, { creators: 1 }, { largeBytes: 0.5 }]) {
			await expect(qualify(openMemoryStore(), options)).rejects.toBeInstanceOf(RangeError);
		}
	});
});

/** The store's methods, to be taken apart. */
function bound(store: ObjectStore): ObjectStore {
	return {
		get: (key, options) => store.get(key, options),
		head: (key, options) => store.head(key, options),
		putIfAbsent: (key, body, options) => store.putIfAbsent(key, body, options),
		put: (key, body, options) => store.put(key, body, options),
		list: (prefix, options) => store.list(prefix, options),
		delete: (key, options) => store.delete(key, options),
	};
}
