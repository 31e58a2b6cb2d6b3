import { seededRandom } from "@memwal/wal-runtime";
import { FaultDeck } from "./fault-deck.ts";
import { type PlayedRound, playRound, type RoundServer } from "./fault-round.ts";
import { type RoundCounts, RoundLedger } from "./round-ledger.ts";
import { type PlanRoundOptions, planRound } from "./round-plan.ts";
import { type LogCounts, NOTHING } from "./verdict.ts";
import type { FaultName } from "./wire-fault.ts";

export interface FaultRunOptions extends Pick<PlanRoundOptions, "writers"> {
	/** Groups of rows to bring into logs; repeated ones come on top. */
	readonly ops: number;
	readonly seed: number;
	readonly server: RoundServer;
	/** Told after every round. */
	readonly onRound?: ((done: number, violations: readonly string[]) => void) | undefined;
}

export interface FaultReport {
	readonly rounds: number;
	readonly counts: RoundCounts & LogCounts;
	/** Requests that passed the proxy. */
	readonly requests: number;
	readonly faults: number;
	readonly injected: Readonly<Partial<Record<FaultName, number>>>;
	/** Fault × kind of request × place: how many there are, and how many befell a request. */
	readonly cases: { readonly all: number; readonly met: number };
	readonly violations: readonly string[];
}

/** Most of a round is waiting: for timeouts, and between two tries. */
const ROUNDS_AT_ONCE = 4;

/** A careful round is long enough for many epochs; a naive one reads its whole log after every failure. */
const GROUPS_PER_ROUND = { careful: 60, naive: 25 };

/** Plays rounds until that many groups are in logs. */
export async function runFaults({ ops, seed, server, writers, onRound }: FaultRunOptions): Promise<FaultReport> {
	const random = seededRandom(seed);
	const deck = new FaultDeck(random);
	const played: PlayedRound[] = [];
	let planned = 0;
	let number = 0;
	const playOn = async (): Promise<void> => {
		while (planned < ops) {
			const groups = Math.min(GROUPS_PER_ROUND[writers], ops - planned);
			planned += groups;
			const round = await playRound(planRound({ number: number++, random, deck, groups, writers }), server);
			deck.putBack(round.left);
			for (const { name } of round.met) deck.seen.add(name);
			played.push(round);
			onRound?.(played.length, round.violations);
		}
	};
	await Promise.all(Array.from({ length: ROUNDS_AT_ONCE }, playOn));
	const injected = sum<Partial<Record<FaultName, number>>>(
		{},
		played.map((round) => round.injected),
	);
	return {
		rounds: played.length,
		counts: {
			...sum(
				new RoundLedger().counts,
				played.map(({ counts }) => counts),
			),
			...sum(
				NOTHING,
				played.map(({ log }) => log),
			),
		},
		requests: played.reduce((total, { requests }) => total + requests, 0),
		faults: Object.values(injected).reduce((total, count) => total + count, 0),
		injected,
		cases: { all: deck.size, met: deck.seen.size },
		violations: played.flatMap(({ violations }) => violations),
	};
}

function sum<T extends object>(zero: T, parts: readonly T[]): T {
	const total = { ...zero } as Record<string, number>;
	for (const part of parts) {
		for (const [name, count] of Object.entries(part)) total[name] = (total[name] ?? 0) + (count as number);
	}
	return total as T;
}
