import { entryKey, resolveShard, WalTailer, walPrefix } from "@memwal/wal-core";
import { realClock } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import { isExpected } from "./expected-error.ts";
import { type EntrySeen, entrySeen } from "./log-seen.ts";
import type { RoundLedger } from "./round-ledger.ts";

export interface WatchOptions {
	/** Fails as the writers' does. */
	readonly store: ObjectStore;
	readonly shard: string;
	readonly ledger: RoundLedger;
}

/** Pauses of a watcher, in milliseconds. */
const PAUSE_MS = { afterFailure: 20, betweenLists: 400 };

/** Follows a log while it is written, from where it was when a failure ended it; resolves when the signal ends it. */
export async function followLog(
	{ store, shard, ledger }: WatchOptions,
	followed: EntrySeen[],
	signal: AbortSignal,
): Promise<void> {
	const tailer = await WalTailer.open({ store, shard });
	while (!signal.aborted) {
		try {
			const from = BigInt(followed.length) + 1n;
			for await (const entry of tailer.entries({ from, follow: true, concurrency: 2, signal })) {
				if (entry.entryPosition !== BigInt(followed.length) + 1n) {
					ledger.violation(`entry ${entry.entryPosition} was number ${followed.length + 1} to the one that followed`);
				}
				followed.push(entrySeen(entry));
			}
		} catch (error) {
			if (!isExpected(error)) ledger.violation(`the one that followed: ${error}`);
			await realClock.sleep(PAUSE_MS.afterFailure);
		}
	}
}

/** Lists the log again and again; a list that succeeds must have everything that was acknowledged before it began. */
export async function auditLists({ store, shard, ledger }: WatchOptions, signal: AbortSignal): Promise<void> {
	const { shardId } = resolveShard(shard);
	while (!signal.aborted) {
		const positions = ledger.known.flatMap(({ entryPosition }) => entryPosition ?? []);
		try {
			const listed = new Set<string>();
			for await (const { key } of store.list(walPrefix(shardId), { signal })) listed.add(key);
			const missing = positions.filter((position) => !listed.has(entryKey(shardId, position)));
			if (missing.length > 0) ledger.violation(`a list left out the entries ${missing.join()}`);
			await realClock.sleep(PAUSE_MS.betweenLists, { signal });
		} catch (error) {
			if (!isExpected(error)) ledger.violation(`a list: ${error}`);
			await realClock.sleep(PAUSE_MS.afterFailure);
		}
	}
}
