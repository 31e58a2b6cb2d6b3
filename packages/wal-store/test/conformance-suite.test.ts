import type { ObjectStore } from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { type StoreCapabilities, storeConformance } from "@memwal/wal-store/testing";
import { describe, expect, it } from "vitest";

const capabilities: StoreCapabilities = { nestedKeys: true, sharedObjects: false, keyBytes: 1024 };

/** The memory store with one thing wrong. */
function broken(change: (store: ObjectStore) => Partial<ObjectStore>): () => Promise<ObjectStore> {
	return async () => {
		const store = openMemoryStore();
		const sound: ObjectStore = {
			get: (key, options) => store.get(key, options),
			head: (key, options) => store.head(key, options),
			putIfAbsent: (key, body, options) => store.putIfAbsent(key, body, options),
			put: (key, body, options) => store.put(key, body, options),
			list: (prefix, options) => store.list(prefix, options),
			delete: (key, options) => store.delete(key, options),
		};
		return { ...sound, ...change(store) };
	};
}

async function failuresOf(open: () => Promise<ObjectStore>): Promise<string[]> {
	const failed: string[] = [];
	for (const { name, run } of storeConformance({ open, capabilities })) {
		await run().catch(() => failed.push(name));
	}
	return failed;
}

describe("the conformance suite", () => {
	it("finds nothing wrong with a sound store", async () => {
		expect(await failuresOf(broken(() => ({})))).toEqual([]);
	});

	it("catches a store that lets every rival win", async () => {
		const failed = await failuresOf(
			broken((store) => ({
				async putIfAbsent(key, body, options) {
					await store.put(key, body, options);
					return "created";
				},
			})),
		);
		expect(failed).toContain("of many rivals exactly one creates, and its bytes are stored");
		expect(failed).toContain("putIfAbsent creates once, and leaves what is there as it is");
	});

	it("catches a store that looks before it leaps", async () => {
		const failed = await failuresOf(
			broken((store) => ({
				async putIfAbsent(key, body, options) {
					if (await store.head(key)) return "exists";
					await store.put(key, body, options);
					return "created";
				},
			})),
		);
		expect(failed).toContain("of many rivals exactly one creates, and its bytes are stored");
	});

	it("catches a store that throws where there is nothing", async () => {
		const failed = await failuresOf(
			broken((store) => ({
				async get(key, options) {
					const object = await store.get(key, options);
					if (!object) throw new Error("404");
					return object;
				},
			})),
		);
		expect(failed).toContain("what is absent is undefined, and nothing is listed");
	});

	it("catches a store that still reads the body after the call has settled", async () => {
		const failed = await failuresOf(
			broken((store) => ({
				async putIfAbsent(key, body, options) {
					const result = await store.putIfAbsent(key, body, options);
					if (result === "created") setTimeout(() => store.put(key, body), 0);
					return result;
				},
				async get(key, options) {
					await new Promise((resolve) => setTimeout(resolve, 1));
					return store.get(key, options);
				},
			})),
		);
		expect(failed).toContain("a body may be overwritten as soon as its call has settled");
	});

	it("catches a store that sorts by UTF-16 units", async () => {
		const failed = await failuresOf(
			broken((store) => ({
				async *list(prefix, options) {
					const all = [];
					for await (const meta of store.list(prefix, options)) all.push(meta);
					yield* all.sort((a, b) => (a.key < b.key ? -1 : 1));
				},
			})),
		);
		expect(failed).toContain("list is ascending by the UTF-8 bytes of the keys, above U+FFFF too");
		expect(failed).not.toContain("list sorts whole keys, in which a slash is a character like others");
	});

	it("catches a store that gives only the first page of a list", async () => {
		const failed = await failuresOf(
			broken((store) => ({
				async *list(prefix, options) {
					let count = 0;
					for await (const meta of store.list(prefix, options)) if (count++ < 1_000) yield meta;
				},
			})),
		);
		expect(failed).toEqual(["list gives more than a thousand objects, each once and with its size"]);
	});

	it("catches a store that ignores the signal", async () => {
		const failed = await failuresOf(broken((store) => ({ get: (key, { range } = {}) => store.get(key, { range }) })));
		expect(failed).toEqual(["with an aborted signal nothing is done"]);
	});

	it("lets a known gap fail, and fails when it passes", async () => {
		const open = broken(() => ({ head: async () => undefined }));
		const gap = "an empty object is an object";
		const runOf = (open: () => Promise<ObjectStore>) =>
			storeConformance({ open, capabilities, knownGaps: [gap] })
				.find(({ name }) => name === gap)
				?.run();
		await expect(runOf(open)).resolves.toBeUndefined();
		await expect(runOf(broken(() => ({})))).rejects.toThrow("take");
	});

	it("refuses a known gap that no case has, misspelt or not applicable", () => {
		const open = async () => openMemoryStore();
		for (const gap of ["an emtpy object", "a key that cannot be beside another is refused, and nothing is written"]) {
			expect(() => storeConformance({ open, capabilities, knownGaps: [gap] })).toThrow(RangeError);
		}
	});

	it("has names that tell its cases apart", () => {
		const open = async () => openMemoryStore();
		const names = storeConformance({ open, capabilities }).map(({ name }) => name);
		expect(new Set(names).size).toBe(names.length);
		expect(names.length).toBeGreaterThan(45);
	});

	it("leaves nothing behind, and closes what it opened", async () => {
		const store = openMemoryStore();
		let open = 0;
		const opened = async (): Promise<ObjectStore> => {
			open++;
			return {
				...(await broken(() => ({}))()),
				list: (prefix, options) => store.list(prefix, options),
				putIfAbsent: (key, body, options) => store.putIfAbsent(key, body, options),
				put: (key, body, options) => store.put(key, body, options),
				get: (key, options) => store.get(key, options),
				head: (key, options) => store.head(key, options),
				delete: (key, options) => store.delete(key, options),
				close: async () => {
					open--;
				},
			};
		};
		const shared = { ...capabilities, sharedObjects: true };
		const cases = storeConformance({ open: opened, capabilities: shared }).filter(
			({ name }) => !name.includes("closed"),
		);
		for (const { run } of cases) await run();
		expect(open).toBe(0);
		for await (const { key } of store.list("")) expect(key).toBe("nothing");
	});
});
