import { randomUUID } from "node:crypto";
import { openStore, WalAppender, walPrefix } from "@memwal/wal-core";
import { beforeEach, describe, expect, it } from "vitest";
import { bucketStore, type CrashStore } from "../src/crash-store.ts";
import { readLog } from "../src/log-seen.ts";
import { makeBatch } from "../src/numbered-rows.ts";

describe("a log on a server, which may still write what a killed writer sent", () => {
	let place: CrashStore;
	let entryFolder: string;

	beforeEach(async () => {
		place = bucketStore(`memory:${randomUUID()}`);
		const store = await openStore(place.url);
		const appender = await WalAppender.open({ store, shard: "crash-test" });
		entryFolder = walPrefix(appender.shardId);
		await appender.append([makeBatch(1, 0)]);
		await appender.append([makeBatch(1, 1_000_000)]);
		await appender.close();
	});

	/** The same place; the last entry is not there yet the first `times` that somebody asks for names. */
	function lateEntry(times: number): CrashStore {
		let asked = 0;
		return {
			...place,
			async namesIn(prefix) {
				const names = await place.namesIn(prefix);
				return prefix === entryFolder && asked++ < times ? names.slice(0, asked % 2 === 0 ? 2 : 1) : names;
			},
		};
	}

	it("is read through its store", async () => {
		const log = await readLog(place, "crash-test");
		expect(log).toMatchObject({ filePositions: [1n, 2n], damaged: [], misnamed: [], readerError: undefined });
		expect(log.entries.map(({ entryPosition }) => entryPosition)).toEqual([1n, 2n]);
	});

	it("is read again where it grew meanwhile, so that names and entries are of one log", async () => {
		const log = await readLog(lateEntry(3), "crash-test");
		expect(log.filePositions).toEqual([1n, 2n]);
		expect(log.entries).toHaveLength(2);
	});

	it("is refused where it does not stop growing", async () => {
		await expect(readLog(lateEntry(Number.POSITIVE_INFINITY), "crash-test")).rejects.toThrow("still grew");
	});

	it("has no names in a folder that nobody wrote to", async () => {
		expect(await place.namesIn("nowhere/")).toEqual([]);
	});
});
