import { join } from "node:path";
import { openStore, ShardWriter } from "@memwal/wal-core";
import { IndexStore } from "@memwal/wal-index";
import { Field, Float64, Int64, makeData, RecordBatch, Schema, Struct } from "apache-arrow";
import { measurementsOf, type ResultRow, resultRow } from "../bench-result.ts";
import { type Contestant, measureInterleaved, timeEach } from "../interleave.ts";
import type { SuiteRun } from "../suite.ts";
import { requireRows } from "./written-rows.ts";

const ROWS = 1_000;
const schema = new Schema([new Field("id", new Int64(), false), new Field("value", new Float64(), false)]);

/** A put of 1,000 rows on the local disk, with a BTree over a column of random keys and without one. */
export async function indexedPut({ quick, scratch, random }: SuiteRun): Promise<ResultRow[]> {
	const perTurn = quick ? 5 : 10;
	const rounds = quick ? 8 : 60;
	const sides = [await openSide("without an index"), await openSide("with a BTree", [{ column: "id" }])];
	const samplesOf = await measureInterleaved(sides, { rounds, warmUpRounds: 3, pauseMs: 10, random });
	for (const side of sides) await side.finish();
	const name = `durable put of ${ROWS.toLocaleString("en")} rows, local disk`;
	const measured = measurementsOf({ name, unit: "ms", rounds }, samplesOf);
	const baseline = measured("without an index");
	return [resultRow(baseline), resultRow(measured("with a BTree"), { baseline, goal: { atMost: 1.15 } })];

	async function openSide(
		variant: string,
		indexes?: readonly { readonly column: string }[],
	): Promise<Contestant & { readonly finish: () => Promise<void> }> {
		const store = await openStore(`file:${join(scratch, variant.replaceAll(" ", "-"))}`);
		const writer = await ShardWriter.open({
			store,
			shard: "indexed",
			schema,
			...(indexes ? { indexes: () => new IndexStore({ indexes }) } : {}),
		});
		let puts = 0;
		let first: bigint | undefined;
		return {
			variant,
			async turn() {
				const batches = Array.from({ length: perTurn }, () => batchOf(random));
				first ??= batches[0]?.getChild("id")?.get(0);
				puts += perTurn;
				return timeEach(perTurn, async (i) => {
					await writer.put(batches.slice(i, i + 1));
				});
			},
			async finish() {
				const found = await writer.get("id", first);
				if (found.length === 0) throw new Error(`the row with id ${first} is not found ${variant}`);
				await writer.close();
				await requireRows(store, "indexed", puts * ROWS);
				await store.close?.();
			},
		};
	}
}

function batchOf(random: SuiteRun["random"]): RecordBatch {
	const ids = BigInt64Array.from({ length: ROWS }, () => BigInt(Math.floor(random.float() * 2 ** 52)));
	const values = Float64Array.from({ length: ROWS }, () => random.float());
	const children = [makeData({ type: new Int64(), data: ids }), makeData({ type: new Float64(), data: values })];
	return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: ROWS, nullCount: 0, children }));
}
