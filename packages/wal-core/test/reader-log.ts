import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import { entryKey } from "../src/shard-paths.ts";
import { successorOf } from "../src/successor.ts";
import type { WalAppender } from "../src/wal-appender.ts";
import { batchOf, TestLog } from "./test-log.ts";

export const isEntry = (key: string) => key.endsWith(".arrow");
export const SHARD = "aa48498d-ac91-59e2-8452-69f46010ace2";

/** A log of one epoch with one row an entry: row 1 in entry 1, and so on. */
export async function logOf(entries: number): Promise<TestLog & { readonly writer: WalAppender }> {
	const log = new TestLog();
	const writer = await log.appender();
	for (let id = 1; id <= entries; id++) await writer.append([batchOf(id)]);
	return Object.assign(log, { writer });
}

export async function coverUpTo(log: TestLog, replayAfterEntryPosition: bigint): Promise<void> {
	const manifests = new ShardManifestStore({ store: log.store });
	const current = await manifests.latest();
	if (!current) throw new Error("no manifest");
	await manifests.write(
		successorOf(current, { replayAfterEntryPosition, lastSeenEntryPosition: replayAfterEntryPosition }),
	);
}

export async function collect(log: TestLog, upTo: bigint): Promise<void> {
	await coverUpTo(log, upTo);
	for (let position = 1n; position <= upTo; position++) await log.store.delete(entryKey(SHARD, position));
}

export async function take<T>(entries: AsyncIterable<T>, limit = Number.POSITIVE_INFINITY): Promise<T[]> {
	const taken: T[] = [];
	for await (const entry of entries) {
		taken.push(entry);
		if (taken.length >= limit) break;
	}
	return taken;
}
