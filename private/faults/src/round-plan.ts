import type { Random } from "@memwal/wal-runtime";
import { FAULT_NAMES, type FaultCase, type FaultDeck } from "./fault-deck.ts";
import type { RowGroup } from "./producer-rows.ts";
import { WRITER_KINDS, type WriterKind } from "./row-writer.ts";
import type { FaultName } from "./wire-fault.ts";

/** One shard, who writes to it, and what goes wrong meanwhile. */
export interface RoundPlan {
	readonly number: number;
	readonly seed: number;
	readonly producers: readonly {
		readonly writer: WriterKind | "naive";
		readonly groups: readonly RowGroup[];
	}[];
	/** How many of all requests fail by chance. */
	readonly rate: number;
	readonly names: readonly FaultName[];
	readonly cases: readonly FaultCase[];
}

export interface PlanRoundOptions {
	readonly number: number;
	readonly random: Random;
	readonly deck: FaultDeck;
	/** Groups of rows to append. */
	readonly groups: number;
	/** Who writes: whoever keeps its promises, or whoever takes a 412 for somebody else's. */
	readonly writers: "careful" | "naive";
}

const RATES = [0, 0.02, 0.06, 0.15] as const;
const MAX_ROWS = 12;
/** Every so manieth round has groups whose entries are over 8 MiB. */
const LARGE_EVERY_ROUNDS = 4;
const LARGE_GROUPS = 2;
const LARGE_BYTES = 8 * 2 ** 20;

/** Plans a round; the same seed gives the same plan. */
export function planRound({ number, random, deck, groups, writers }: PlanRoundOptions): RoundPlan {
	const producers = 2 + Math.floor(random.float() * 3);
	const left = FAULT_NAMES.filter(() => random.float() < 0.6);
	const large = number % LARGE_EVERY_ROUNDS === 0 ? LARGE_GROUPS : 0;
	return {
		number,
		seed: Math.floor(random.float() * 2 ** 32),
		producers: Array.from({ length: producers }, (_, producer) => ({
			writer: writers === "naive" ? "naive" : pick(random, WRITER_KINDS),
			groups: planGroups(random, producer, {
				count: Math.floor(groups / producers) + (producer < groups % producers ? 1 : 0),
				large: producer === 0 ? large : 0,
			}),
		})),
		rate: pick(random, RATES),
		names: left.length > 0 ? left : FAULT_NAMES,
		cases: deck.deal(),
	};
}

function planGroups(random: Random, producer: number, { count, large }: { count: number; large: number }): RowGroup[] {
	const largeOnes = new Set(Array.from({ length: large }, () => Math.floor(random.float() * count)));
	let firstSequence = 0;
	return Array.from({ length: count }, (_, i) => {
		const isLarge = largeOnes.has(i);
		const rows = isLarge ? 1 : 1 + Math.floor(random.float() ** 2 * MAX_ROWS);
		const nameBytes = `${producer}/${firstSequence} `.length;
		const repeats = isLarge ? Math.ceil(LARGE_BYTES / nameBytes) : 1 + Math.floor(random.float() * 20);
		const group = { producer, firstSequence, rows, repeats };
		firstSequence += rows;
		return group;
	});
}

function pick<T>(random: Random, values: readonly T[]): T {
	return values[Math.floor(random.float() * values.length)] as T;
}
