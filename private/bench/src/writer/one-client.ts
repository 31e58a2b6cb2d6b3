import { join } from "node:path";
import { entryKey, openStore, ShardWriter } from "@memwal/wal-core";
import { type Measurement, type ResultRow, resultRow } from "../bench-result.ts";
import { type Contestant, measureInterleaved, timeEach } from "../interleave.ts";
import type { SuiteRun } from "../suite.ts";
import { EVENT_SCHEMA, eventBatch } from "./event-batch.ts";
import { requireRows } from "./written-rows.ts";

const DRIVER = "fs driver, putIfAbsent of the same bytes";
const WRITER = "ShardWriter.put";

/** One client on the local disk, each put durable before the next, against the one request that it is made of. */
export async function oneClient({ quick, scratch, random }: SuiteRun): Promise<ResultRow[]> {
	const perTurn = quick ? 10 : 25;
	const rounds = quick ? 8 : 60;
	const store = await openStore(`file:${join(scratch, "one-client")}`);
	const writer = await ShardWriter.open({ store, shard: "writer", schema: EVENT_SCHEMA });
	let put = 0;
	const bare = await openStore(`file:${join(scratch, "one-client-bare")}`);
	let created = 0n;
	const bytes: Uint8Array[] = [];
	const sides: Contestant[] = [
		{
			variant: WRITER,
			async turn() {
				const batches = Array.from({ length: perTurn }, (_, i) => [eventBatch(put + 1 + i)]);
				const samples = await timeEach(perTurn, async (i) => {
					await writer.put(batches[i] ?? []);
				});
				put += perTurn;
				return samples;
			},
		},
		{
			variant: DRIVER,
			async turn() {
				if (bytes.length === 0) {
					await writer.put([eventBatch(++put)]);
					const entry = await store.get(entryKey(writer.shardId, writer.stats().nextEntryPosition - 1n));
					if (!entry) throw new Error("the entry that was put is not there");
					bytes.push(entry.bytes);
				}
				return timeEach(perTurn, async () => {
					const answer = await bare.putIfAbsent(entryKey(writer.shardId, ++created), bytes);
					if (answer !== "created") throw new Error(`entry ${created} was there already`);
				});
			},
		},
	];
	const samplesOf = await measureInterleaved(sides, { rounds, warmUpRounds: 3, pauseMs: 10, random });
	await writer.close();
	await requireRows(store, "writer", put);
	await store.close?.();
	await bare.close?.();
	const name = "durable put of one row, one client, local disk";
	const measured = (variant: string): Measurement => ({
		name,
		variant,
		unit: "ms",
		samples: samplesOf(variant),
		rounds,
	});
	const baseline = measured(DRIVER);
	return [resultRow(baseline), resultRow(measured(WRITER), { baseline, goal: { atMost: 1.1 } })];
}
