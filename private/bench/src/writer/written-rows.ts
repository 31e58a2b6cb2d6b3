import { WalTailer } from "@memwal/wal-core";
import type { ObjectStore } from "@memwal/wal-store";

/** Throws unless the log of the shard holds so many rows. */
export async function requireRows(store: ObjectStore, shard: string, rows: number): Promise<void> {
	const tailer = await WalTailer.open({ store, shard });
	let found = 0;
	for await (const entry of tailer.entries()) found += entry.rows;
	if (found !== rows) throw new Error(`${rows} rows were put into shard ${shard}, its log holds ${found}`);
}
