// An own harness of one file, since mitata and tinybench measure one task to its end before the next: a disk or a
// neighbour that gets slower meanwhile would then count for one side only. Here every round gives each side a turn.

import { type Random, realClock } from "@memwal/wal-runtime";

/** One side of a comparison. */
export interface Contestant {
	readonly variant: string;
	/** Does a turn's worth of work, the same for every side, and returns its samples. */
	turn(): Promise<readonly number[]>;
}

export interface Schedule {
	readonly rounds: number;
	/** Rounds before, whose samples are dropped. */
	readonly warmUpRounds: number;
	/** Between two turns: what one side left for later must not fall into the other's time. */
	readonly pauseMs: number;
	readonly random: Random;
}

/** Gives every contestant one turn a round, in an order shuffled anew each time; returns the samples by variant. */
export async function measureInterleaved(
	contestants: readonly Contestant[],
	{ rounds, warmUpRounds, pauseMs, random }: Schedule,
): Promise<(variant: string) => readonly number[]> {
	const samples = new Map<string, number[]>(contestants.map(({ variant }) => [variant, []]));
	for (let round = -warmUpRounds; round < rounds; round++) {
		for (const { variant, turn } of shuffled(contestants, random)) {
			const taken = await turn();
			if (round >= 0) samples.get(variant)?.push(...taken);
			await realClock.sleep(pauseMs);
		}
	}
	return (variant) => {
		const taken = samples.get(variant);
		if (!taken) throw new Error(`nobody called "${variant}" took part`);
		return taken;
	};
}

/** Times each of `count` runs of `step`, one after the other, in milliseconds. */
export async function timeEach(count: number, step: (i: number) => Promise<void> | void): Promise<number[]> {
	const samples: number[] = [];
	for (let i = 0; i < count; i++) {
		const startedMs = realClock.monotonicMs();
		await step(i);
		samples.push(realClock.monotonicMs() - startedMs);
	}
	return samples;
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
	const rest = [...items];
	return items.flatMap(() => rest.splice(Math.floor(random.float() * rest.length), 1));
}
