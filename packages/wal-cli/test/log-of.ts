import { openStore, WalAppender } from "@memwal/wal-core";
import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { newLog } from "./built-command.ts";

/** Rows `[from, to)` of what `ndjson` writes, as record batches. */
function batchesOf(from: number, to: number): readonly RecordBatch[] {
	const ids = Array.from({ length: to - from }, (_, index) => from + index);
	return tableFromArrays({ id: BigInt64Array.from(ids, BigInt), name: ids.map((id) => `row ${id}`) }).batches;
}

/** Appends entries with these numbers of rows to a shard, as one writer; the ids go on from `from`. */
export async function appendRows(
	url: string,
	rows: readonly number[],
	{ shard = "unsharded", from = 0 } = {},
): Promise<void> {
	const store = await openStore(url);
	const appender = await WalAppender.open({ store, shard });
	let next = from;
	for (const count of rows) {
		await appender.append(batchesOf(next, next + count));
		next += count;
	}
	await appender.close();
	await store.close?.();
}

/** A log with entries of two rows, which a second writer went on with: its sentinel is entry 3. */
export async function sixRows(): Promise<string> {
	const url = await newLog();
	await appendRows(url, [2, 2]);
	await appendRows(url, [2], { from: 4 });
	return url;
}
