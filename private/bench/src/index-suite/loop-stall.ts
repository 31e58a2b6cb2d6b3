import { IndexStore, type StoredBatch } from "@memwal/wal-index";
import { type Random, realClock } from "@memwal/wal-runtime";
import { type RecordBatch, Table, Vector } from "apache-arrow";
import { type ResultRow, resultRow } from "../bench-result.ts";
import { liveBytes } from "../live-memory.ts";
import { quantile } from "../quantiles.ts";
import type { SuiteRun } from "../suite.ts";
import { KEYS, type KeyKind, KINDS } from "./key-sets.ts";

const ROWS_A_CALL = 10_000;
const MOST_MS = { atMost: 8 };
/** A row whose keys are looked up again. */
const KEPT_ROW = 4711;

/** How long nobody else gets a turn while batches go into the indexes of a memtable, one call after the other. */
export async function loopStallRows({ quick, random }: SuiteRun): Promise<ResultRow[]> {
	const rounds = quick ? 3 : 9;
	const rows: ResultRow[] = [];
	for (const kinds of [KINDS.slice(0, 1), KINDS]) {
		const load = makeLoad(kinds, random);
		const held: number[][] = [];
		for (let round = -2; round < rounds; round++) {
			const gaps = await gapsWhileInserting(kinds, load);
			if (round >= 0) held.push(gaps);
		}
		const measured = (what: string, share: number) => ({
			name: `event loop held, ${KEYS.toLocaleString("en")} rows in batches of ${ROWS_A_CALL.toLocaleString("en")}: ${what}`,
			variant: `IndexStore, ${kinds.map(({ name }) => name).join(" and ")}`,
			unit: "ms",
			samples: held.map((gaps) => quantile(gaps, share)),
			rounds,
		});
		rows.push(
			resultRow(measured("p50", 0.5)),
			resultRow(measured("p99", 0.99), { goal: MOST_MS }),
			resultRow(measured("longest", 1)),
		);
	}
	return rows;
}

interface Load {
	readonly batches: readonly StoredBatch[];
	/** Of the row that is looked up again, one a column. */
	readonly keptKeys: readonly unknown[];
}

/** Times between two turns of somebody who takes every turn there is. */
async function gapsWhileInserting(kinds: readonly KeyKind[], { batches, keptKeys }: Load): Promise<number[]> {
	liveBytes();
	const store = new IndexStore({ indexes: kinds.map(({ name }) => ({ column: name })) });
	const gaps: number[] = [];
	let isDone = false;
	const watch = async () => {
		for (let lastMs = realClock.monotonicMs(); !isDone; ) {
			await realClock.yield();
			const nowMs = realClock.monotonicMs();
			gaps.push(nowMs - lastMs);
			lastMs = nowMs;
		}
	};
	const watching = watch();
	await realClock.yield();
	gaps.length = 0;
	for (const batch of batches) await store.insertBatches([batch]);
	isDone = true;
	await watching;
	if (store.indexed !== batches.length) throw new Error(`${store.indexed} batches are indexed, not ${batches.length}`);
	for (const [which, { name }] of kinds.entries()) {
		if (store.get(name, keptKeys[which], KEYS)?.includes(KEPT_ROW) !== true) {
			throw new Error(`row ${KEPT_ROW} is not found by its ${name} key`);
		}
		if (store.range(name, {}, KEYS)?.length !== KEYS) throw new Error(`not all ${name} keys are there`);
	}
	return gaps;
}

function makeLoad(kinds: readonly KeyKind[], random: Random): Load {
	let keptKeys: unknown[] = [];
	const batches = Array.from({ length: KEYS / ROWS_A_CALL }, (_, batchPosition) => {
		const columns = kinds.map(({ name, key, column }) => {
			const keys = Array.from({ length: ROWS_A_CALL }, () => key(random));
			if (batchPosition === 0) keptKeys = [...keptKeys, keys[KEPT_ROW]];
			return [name, new Vector([column(keys)])] as const;
		});
		const [batch] = new Table(Object.fromEntries(columns)).batches as RecordBatch[];
		if (batch?.numRows !== ROWS_A_CALL) throw new Error("a batch has other rows than it should");
		return { batch, batchPosition, firstRow: batchPosition * ROWS_A_CALL, rows: ROWS_A_CALL };
	});
	return { batches, keptKeys };
}
