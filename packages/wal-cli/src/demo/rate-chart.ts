import { plot } from "asciichart";
import { countText } from "../display-numbers.ts";

const LINES = 7;

/** Rows a second over some seconds, drawn with lines; where a writer was killed or stopped, they dip. */
export function rateChart(rowsPerSecond: readonly number[], seconds: number): string {
	const label = (rows: number): string => `${countText(Math.round(rows / 1_000))}k`;
	const labelWidth = label(Math.max(...rowsPerSecond)).length;
	const chart = plot([...rowsPerSecond], {
		height: LINES,
		min: 0,
		format: (rows: number) => label(rows).padStart(labelWidth),
	});
	return `rows acknowledged a second, over ${seconds.toFixed(2)} s\n${chart}`;
}
