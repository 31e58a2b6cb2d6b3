import type { MemtableSink } from "@memwal/wal-core/writer";
import { realClock, realRandom } from "@memwal/wal-runtime";
import { createOnce } from "@memwal/wal-store";
import { describe, expect, it } from "vitest";
import { encodeArrowFile } from "../src/arrow-file.ts";
import { ArrowFileSink, type ArrowFileSinkOptions } from "../src/arrow-file-sink.ts";
import { chainKey } from "../src/chain-key.ts";
import { flawsOf } from "../src/verdict.ts";
import { type HistoryCounts, runHistory, type SinkHistory } from "./sink-history.ts";

const HISTORIES = 200;

/** What is wrong with a history. */
function flawsIn({ seen, acknowledged, refused, unexpected }: SinkHistory): string[] {
	const there = new Set([...seen.files, ...seen.entries].flatMap(({ ids }) => ids));
	const ghosts = refused.filter((id) => there.has(id)).map((id) => `row ${id} was told not written, and is there`);
	return [...flawsOf(seen, acknowledged), ...ghosts, ...unexpected.map((error) => `unexpected: ${error}`)];
}

it(`every acknowledged row is once in chain and log, in ${HISTORIES} histories of writers that are killed, stopped and replaced while they sink`, async () => {
	const flaws: string[] = [];
	const total = { rows: 0, files: 0 };
	const counts: Partial<HistoryCounts> = {};
	for (let seed = 1; seed <= HISTORIES && flaws.length === 0; seed++) {
		const history = await runHistory(seed).catch((cause) => {
			throw new Error(`seed ${seed}: ${cause}`, { cause });
		});
		flaws.push(...flawsIn(history).map((flaw) => `seed ${seed}: ${flaw}`));
		total.rows += history.acknowledged.reduce((sum, { ids }) => sum + ids.length, 0);
		total.files += history.seen.files.length;
		for (const name of Object.keys(history.counts) as (keyof HistoryCounts)[]) {
			counts[name] = (counts[name] ?? 0) + history.counts[name];
		}
	}
	expect(flaws).toEqual([]);
	console.log(JSON.stringify({ histories: HISTORIES, ...total, ...counts }));
	// The faults must bite, or the run proves nothing.
	expect(total.rows).toBeGreaterThan(HISTORIES * 20);
	expect(counts.killedInSink).toBeGreaterThan(HISTORIES / 2);
	expect(counts.stoppedInSink).toBeGreaterThan(HISTORIES);
	expect(counts.sinksFailed).toBeGreaterThan(HISTORIES);
	expect(counts.slotsTaken).toBeGreaterThan(HISTORIES / 4);
	expect(counts.partlyCovered).toBeGreaterThan(HISTORIES / 8);
	expect(counts.whollyCovered).toBeGreaterThan(HISTORIES / 4);
}, 300_000);

it("the same seed gives the same history", async () => {
	const trace = async (seed: number) =>
		JSON.stringify(await runHistory(seed), (_, value) => (typeof value === "bigint" ? `${value}` : value));
	for (const seed of [2, 77]) expect(await trace(seed)).toBe(await trace(seed));
});

describe("these histories would show a sink", () => {
	/** Whether some history of few goes wrong with this sink. */
	async function isFound(makeSink: (options: ArrowFileSinkOptions) => MemtableSink): Promise<boolean> {
		for (let seed = 1; seed <= 60; seed++) {
			// A chain that cannot be read is a flaw as well.
			const flaws = await runHistory(seed, makeSink).then(flawsIn, (error) => [`${error}`]);
			if (flaws.length > 0) return true;
		}
		return false;
	}

	it("that puts every memtable into the first free slot", async () => {
		const found = await isFound(({ store, prefix, clock = realClock, random = realRandom }) => ({
			async write({ shardId: shard, writerEpoch, generation, afterEntryPosition, schema, entries, signal }) {
				const batches = entries.flatMap((entry) => entry.batches);
				const label = {
					shard,
					writerEpoch,
					generation,
					afterEntryPosition,
					firstEntryPosition: entries[0]?.entryPosition ?? 0n,
					lastEntryPosition: entries.at(-1)?.entryPosition ?? 0n,
					rows: batches.reduce((rows, { numRows }) => rows + numRows, 0),
				};
				for (let number = 1n, written = false; !written; number++) {
					const bytes = encodeArrowFile({ ...label, number }, schema, batches);
					const options = { clock, random, deadlineMs: 10_000, signal };
					written = (await createOnce(store, chainKey(prefix, number), bytes, options)).result === "written";
				}
			},
		}));
		expect(found).toBe(true);
	});

	it("that takes a slot which is taken for its own", async () => {
		const found = await isFound(({ store, ...rest }) => {
			const putIfAbsent: typeof store.putIfAbsent = async (key, body, options) => {
				await store.putIfAbsent(key, body, options);
				return "created";
			};
			return new ArrowFileSink({ ...rest, store: { ...store, putIfAbsent } });
		});
		expect(found).toBe(true);
	});
});
