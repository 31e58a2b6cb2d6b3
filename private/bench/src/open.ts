import { entryKey, resolveShard, WalAppender, WalTailer } from "@memwal/wal-core";
import { realClock } from "@memwal/wal-runtime";
import { type ObjectStore, withLatency, withObserver } from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { type Measurement, type ResultRow, resultRow } from "./bench-result.ts";
import { measureInterleaved } from "./interleave.ts";
import { liveBytes } from "./live-memory.ts";
import { requireSmallBatch, smallBatch } from "./small-entry.ts";
import type { Suite, SuiteRun } from "./suite.ts";

const { shardId } = resolveShard("bench");

const LATENCY_MS = 10;
const CONCURRENCY = 16;

const TAILER = "WalTailer.entries";
const BARE = `GETs alone, ${CONCURRENCY} at a time`;

/** A reader that comes anew to a long log in a store where every request takes a while. */
export const open: Suite = {
	name: "open",
	title: `A tailer reads a whole log: ${LATENCY_MS} ms a request, ${CONCURRENCY} at a time`,
	run: runOpen,
};

async function runOpen({ quick, random }: SuiteRun): Promise<ResultRow[]> {
	const entries = quick ? 1_000 : 10_000;
	const rounds = quick ? 3 : 5;
	const stored = await writtenLog(entries);
	const store = withLatency(stored, { clock: realClock, latencyMs: LATENCY_MS });

	const sums: number[] = [];
	const contestants = [
		{
			variant: TAILER,
			async turn() {
				const { durationMs, sumOfGetsMs } = await readThroughTailer(store, entries);
				sums.push(sumOfGetsMs);
				return [durationMs];
			},
		},
		{ variant: BARE, turn: async () => [await readBare(store, entries)] },
	];
	const samplesOf = await measureInterleaved(contestants, { rounds, warmUpRounds: 1, pauseMs: 50, random });

	const measured = (variant: string, samples: readonly number[]): Measurement => ({
		name: `read ${entries.toLocaleString("en")} entries`,
		variant,
		unit: "ms",
		samples,
		rounds,
	});
	const tailer = measured(TAILER, samplesOf(TAILER));
	const bare = measured(BARE, samplesOf(BARE));
	// The warm-up's sum came first.
	const share = sums.slice(-rounds).map((sumMs) => sumMs / CONCURRENCY);
	const sumOfGets = measured(`sum of its GETs / ${CONCURRENCY}`, share);
	const nominal = measured(`${LATENCY_MS} ms an entry / ${CONCURRENCY}`, [(entries * LATENCY_MS) / CONCURRENCY]);
	const gained = { ...tailer, name: "memory gained on the way", unit: "KiB", samples: await gainedKibibytes(stored) };
	return [
		resultRow(sumOfGets),
		resultRow(bare),
		resultRow(nominal),
		resultRow(tailer, { baseline: sumOfGets, goal: { atMost: 1.3 } }),
		resultRow(tailer, { baseline: bare }),
		resultRow(tailer, { baseline: nominal }),
		resultRow({ ...gained, rounds: 1 }),
	];
}

async function writtenLog(entries: number): Promise<ObjectStore> {
	const store = openMemoryStore();
	const appender = await WalAppender.open({ store, shard: shardId });
	for (let id = 1; id <= entries; id++) await appender.append([smallBatch(id)]);
	await appender.close();
	return store;
}

async function readThroughTailer(
	store: ObjectStore,
	entries: number,
): Promise<{ readonly durationMs: number; readonly sumOfGetsMs: number }> {
	let sumOfGetsMs = 0;
	const timed = withObserver(store, {
		clock: realClock,
		observer: ({ operation, durationMs }) => {
			if (operation === "get") sumOfGetsMs += durationMs;
		},
	});
	const startedMs = realClock.monotonicMs();
	const tailer = await WalTailer.open({ store: timed, shard: shardId });
	let found = 0;
	for await (const batch of tailer.batches({ concurrency: CONCURRENCY })) {
		requireSmallBatch(batch, ++found);
	}
	const durationMs = realClock.monotonicMs() - startedMs;
	if (found !== entries) throw new Error(`${found} of ${entries} entries were read`);
	return { durationMs, sumOfGetsMs };
}

/** What the same store gives to a reader that decodes nothing and keeps no order. */
async function readBare(store: ObjectStore, entries: number): Promise<number> {
	const startedMs = realClock.monotonicMs();
	let next = 1n;
	const lane = async (): Promise<void> => {
		while (next <= BigInt(entries)) {
			const position = next++;
			const object = await store.get(entryKey(shardId, position));
			if (!object) throw new Error(`entry ${position} is missing`);
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, lane));
	return realClock.monotonicMs() - startedMs;
}

/** How much more is in use at each later tenth of the log than at the first: nothing, if what was read is let go of. */
async function gainedKibibytes(store: ObjectStore): Promise<number[]> {
	const tailer = await WalTailer.open({ store, shard: shardId });
	const tenth = ((await tailer.nextPosition()) - 1n) / 10n;
	const inUse: number[] = [];
	for await (const { entryPosition } of tailer.entries({ concurrency: CONCURRENCY })) {
		if (entryPosition % tenth === 0n) inUse.push(liveBytes() / 1024);
	}
	const [first = Number.NaN, ...later] = inUse;
	return later.map((kibibytes) => kibibytes - first);
}
