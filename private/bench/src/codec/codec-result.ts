import { readFileSync } from "node:fs";
import type { BenchResult, ResultRow } from "../bench-result.ts";

/** The suite's kept result, from which tables, picture and choice are made. */
export interface CodecResult {
	readonly result: BenchResult;
	/** The figures that say how long or how much, not those that repeat them as a rate for a goal. */
	row(name: string, variant: string): ResultRow;
	/** How many times as fast one variant is as another. */
	speed(name: string, variant: string, than: string): number;
}

export function readCodecResult(): CodecResult {
	const result = JSON.parse(readFileSync(new URL("../../results/codec.json", import.meta.url), "utf8")) as BenchResult;
	const row = (name: string, variant: string): ResultRow => {
		const found = result.rows.find((candidate) => candidate.name === name && candidate.variant === variant);
		if (!found) throw new Error(`results/codec.json has no row "${name}" of "${variant}": measure it anew`);
		return found;
	};
	return {
		result,
		row,
		speed: (name, variant, than) => row(name, than).p50 / row(name, variant).p50,
	};
}
