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

/** No column is squeezed below this to make room for others: half a word says nothing. */
const readableWidth = 16;
const gap = "  ";

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
		rows.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? "")), widthOf(title)),
	);
	const widths = width === undefined ? wanted : fitWidths(wanted, width);
	const shown = columns.slice(0, widths.length);
	const lineOf = (cells: readonly string[]) =>
		shown
			.map(({ align }, index) => cellOf(cells[index] ?? "", widths[index] ?? 0, align))
			.join(gap)
			.trimEnd();
	const head = lineOf(shown.map(({ title }) => title));
	return {
		text: [colors.bold(head), ...rows.map(lineOf)].join("\n"),
		hiddenColumns: columns.length - shown.length,
	};
}

/** Cuts the widest columns until all fit; drops the last ones where that would leave nothing readable. */
function fitWidths(wanted: readonly number[], width: number): number[] {
	const kept: number[] = [];
	let needed = 0;
	for (const column of wanted) {
		needed += Math.min(column, readableWidth) + (kept.length === 0 ? 0 : gap.length);
		if (needed > width && kept.length > 0) break;
		kept.push(column);
	}
	const available = width - gap.length * (kept.length - 1);
	let limit = Math.max(...kept);
	while (limit > 1 && kept.reduce((sum, column) => sum + Math.min(column, limit), 0) > available) limit--;
	return kept.map((column) => Math.min(column, limit));
}

function cellOf(text: string, width: number, align: TableColumn["align"]): string {
	const missing = width - widthOf(text);
	if (missing < 0) return cut(text, width);
	return align === "right" ? " ".repeat(missing) + text : text + " ".repeat(missing);
}

/** The beginning of a text that is too long, with an ellipsis, in exactly `width` columns. */
function cut(text: string, width: number): string {
	let kept = "";
	let used = 0;
	for (const char of text) {
		used += widthOf(char);
		if (used > width - 1) break;
		kept += char;
	}
	return `${kept}…${" ".repeat(width - 1 - widthOf(kept))}`;
}

function widthOf(text: string): number {
	// Most cells are ASCII, and measuring Unicode is slow.
	return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

/** Names and values, one a line, the values aligned. */
export function nameValueLines(pairs: readonly (readonly [name: string, value: string])[], colors: Colors): string {
	const width = pairs.reduce((widest, [name]) => Math.max(widest, widthOf(name)), 0);
	return pairs.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${value}`).join("\n");
}
