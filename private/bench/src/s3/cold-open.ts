import { ShardManifestStore, ShardWriter, WalAppender } from "@memwal/wal-core";
import { realClock } from "@memwal/wal-runtime";
import { type ObjectStore, withObserver } from "@memwal/wal-store";
import { type ResultRow, resultRow } from "../bench-result.ts";
import type { SuiteRun } from "../suite.ts";
import { EVENT_SCHEMA, eventBatch } from "../writer/event-batch.ts";
import { openCounted, totalOf } from "./request-counts.ts";
import type { S3Server } from "./s3-server.ts";

/**
 * Requests that opening a log takes whose writer is gone, on the wire, by the ways there are to open it. The goal is that
 * of logs that are only written; memtables read the whole log besides.
 */
export async function coldOpen(server: S3Server, { quick }: SuiteRun): Promise<ResultRow[]> {
	const rows: ResultRow[] = [];
	for (const entries of quick ? [5, 300] : [5, 300, 1_000, 3_000]) {
		for (const opening of OPENINGS) rows.push(await openingOf(server, entries, opening));
	}
	return rows;
}

interface Opening {
	readonly variant: string;
	readonly open: (options: {
		readonly store: ObjectStore;
		readonly shard: string;
	}) => Promise<{ close(): Promise<void> }>;
	/** Whether it reads each entry, the new sentinel included, with a request that is not counted. */
	readonly replays: "the log" | "nothing";
}

const OPENINGS: readonly Opening[] = [
	{ variant: "WalAppender.open", open: (options) => WalAppender.open(options), replays: "nothing" },
	{
		variant: "ShardWriter.open, wal-only",
		open: (options) => ShardWriter.open({ ...options, schema: EVENT_SCHEMA, mode: "wal-only" }),
		replays: "nothing",
	},
	{
		variant: "ShardWriter.open, memtable, replay's GETs apart",
		open: (options) => ShardWriter.open({ ...options, schema: EVENT_SCHEMA, mode: "memtable" }),
		replays: "the log",
	},
];

async function openingOf(server: S3Server, entries: number, { variant, open, replays }: Opening): Promise<ResultRow> {
	const shard = `${entries} entries for ${variant}`;
	const direct = await server.open("open");
	const before = await WalAppender.open({ store: direct, shard });
	for (let id = 1; id <= entries; id++) await before.append([eventBatch(id)]);
	// Not closed before the other has opened: that would say how far the log has come, as a writer that died does not.
	const manifest = await new ShardManifestStore({ store: direct, shard }).latest();
	const sinceLastSeen = entries - Number(manifest?.lastSeenEntryPosition ?? 0n);

	const counted = await openCounted(server, "open");
	const { store, read } = entriesRead(counted.store);
	const opened = await open({ store, shard });
	const requests = totalOf(counted.take());
	// Replay reads each entry once: what reads one a second time is not replay, and is counted.
	const replayed = replays === "the log" ? read.size : 0;
	if (replays === "the log" && replayed !== entries + SENTINELS) {
		throw new Error(`of ${entries} entries and a sentinel ${replayed} were read`);
	}
	await opened.close();
	await counted.close();
	await before.close();
	await direct.close?.();
	const limit = Math.floor(40 + 2 * Math.log2(Math.max(1, sinceLastSeen)));
	return resultRow(
		{
			name: `open ${entries.toLocaleString("en")} entries, ${sinceLastSeen.toLocaleString("en")} since last_seen`,
			variant,
			unit: "requests",
			samples: [requests - replayed],
			rounds: 1,
		},
		replays === "nothing" ? { goal: { atMost: limit } } : {},
	);
}

/** What an opening writes itself, and reads again when it replays. */
const SENTINELS = 1;

/** A store that notes which entries were read whole. */
function entriesRead(inner: ObjectStore): { readonly store: ObjectStore; readonly read: ReadonlySet<string> } {
	const read = new Set<string>();
	const store = withObserver(inner, {
		clock: realClock,
		observer({ operation, key, result }) {
			if (operation === "get" && result === "found" && key.endsWith(".arrow")) read.add(key);
		},
	});
	return { store, read };
}
