import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { entryKey, manifestKey, openStore, WalAppender, walPrefix } from "@memwal/wal-core";
import { openScratchFolder, type ScratchFolder } from "@memwal-private/run-record";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderStore } from "../src/crash-store.ts";
import { readLog } from "../src/log-seen.ts";
import { makeBatch } from "../src/numbered-rows.ts";
import { judgeLog } from "../src/verdict.ts";
import type { Acknowledgement } from "../src/writer-protocol.ts";

const PRODUCER = 5;

describe("a log on disk, read and judged after a crash", () => {
	let scratch: ScratchFolder;
	let shardId: string;
	let acknowledged: Acknowledgement[];
	const pathOf = (key: string): string => join(scratch.path, key);
	const judge = async () =>
		judgeLog([{ producer: PRODUCER, acknowledged }], await readLog(folderStore(scratch.path), "crash-test"));

	beforeEach(async () => {
		scratch = openScratchFolder("crash-test");
		const store = await openStore(`file:${scratch.path}`);
		const appender = await WalAppender.open({ store, shard: "crash-test" });
		shardId = appender.shardId;
		acknowledged = [];
		for (let firstSequence = 0; acknowledged.length < 4; ) {
			const { entryPosition, rows } = await appender.append([makeBatch(PRODUCER, firstSequence)]);
			acknowledged.push({ entryPosition, firstSequence, rows });
			firstSequence += rows;
		}
		await appender.close();
		await store.close?.();
	});

	afterEach(() => scratch.remove());

	it("has every row that was acknowledged", async () => {
		const { counts, violations } = await judge();
		expect(violations).toEqual([]);
		expect(counts.survivingEntries).toBe(4);
		expect(counts.survivingRows).toBe(acknowledged.reduce((sum, { rows }) => sum + rows, 0));
	});

	it("is refused when an entry was cut off", async () => {
		const path = pathOf(entryKey(shardId, 3n));
		await writeFile(path, (await readFile(path)).subarray(0, 300));
		const { counts, violations } = await judge();
		expect(counts.halfWritten).toBe(1);
		expect(violations.join()).toContain("half-written");
	});

	it("is refused when an entry is an empty file", async () => {
		await writeFile(pathOf(entryKey(shardId, 4n)), "");
		expect((await judge()).counts.halfWritten).toBe(1);
	});

	it("is refused when the last acknowledged entry is missing", async () => {
		await rm(pathOf(entryKey(shardId, 4n)));
		const { counts } = await judge();
		expect(counts).toMatchObject({ holes: 0, lostRows: acknowledged[3]?.rows });
	});

	it("is refused when an entry in the middle is missing", async () => {
		await rm(pathOf(entryKey(shardId, 2n)));
		expect((await judge()).counts.holes).toBe(1);
	});

	it("is refused when an entry is there a second time", async () => {
		await copyFile(pathOf(entryKey(shardId, 1n)), pathOf(entryKey(shardId, 5n)));
		expect((await judge()).counts.doubledRows).toBe(acknowledged[0]?.rows);
	});

	it("is refused when a temporary lies among the entries", async () => {
		await writeFile(pathOf(`${walPrefix(shardId)}half.arrow.tmp`), "half");
		expect((await judge()).counts.misnamed).toBe(1);
	});

	it("is refused when a manifest version is damaged", async () => {
		await writeFile(pathOf(manifestKey(shardId, 1n)), "not a manifest");
		expect((await judge()).violations.join()).toContain("half-written");
	});
});
