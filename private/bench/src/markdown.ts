import type { BenchResult } from "./bench-result.ts";

/** The first column is text, the others are figures. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const rule = head.map((_, column) => (column === 0 ? "--" : "--:"));
	return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Where and when a result was measured, in two lines. */
export function provenance({ commit, date, machine, runtime, load }: BenchResult): string {
	return [
		`Measured ${date.slice(0, 10)} on ${machine}; ${runtime}; commit ${commit.slice(0, 7)}${commit.endsWith("-dirty") ? ", changed" : ""};`,
		`${Math.round(load.busy * 100)} % of the cores were busy with something else.`,
	].join("\n");
}

/** The text of a file with what is between its marks made anew; they name the result that it is made from. */
export function withGenerated(text: string, from: string, made: string): string {
	const begin = `<!-- generated from ${from} by \`npm run generate\`: begin -->`;
	const [start, end] = [text.indexOf(begin), text.indexOf("<!-- generated: end -->")];
	if (start < 0 || end < start)
		throw new Error(`what is generated has no place: "${begin}" … "<!-- generated: end -->"`);
	return `${text.slice(0, start + begin.length)}\n\n${made}\n\n${text.slice(end)}`;
}
