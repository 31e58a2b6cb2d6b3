import Table from "cli-table3";
import type { BenchResult, Goal, ResultRow } from "./bench-result.ts";

export const RESULT_HEAD: readonly string[] = ["what", "who", "p10", "p50", "p90", "unit", "ratio", "to", "goal", ""];

/** The rows of a result as a table for people. */
export function resultTable({ rows }: BenchResult): string {
	const table = new Table({
		head: [...RESULT_HEAD],
		colAligns: ["left", "left", "right", "right", "right", "left", "right", "left", "left", "left"],
		style: { head: [], border: [] },
	});
	for (const row of rows) table.push(resultCells(row));
	return table.toString();
}

/** What a row says, under {@link RESULT_HEAD}. */
export function resultCells(row: ResultRow): string[] {
	return [
		row.name,
		row.variant,
		...[row.p10, row.p50, row.p90].map(String),
		row.unit,
		row.ratio === null ? "" : `${row.ratio.toFixed(2)}×`,
		row.baseline ?? "",
		goalText(row),
		verdict(row.met),
	];
}

/** One line that says which goals are met. */
export function goalSummary(results: readonly BenchResult[]): string {
	const judged = results.flatMap(({ suite, rows }) =>
		rows.flatMap((row) => (row.met === null ? [] : [{ suite, row }])),
	);
	const missed = judged.filter(({ row }) => row.met === false);
	const counts = `${judged.length - missed.length} of ${judged.length} goals met`;
	if (missed.length === 0) return counts;
	const names = missed.map(
		({ suite, row }) => `${suite}: ${row.name}, ${row.variant}, ${row.ratio ?? row.p50} (goal ${goalText(row)})`,
	);
	return `${counts}; missed: ${names.join("; ")}`;
}

/** The bound of a row's goal, with its unit; empty without one. */
export function goalText({ goal, ratio, unit }: ResultRow): string {
	if (!goal) return "";
	return `${boundText(goal)}${ratio === null ? ` ${unit}` : "×"}`;
}

function boundText(goal: Goal): string {
	return "atMost" in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`;
}

function verdict(met: boolean | null): string {
	if (met === null) return "";
	return met ? "met" : "MISSED";
}
