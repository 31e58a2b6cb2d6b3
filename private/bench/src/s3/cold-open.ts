import { ShardManifestStore, ShardWriter, WalAppender } from "@memwal/wal-core";
import { type ResultRow, resultRow } from "../bench-result.ts";
import type { SuiteRun } from "../suite.ts";
import { EVENT_SCHEMA, eventBatch } from "../writer/event-batch.ts";
import { openCounted, totalOf } from "./request-counts.ts";
import type { S3Server } from "./s3-server.ts";

/** Requests that opening a log takes whose writer is gone, on the wire; by the ways there are to open it. */
export async function coldOpen(server: S3Server, { quick }: SuiteRun): Promise<ResultRow[]> {
	const rows: ResultRow[] = [];
	for (const entries of quick ? [10, 300] : [10, 300, 1_000, 3_000]) {
		rows.push(
			await openingOf(server, entries, {
				variant: "WalAppender.open",
				open: async (store, shard) => ({ opened: await WalAppender.open({ store, shard }), replayed: 0 }),
			}),
			await openingOf(server, entries, {
				variant: "ShardWriter.open, replay's GETs apart",
				async open(store, shard) {
					const opened = await ShardWriter.open({ store, shard, schema: EVENT_SCHEMA });
					return { opened, replayed: opened.stats().durableBatches };
				},
			}),
		);
	}
	return rows;
}

interface Opening {
	readonly variant: string;
	/** `replayed` is how many entries it read with a request each. */
	readonly open: (
		store: Parameters<typeof WalAppender.open>[0]["store"],
		shard: string,
	) => Promise<{ readonly opened: { close(): Promise<void> }; readonly replayed: number }>;
}

async function openingOf(server: S3Server, entries: number, { variant, open }: Opening): Promise<ResultRow> {
	const shard = `${entries} entries for ${variant}`;
	const direct = await server.open("open");
	const before = await WalAppender.open({ store: direct, shard });
	for (let id = 1; id <= entries; id++) await before.append([eventBatch(id)]);
	// Not closed before the other has opened: that would say how far the log has come, as a writer that died does not.
	const manifest = await new ShardManifestStore({ store: direct, shard }).latest();
	const sinceLastSeen = entries - Number(manifest?.lastSeenEntryPosition ?? 0n);

	const counted = await openCounted(server, "open");
	const { opened, replayed } = await open(counted.store, shard);
	const requests = totalOf(counted.take());
	if (replayed !== 0 && replayed !== entries) throw new Error(`${replayed} of ${entries} entries were replayed`);
	await opened.close();
	await counted.close();
	await before.close();
	await direct.close?.();
	return resultRow(
		{
			name: `open ${entries.toLocaleString("en")} entries, ${sinceLastSeen.toLocaleString("en")} since last_seen`,
			variant,
			unit: "requests",
			samples: [requests - replayed],
			rounds: 1,
		},
		{ goal: { atMost: Math.floor(40 + 2 * Math.log2(Math.max(1, sinceLastSeen))) } },
	);
}
