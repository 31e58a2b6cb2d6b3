import { join } from "node:path";
import { openStore, ShardWriter } from "@memwal/wal-core";
import { realClock } from "@memwal/wal-runtime";
import { type ObjectStore, withLatency } from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { measurementsOf, type ResultRow, resultRow } from "../bench-result.ts";
import { type Contestant, measureInterleaved } from "../interleave.ts";
import type { SuiteRun } from "../suite.ts";
import { EVENT_SCHEMA, eventBatch } from "./event-batch.ts";
import { requireRows } from "./written-rows.ts";

/** A store that is 20 ms away, as an object store in the same region is. */
const FAR_MS = 20;

/** Of each client of a crowd in one turn: few, since batches that wait for their turn burden the collection of garbage. */
const PUTS_EACH = 5;

/** A store that a crowd writes to. */
export interface CrowdPlace {
	readonly name: string;
	readonly open: (side: string) => Promise<ObjectStore>;
	/** Puts of one client in one turn. */
	readonly putsAlone: number;
	/** By how much a crowd of that size must beat one client. */
	readonly goals: ReadonlyMap<number, number>;
}

/** Clients that each put one row, durably, and then the next; puts a second of all of them together. */
export async function crowd({ quick, scratch, random }: SuiteRun): Promise<ResultRow[]> {
	const places: CrowdPlace[] = [
		{
			name: "local disk",
			open: (side) => openStore(`file:${join(scratch, `crowd-${side}`)}`),
			putsAlone: 50,
			goals: new Map([
				[64, 40],
				[256, 100],
			]),
		},
		{
			name: `a store ${FAR_MS} ms away`,
			open: async () => withLatency(openMemoryStore(), { clock: realClock, latencyMs: FAR_MS }),
			putsAlone: 10,
			goals: new Map([
				[64, 60],
				[256, 230],
			]),
		},
	];
	const rows: ResultRow[] = [];
	for (const place of places) rows.push(...(await crowdAt(place, quick ? 4 : 30, random)));
	return rows;
}

/** The same for one store: a row a crowd, against one client. */
export async function crowdAt(
	{ name: where, open, putsAlone, goals }: CrowdPlace,
	rounds: number,
	random: SuiteRun["random"],
): Promise<ResultRow[]> {
	const sides = await Promise.all([1, ...goals.keys()].map((clients) => openSide(clients, putsAlone, open)));
	const samplesOf = await measureInterleaved(sides, { rounds, warmUpRounds: 2, pauseMs: 10, random });
	for (const side of sides) await side.finish();
	const name = `durable puts of one row, ${where}`;
	const measured = measurementsOf({ name, unit: "puts/s", rounds }, samplesOf);
	const baseline = measured(variantOf(1));
	return [
		resultRow(baseline),
		...[...goals].map(([clients, atLeast]) => resultRow(measured(variantOf(clients)), { baseline, goal: { atLeast } })),
	];
}

async function openSide(
	clients: number,
	putsAlone: number,
	open: CrowdPlace["open"],
): Promise<Contestant & { readonly finish: () => Promise<void> }> {
	const store = await open(String(clients));
	const writer = await ShardWriter.open({ store, shard: "crowd", schema: EVENT_SCHEMA });
	let put = 0;
	return {
		variant: variantOf(clients),
		async turn() {
			const perClient = clients === 1 ? putsAlone : PUTS_EACH;
			// Made before: building a batch is the client's work.
			const batches = Array.from({ length: clients }, () =>
				Array.from({ length: 1 + perClient }, () => [eventBatch(++put)]),
			);
			// A crowd that is under way: the first puts after a pause find a machine that has gone to sleep.
			await Promise.all(batches.map((mine) => writer.put(mine[0] ?? [])));
			const startedMs = realClock.monotonicMs();
			await Promise.all(
				batches.map(async (mine) => {
					for (const batch of mine.slice(1)) await writer.put(batch);
				}),
			);
			const seconds = (realClock.monotonicMs() - startedMs) / 1_000;
			return [(clients * perClient) / seconds];
		},
		async finish() {
			await writer.close();
			await requireRows(store, "crowd", put);
			await store.close?.();
		},
	};
}

function variantOf(clients: number): string {
	return clients === 1 ? "1 client" : `${clients} clients`;
}
