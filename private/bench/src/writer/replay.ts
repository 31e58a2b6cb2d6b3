import { entryKey, ShardWriter, WalAppender } from "@memwal/wal-core";
import { realClock } from "@memwal/wal-runtime";
import { type ObjectStore, withLatency } from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { measurementsOf, type ResultRow, resultRow } from "../bench-result.ts";
import { measureInterleaved } from "../interleave.ts";
import type { SuiteRun } from "../suite.ts";
import { EVENT_SCHEMA, eventBatch } from "./event-batch.ts";

const LATENCY_MS = 10;
const CONCURRENCY = 16;
const SHARD = "replay";

/** Opening a log of many entries on a store that is some way off, against fetching the entries and no more. */
export async function replay({ quick, random }: SuiteRun): Promise<ResultRow[]> {
	const entries = quick ? 1_000 : 10_000;
	const rounds = quick ? 2 : 4;
	const memory = openMemoryStore();
	const appender = await WalAppender.open({ store: memory, shard: SHARD });
	for (let id = 1; id <= entries; id++) await appender.append([eventBatch(id)]);
	await appender.close();
	const far = withLatency(memory, { clock: realClock, latencyMs: LATENCY_MS });
	const schema = EVENT_SCHEMA;
	const samplesOf = await measureInterleaved(
		[
			{ variant: "the GETs alone", turn: () => timed(() => getAll(far, appender.shardId, entries)) },
			{
				variant: "ShardWriter.open",
				async turn() {
					let opened: ShardWriter | undefined;
					const samples = await timed(async () => {
						opened = await ShardWriter.open({ store: far, shard: SHARD, schema });
					});
					const replayed = opened?.stats().durableBatches;
					if (replayed !== entries) throw new Error(`${entries} batches are in the log, ${replayed} were replayed`);
					await opened?.close();
					return samples;
				},
			},
		],
		{ rounds, warmUpRounds: quick ? 0 : 1, pauseMs: 10, random },
	);
	const name = `replay of ${entries.toLocaleString("en")} entries, ${LATENCY_MS} ms away, ${CONCURRENCY} at a time`;
	const measured = measurementsOf({ name, unit: "ms", rounds }, samplesOf);
	const baseline = measured("the GETs alone");
	return [resultRow(baseline), resultRow(measured("ShardWriter.open"), { baseline, goal: { atMost: 1.3 } })];
}

async function timed(work: () => Promise<void>): Promise<number[]> {
	const startedMs = realClock.monotonicMs();
	await work();
	return [realClock.monotonicMs() - startedMs];
}

async function getAll(store: ObjectStore, shardId: WalAppender["shardId"], entries: number): Promise<void> {
	let next = 0;
	const fetchSome = async (): Promise<void> => {
		while (next < entries) {
			next++;
			if (!(await store.get(entryKey(shardId, BigInt(next))))) throw new Error(`entry ${next} is not there`);
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, fetchSome));
}
