import { realClock } from "@memwal/wal-runtime";
import { measurementsOf, type ResultRow, resultRow } from "../bench-result.ts";
import { type Contestant, measureInterleaved } from "../interleave.ts";
import { liveBytes } from "../live-memory.ts";
import type { SuiteRun } from "../suite.ts";
import { BATCH_ROWS, KEYS, type KeySet } from "./key-sets.ts";
import {
	buildIndex,
	buildPresortedTree,
	buildSortedTree,
	OURS,
	requireSame,
	THEIRS,
	THEIRS_PRESORTED,
} from "./trees.ts";

const FASTER = { int64: { atLeast: 5 }, "UTF-8": { atLeast: 3 } };

/** Builds whole trees out of nothing, again and again. */
export async function insertRows(set: KeySet, { quick, random }: SuiteRun): Promise<ResultRow[]> {
	const { columns } = set;
	const sides = [
		side(OURS, () => buildIndex(columns)),
		side(THEIRS, () => buildSortedTree(set)),
		side(THEIRS_PRESORTED, () => buildPresortedTree(set)),
	];
	// Small ones that stay: without any the engine forgets what it has compiled for them.
	const [index, tree] = [
		buildIndex(columns.slice(0, 10)),
		buildSortedTree({ ...set, keys: set.keys.slice(0, 10_000) }),
	];
	const rounds = quick ? 2 : 7;
	const samplesOf = await measureInterleaved(sides, { rounds, warmUpRounds: 2, pauseMs: 0, random });
	if (index.size !== tree.size) throw new Error("the small ones have changed");
	requireSame(buildIndex(columns), buildSortedTree(set), set);
	const name = `insert ${KEYS.toLocaleString("en")} ${set.name} keys at random, in batches of ${BATCH_ROWS.toLocaleString("en")}`;
	const measured = measurementsOf({ name, unit: "rows/s", rounds }, samplesOf);
	const theirs = measured(THEIRS);
	return [
		resultRow(theirs),
		resultRow(measured(THEIRS_PRESORTED), { baseline: theirs }),
		resultRow(measured(OURS), { baseline: theirs, goal: FASTER[set.name] }),
		resultRow(measured(OURS), { baseline: measured(THEIRS_PRESORTED) }),
	];
}

/** What is built is kept until the next turn, and collected before it: nobody pays for what another one left. */
const kept: { tree: unknown } = { tree: undefined };

/** The collector goes on in the background for a while. */
const SETTLE_MS = 50;

function side(variant: string, build: () => unknown): Contestant {
	return {
		variant,
		async turn() {
			kept.tree = undefined;
			liveBytes();
			await realClock.sleep(SETTLE_MS);
			const startedMs = realClock.monotonicMs();
			kept.tree = build();
			return [(KEYS * 1_000) / (realClock.monotonicMs() - startedMs)];
		},
	};
}
