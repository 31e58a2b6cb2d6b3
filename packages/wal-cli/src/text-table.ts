import Table from "cli-table3";
import stringWidth from "string-width";
import type { Colors } from "./session.ts";

export interface TableColumn {
	readonly title: string;
	readonly align?: "left" | "right" | undefined;
}

export interface TableOptions {
	readonly colors: Colors;
	/** Characters a line may have; without it, every cell is shown whole. */
	readonly width?: number | undefined;
}

/** A column is never squeezed below this. */
const minColumnWidth = 6;
const gap = 2;

/**
 * Rows of text in aligned columns. Where a line would be too long, wide cells are cut and columns that do not fit are
 * left out; `hiddenColumns` tells how many.
 *
 * Cells are shown as they are: text from outside must have passed through `terminalText`.
 */
export function textTable(
	columns: readonly TableColumn[],
	rows: readonly (readonly string[])[],
	{ colors, width }: TableOptions,
): { text: string; hiddenColumns: number } {
	const wanted = columns.map(({ title }, index) =>
		rows.reduce((widest, row) => Math.max(widest, stringWidth(row[index] ?? "")), stringWidth(title)),
	);
	const widths = width === undefined ? wanted : fitWidths(wanted, width);
	const shown = columns.slice(0, widths.length);
	const table = new Table({
		head: shown.map(({ title }) => colors.bold(title)),
		colWidths: widths,
		colAligns: shown.map(({ align }) => align ?? "left"),
		style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
		chars: { ...Object.fromEntries(borders.map((name) => [name, ""])), middle: " ".repeat(gap) },
	});
	for (const row of rows) table.push(shown.map((_, index) => row[index] ?? ""));
	return { text: table.toString().replace(/ +$/gm, ""), hiddenColumns: columns.length - shown.length };
}

const borders = [
	...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
	...["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
];

/** Cuts the widest columns until all fit; drops the last ones when even their minimum does not. */
function fitWidths(wanted: readonly number[], width: number): number[] {
	const kept: number[] = [];
	let needed = 0;
	for (const column of wanted) {
		needed += Math.min(column, minColumnWidth) + (kept.length === 0 ? 0 : gap);
		if (needed > width && kept.length > 0) break;
		kept.push(column);
	}
	const available = width - gap * (kept.length - 1);
	let limit = Math.max(...kept, minColumnWidth);
	const total = () => kept.reduce((sum, column) => sum + Math.min(column, limit), 0);
	while (limit > minColumnWidth && total() > available) limit--;
	return kept.map((column) => Math.max(1, Math.min(column, limit)));
}

/** Names and values, one a line, the values aligned. */
export function nameValueLines(pairs: readonly (readonly [name: string, value: string])[], colors: Colors): string {
	const width = pairs.reduce((widest, [name]) => Math.max(widest, stringWidth(name)), 0);
	return pairs.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${value}`).join("\n");
}
