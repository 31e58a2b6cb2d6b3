import { join } from "node:path";
import { entryKey, openStore, ShardWriter } from "@memwal/wal-core";
import { realClock } from "@memwal/wal-runtime";
import type { RecordBatch } from "apache-arrow";
import { measurementsOf, type ResultRow, resultRow } from "../bench-result.ts";
import { type Contestant, measureInterleaved } from "../interleave.ts";
import type { SuiteRun } from "../suite.ts";
import { EVENT_SCHEMA, eventBatch } from "./event-batch.ts";
import { requireRows } from "./written-rows.ts";

const DRIVER = "fs driver, putIfAbsent of the same bytes";
const MODES = { "ShardWriter.put": "memtable", "ShardWriter.put, wal-only": "wal-only" } as const;

interface Side extends Contestant {
	readonly finish: () => Promise<void>;
}

/** Puts before, into memory: a service that has written for a minute runs compiled code, and so does the driver's side. */
const WARMING_PUTS = 20_000;

/** One client on the local disk, each put durable before the next, against the one request that it is made of. */
export async function oneClient({ quick, scratch, random }: SuiteRun): Promise<ResultRow[]> {
	for (const mode of Object.values(MODES)) await warmUp(mode);
	const perTurn = quick ? 10 : 25;
	const rounds = quick ? 8 : 100;
	const writers = await Promise.all(
		Object.entries(MODES).map(([variant, mode]) =>
			openWriter(variant, mode, join(scratch, `one-client-${mode}`), perTurn),
		),
	);
	const sides = [await openDriver(join(scratch, "one-client-bare"), perTurn), ...writers];
	const samplesOf = await measureInterleaved(sides, { rounds, warmUpRounds: 5, pauseMs: 10, random });
	for (const side of sides) await side.finish();
	const name = "durable put of one row, one client, local disk";
	const measured = measurementsOf({ name, unit: "ms", rounds }, samplesOf);
	const baseline = measured(DRIVER);
	const puts = Object.keys(MODES).map((variant) => resultRow(measured(variant), { baseline, goal: { atMost: 1.1 } }));
	return [resultRow(baseline), ...puts];
}

async function warmUp(mode: "memtable" | "wal-only"): Promise<void> {
	const store = await openStore("memory:");
	await using writer = await ShardWriter.open({ store, schema: EVENT_SCHEMA, mode });
	for (let id = 1; id <= WARMING_PUTS; id++) await writer.put([eventBatch(id)]);
}

async function openWriter(
	variant: string,
	mode: "memtable" | "wal-only",
	root: string,
	perTurn: number,
): Promise<Side> {
	const store = await openStore(`file:${root}`);
	const writer = await ShardWriter.open({ store, shard: "writer", schema: EVENT_SCHEMA, mode });
	let put = 0;
	return {
		variant,
		async turn() {
			const samples = await timeEachBatch(perTurn, put, async (batch) => {
				await writer.put([batch]);
			});
			put += perTurn;
			return samples;
		},
		async finish() {
			await writer.close();
			await requireRows(store, "writer", put);
			await store.close?.();
		},
	};
}

async function openDriver(root: string, perTurn: number): Promise<Side> {
	const store = await openStore(`file:${root}`);
	const bytes = await entryBytes();
	let created = 0;
	return {
		variant: DRIVER,
		turn: () =>
			timeEachBatch(perTurn, created, async () => {
				const answer = await store.putIfAbsent(entryKey(SHARD_ID, BigInt(++created)), bytes);
				if (answer !== "created") throw new Error(`entry ${created} was there already`);
			}),
		finish: async () => store.close?.(),
	};
}

const SHARD_ID = "aa48498d-ac91-59e2-8452-69f46010ace2";

/** The bytes of an entry with one event. */
async function entryBytes(): Promise<readonly Uint8Array[]> {
	const store = await openStore("memory:");
	const writer = await ShardWriter.open({ store, schema: EVENT_SCHEMA });
	const { entryPosition = 0n } = await writer.put([eventBatch(1)]);
	await writer.close();
	const entry = await store.get(entryKey(writer.shardId, entryPosition));
	if (!entry) throw new Error("the entry that was put is not there");
	return [entry.bytes];
}

/** Times `step` with a batch that was made just before, as a client makes it; also for a side that has no use for it. */
async function timeEachBatch(
	count: number,
	after: number,
	step: (batch: RecordBatch) => Promise<void>,
): Promise<number[]> {
	const samples: number[] = [];
	for (let i = 1; i <= count; i++) {
		const batch = eventBatch(after + i);
		const startedMs = realClock.monotonicMs();
		await step(batch);
		samples.push(realClock.monotonicMs() - startedMs);
	}
	return samples;
}
