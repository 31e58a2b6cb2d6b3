import { describe, expect, it } from "vitest";
import { entryKey } from "../src/shard-paths.ts";
import { batchOf, failureOf, TestLog } from "./test-log.ts";

describe("a writer that stopped", () => {
	it("keeps its first error as the cause, also when it is fenced later", async () => {
		const log = new TestLog();
		const appender = await log.appender();
		await log.store.putIfAbsent(entryKey(appender.shardId, 1n), new Uint8Array(3));
		expect(await failureOf(appender.append([batchOf(1)]))).toMatchObject({ code: "WAL_CORRUPT" });
		await log.store.delete(entryKey(appender.shardId, 1n));
		await log.appender();
		expect(await failureOf(appender.checkFenced())).toMatchObject({ code: "WAL_FENCED" });
		const later = await failureOf(appender.append([batchOf(2)]));
		expect(later).toMatchObject({ code: "WAL_POISONED", outcome: "not-written", cause: { code: "WAL_CORRUPT" } });
	});
});
