import { ShardManifestStore, WalAppender, WalTailer } from "@memwal/wal-core";
import { realClock } from "@memwal/wal-runtime";
import { type ObjectStore, withObserver } from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { type ResultRow, resultRow } from "./bench-result.ts";
import { smallBatch } from "./small-entry.ts";
import type { Suite } from "./suite.ts";
import { withVirtualEntries } from "./virtual-log.ts";

const SHARD = "bench";
/** More are not written one by one. */
const MOST_WRITTEN = 1_000;

/** Requests, not time: a tailer that comes anew to a log whose manifest does not say how long it is. */
export const tip: Suite = {
	name: "tip",
	title: "Requests to find the tip of a log, the manifest and the look above it included",
	async run() {
		const rows: ResultRow[] = [];
		for (const entries of [10, 1_000, 1_000_000]) {
			rows.push(
				resultRow(
					{
						name: `find the tip of ${entries.toLocaleString("en")} entries`,
						variant: "WalTailer.nextPosition",
						unit: "requests",
						samples: [await countRequests(entries)],
						rounds: 1,
					},
					{ goal: { atMost: 64 } },
				),
			);
		}
		return rows;
	},
};

/** The requests that it takes to find the tip of a log of that length. */
export async function countRequests(entries: number): Promise<number> {
	const store = entries <= MOST_WRITTEN ? await writtenLog(entries) : await virtualLog(entries);
	let requests = 0;
	const counting = withObserver(store, {
		clock: realClock,
		observer: () => {
			requests++;
		},
	});
	const tailer = await WalTailer.open({ store: counting, shard: SHARD });
	const found = await tailer.nextPosition();
	if (found !== BigInt(entries) + 1n) throw new Error(`the tip of ${entries} entries was said to be ${found}`);
	return requests;
}

async function writtenLog(entries: number): Promise<ObjectStore> {
	const store = openMemoryStore();
	const appender = await WalAppender.open({ store, shard: SHARD });
	for (let i = 1; i <= entries; i++) await appender.append([smallBatch(i)]);
	// The appender publishes how far it came only now and then: a hint that this suite does without.
	const manifest = await new ShardManifestStore({ store, shard: SHARD }).latest();
	if (manifest?.lastSeenEntryPosition !== 0n) throw new Error("the manifest says already where the tip is");
	await appender.close();
	return store;
}

async function virtualLog(entries: number): Promise<ObjectStore> {
	const store = openMemoryStore();
	const manifests = new ShardManifestStore({ store, shard: SHARD });
	await manifests.claimEpoch();
	return withVirtualEntries(store, manifests.shardId, BigInt(entries));
}
