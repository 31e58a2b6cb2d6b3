import type { BTreeIndex } from "@memwal/wal-index";
import { type Random, realClock } from "@memwal/wal-runtime";
import { type Goal, measurementsOf, type ResultRow, resultRow } from "../bench-result.ts";
import { type Contestant, measureInterleaved } from "../interleave.ts";
import type { SuiteRun } from "../suite.ts";
import { KEYS, type KeySet } from "./key-sets.ts";
import { buildIndex, buildSortedTree, OURS, type SortedTree, THEIRS } from "./trees.ts";

const LOOKUPS_A_TURN = 20_000;
const SCANS_A_TURN = 4_000;
const SCANNED = 100;

type Key = number | string;

/** Looks up keys that are there, at random, and scans ranges of a hundred. */
export async function lookupRows(set: KeySet, run: SuiteRun): Promise<ResultRow[]> {
	const index = buildIndex(set.columns);
	const tree = buildSortedTree(set);
	return [...(await pointRows(set, index, tree, run)), ...(await scanRows(set, index, tree, run))];
}

async function pointRows(set: KeySet, index: BTreeIndex, tree: SortedTree, run: SuiteRun): Promise<ResultRow[]> {
	const picks = Array.from({ length: LOOKUPS_A_TURN }, () => set.keys[rowAt(run.random)] as Key);
	const rowOf = (key: Key) => index.get(key)[0] as number;
	const newestRowOf = (key: Key) => index.newestVisible(key, KEYS) as number;
	for (const key of picks) {
		if (newestRowOf(key) !== tree.get(key)) throw new Error(`${key} leads to different rows`);
	}
	return comparison(`look up one of 1,000,000 ${set.name} keys`, LOOKUPS_A_TURN, "lookups/s", run, [
		{ variant: THEIRS, run: () => sum(picks, (key) => tree.get(key) as number) },
		{ variant: `${OURS}.get`, goal: { atLeast: 1 }, run: () => sum(picks, rowOf) },
		{ variant: `${OURS}.newestVisible`, run: () => sum(picks, newestRowOf) },
	]);
}

async function scanRows(set: KeySet, index: BTreeIndex, tree: SortedTree, run: SuiteRun): Promise<ResultRow[]> {
	const inOrder = tree.keysArray();
	const ranges = Array.from({ length: SCANS_A_TURN }, () => {
		const begin = Math.min(rowAt(run.random), inOrder.length - SCANNED - 1);
		return { low: inOrder[begin] as Key, high: inOrder[begin + SCANNED] as Key };
	});
	const ours = ({ low, high }: Range) => index.range({ gte: low, lt: high });
	const theirs = ({ low, high }: Range) => {
		const rows: number[] = [];
		tree.forRange(low, high, false, (_, row) => {
			rows.push(row);
		});
		return rows;
	};
	for (const range of ranges) {
		if (ours(range).length < SCANNED || !theirs(range).every((row) => ours(range).includes(row))) {
			throw new Error(`the rows from ${range.low} to ${range.high} differ`);
		}
	}
	return comparison(`scan ${SCANNED} of 1,000,000 ${set.name} keys`, SCANS_A_TURN, "scans/s", run, [
		{ variant: THEIRS, run: () => sum(ranges, (range) => theirs(range).length) },
		{ variant: `${OURS}.range`, goal: { atLeast: 1 }, run: () => sum(ranges, (range) => ours(range).length) },
	]);
}

interface Range {
	readonly low: Key;
	readonly high: Key;
}

interface Side {
	readonly variant: string;
	readonly goal?: Goal | undefined;
	run(): number;
}

async function comparison(
	name: string,
	amount: number,
	unit: string,
	{ quick, random }: SuiteRun,
	sides: readonly [Side, ...Side[]],
): Promise<ResultRow[]> {
	const rounds = quick ? 8 : 40;
	const contestants = sides.map((side) => contestantOf(side, amount));
	const samplesOf = await measureInterleaved(contestants, { rounds, warmUpRounds: 4, pauseMs: 0, random });
	const measured = measurementsOf({ name, unit, rounds }, samplesOf);
	const [first, ...others] = sides;
	const baseline = measured(first.variant);
	return [
		resultRow(baseline),
		...others.map((side) => resultRow(measured(side.variant), { baseline, goal: side.goal })),
	];
}

/** Read by nobody: what is summed up has to be found. */
const kept: { total: number } = { total: 0 };

function contestantOf({ variant, run }: Side, amount: number): Contestant {
	return {
		variant,
		async turn() {
			const startedMs = realClock.monotonicMs();
			kept.total += run();
			return [(amount * 1_000) / (realClock.monotonicMs() - startedMs)];
		},
	};
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
	let total = 0;
	for (const item of items) total += of(item);
	return total;
}

function rowAt(random: Random): number {
	return Math.floor(random.float() * KEYS);
}
