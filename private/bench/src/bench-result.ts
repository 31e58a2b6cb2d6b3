import type { RunRecord } from "@memwal-private/run-record";
import type { Load } from "./load.ts";
import { quantile } from "./quantiles.ts";

/** A bound that an issue set: on the ratio where the row has a baseline, else on p50. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number };

/** One measured thing, as it is kept. */
export interface ResultRow {
	/** What was done. */
	readonly name: string;
	/** Who did it. */
	readonly variant: string;
	/** The variant of the same name that `ratio` compares with. */
	readonly baseline: string | null;
	readonly unit: string;
	readonly p10: number;
	readonly p50: number;
	readonly p90: number;
	readonly rounds: number;
	/** p50 over the baseline's p50. */
	readonly ratio: number | null;
	readonly goal: Goal | null;
	readonly met: boolean | null;
}

/** One run of one suite, as it is kept in `results/`. */
export interface BenchResult extends RunRecord {
	readonly suite: string;
	readonly load: Load;
	readonly rows: readonly ResultRow[];
}

export interface Measurement {
	readonly name: string;
	readonly variant: string;
	readonly unit: string;
	readonly samples: readonly number[];
	readonly rounds: number;
}

/** Makes the measurements of one comparison out of what each of its variants took. */
export function measurementsOf(
	common: Pick<Measurement, "name" | "unit" | "rounds">,
	samplesOf: (variant: string) => readonly number[],
): (variant: string) => Measurement {
	return (variant) => ({ ...common, variant, samples: samplesOf(variant) });
}

export interface Comparison {
	readonly baseline?: Measurement | undefined;
	readonly goal?: Goal | undefined;
}

/** The row of a measurement, compared with its baseline and judged by its goal. */
export function resultRow(measurement: Measurement, { baseline, goal }: Comparison = {}): ResultRow {
	const { name, variant, unit, samples, rounds } = measurement;
	const p50 = quantile(samples, 0.5);
	const ratio = baseline ? p50 / quantile(baseline.samples, 0.5) : null;
	return {
		name,
		variant,
		baseline: baseline?.variant ?? null,
		unit,
		p10: rounded(quantile(samples, 0.1)),
		p50: rounded(p50),
		p90: rounded(quantile(samples, 0.9)),
		rounds,
		ratio: ratio === null ? null : rounded(ratio),
		goal: goal ?? null,
		met: goal ? isMet(goal, ratio ?? p50) : null,
	};
}

function isMet(goal: Goal, value: number): boolean {
	return "atMost" in goal ? value <= goal.atMost : value >= goal.atLeast;
}

/** Four digits: more would be noise, and would make every diff of two results look large. */
function rounded(value: number): number {
	return Number(value.toPrecision(4));
}
