import { type Random, realClock } from "@memwal/wal-runtime";
import type { Measurement } from "../bench-result.ts";
import { type Contestant, measureInterleaved } from "../interleave.ts";
import { liveBytes } from "../live-memory.ts";

/** Something that is done over and over. */
export interface Work {
	readonly variant: string;
	/**
	 * `"much"` where it makes objects or buffers that are garbage afterwards: it takes its turns apart from the others, who
	 * would be charged for collecting them.
	 */
	readonly garbage: "little" | "much";
	/** Its result is kept until the next run, so that no compiler takes the work for useless. */
	run(): unknown;
}

export interface Effort {
	readonly quick: boolean;
	readonly random: Random;
}

/** Times in microseconds a run, of each variant. */
export type Times = (name: string, variant: string) => Measurement;

/** A turn is so long that the clock's grain and the timer around it do not show. */
const TURN_MS = { quick: 1.5, full: 5 };
/** Within one, work with little and with much garbage follow each other: what changes about the machine meets both. */
const CYCLES = { quick: 2, full: 5 };
const ROUNDS_A_CYCLE = { quick: 2, full: 6 };
/** By then the compiler has settled. */
const WARM_UP_MS = { quick: 40, full: 150 };

export async function measureWork(works: readonly Work[], { quick, random }: Effort): Promise<Times> {
	const size = quick ? "quick" : "full";
	const contestants = works.map((work) => ({ work, contestant: contestantOf(work, size) }));
	const samples = new Map<string, number[]>(works.map(({ variant }) => [variant, []]));
	for (let cycle = 0; cycle < CYCLES[size]; cycle++) {
		for (const garbage of ["little", "much"] as const) {
			const group = contestants.filter(({ work }) => work.garbage === garbage).map(({ contestant }) => contestant);
			if (group.length === 0) continue;
			liveBytes();
			const schedule = { rounds: ROUNDS_A_CYCLE[size], warmUpRounds: 1, pauseMs: 0, random };
			const taken = await measureInterleaved(group, schedule);
			for (const { variant } of group) samples.get(variant)?.push(...taken(variant));
		}
	}
	return (name, variant) => {
		const taken = samples.get(variant);
		if (!taken) throw new Error(`nobody called "${variant}" took part`);
		return { name, variant, unit: "µs", samples: taken, rounds: taken.length };
	};
}

/** Written to and read by nobody: see {@link Work.run}. */
const kept: { result: unknown } = { result: undefined };

function contestantOf({ variant, run }: Work, size: "quick" | "full"): Contestant {
	const timed = (runs: number): number => {
		const startedMs = realClock.monotonicMs();
		for (let i = 0; i < runs; i++) kept.result = run();
		return realClock.monotonicMs() - startedMs;
	};
	let runs = 1;
	for (let warmedMs = 0; warmedMs < WARM_UP_MS[size]; ) {
		const tookMs = timed(runs);
		warmedMs += tookMs;
		if (tookMs < TURN_MS[size]) runs = Math.ceil(runs * Math.min(2, TURN_MS[size] / Math.max(tookMs, 0.001)));
	}
	return { variant, turn: async () => [(timed(runs) / runs) * 1_000] };
}

/** The same measurement as a rate, for goals that say how many times as fast. */
export function perSecond(measurement: Measurement, amount = 1, unit = "/s"): Measurement {
	return { ...measurement, unit, samples: measurement.samples.map((micros) => (amount * 1e6) / micros) };
}
