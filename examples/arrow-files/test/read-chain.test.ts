import type { ObjectStore } from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { expect, it } from "vitest";
import { ArrowFileSink } from "../src/arrow-file-sink.ts";
import { chainKey } from "../src/chain-key.ts";
import { readChain } from "../src/read-chain.ts";
import { chainOf, failureOf, memtableOf, PREFIX, positionsByFile } from "./memtable-of.ts";

/** A chain of three files, with entries 1 and 2, 4, 5 and 6. */
async function threeFiles(): Promise<ObjectStore> {
	const store = openMemoryStore();
	const sink = new ArrowFileSink({ store, prefix: PREFIX });
	await sink.write(memtableOf([1, 2]));
	await sink.write(memtableOf([4], { after: 2 }));
	await sink.write(memtableOf([5, 6], { after: 4 }));
	return store;
}

/** Puts another file's bytes in the place of this one. */
async function replace(store: ObjectStore, number: bigint, other: bigint, prefix = PREFIX): Promise<void> {
	const object = await store.get(chainKey(prefix, other));
	await store.put(chainKey(PREFIX, number), object?.bytes ?? new Uint8Array());
}

it("reads every file in order", async () => {
	const store = await threeFiles();
	expect(await positionsByFile(store)).toEqual([[1, 2], [4], [5, 6]]);
	expect((await chainOf(store)).map(({ number, rows }) => [number, rows])).toEqual([
		[1n, 4],
		[2n, 2],
		[3n, 4],
	]);
	expect(await positionsByFile(store, "elsewhere/")).toEqual([]);
});

it("notices a file that is missing below another one", async () => {
	const store = await threeFiles();
	await store.delete(chainKey(PREFIX, 2n));
	expect(await failureOf(chainOf(store))).toMatchObject({
		code: "WAL_GAP",
		details: { key: chainKey(PREFIX, 2n), laterPosition: 3n },
	});
});

it("takes a file for no gap that came while it looked", async () => {
	const store = await threeFiles();
	let early = true;
	const slow: ObjectStore = {
		...store,
		head: (key) => store.head(key),
		get: async (key) => {
			if (key !== chainKey(PREFIX, 2n) || !early) return store.get(key);
			early = false;
			return undefined;
		},
	};
	expect(await positionsByFile(slow)).toEqual([[1, 2], [4], [5, 6]]);
});

it("notices a file at another's place, one of another shard, and one that overlaps or leaves a gap", async () => {
	const store = await threeFiles();
	await replace(store, 2n, 3n);
	expect(await failureOf(chainOf(store))).toMatchObject({
		code: "WAL_CORRUPT",
		message: expect.stringMatching(/says that it is file 3/),
	});

	const other = new ArrowFileSink({ store, prefix: "other/" });
	const shardId = "other" as never;
	await other.write(memtableOf([1, 2], { shardId }));
	await other.write(memtableOf([4], { after: 2, shardId }));
	await replace(store, 2n, 2n, "other/");
	expect(await failureOf(chainOf(store))).toMatchObject({
		code: "WAL_CORRUPT",
		message: expect.stringMatching(/of shard other/),
	});

	for (const end of [1, 3]) {
		const prefix = `up to ${end}/`;
		const sink = new ArrowFileSink({ store, prefix });
		await sink.write(memtableOf([1, end]));
		await sink.write(memtableOf([4], { after: end }));
		await replace(store, 2n, 2n, prefix);
		const message = expect.stringContaining(`begins after entry ${end}, and file 1 ends with entry 2`);
		expect(await failureOf(chainOf(store))).toMatchObject({ code: "WAL_CORRUPT", message });
	}
});

it("notices bytes that are missing", async () => {
	const store = await threeFiles();
	const key = chainKey(PREFIX, 2n);
	const { bytes } = (await store.get(key)) ?? { bytes: new Uint8Array() };
	for (const damaged of [bytes.subarray(0, 0), bytes.subarray(0, 100), bytes.subarray(0, bytes.length - 1)]) {
		await store.put(key, damaged);
		expect(await failureOf(chainOf(store))).toMatchObject({ code: "WAL_CORRUPT", details: { key } });
	}
});

it("ends with a request that failed, and with its signal", async () => {
	const store = await threeFiles();
	const away: ObjectStore = { ...store, get: () => Promise.reject(new Error("away")) };
	expect(await failureOf(chainOf(away))).toMatchObject({ message: "away" });
	const reading = readChain(store, PREFIX, { signal: AbortSignal.abort() });
	expect(await failureOf(reading.next())).toMatchObject({ code: "WAL_ABORTED" });
});
