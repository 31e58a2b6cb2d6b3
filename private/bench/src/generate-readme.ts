// Writes the tables of this folder's README from the kept results: measures nothing.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { BenchResult } from "./bench-result.ts";
import { markdownTable, provenance, withGenerated } from "./markdown.ts";
import { RESULT_HEAD, resultCells } from "./result-table.ts";

/** Of a suite with more, only those with a goal are shown: nobody reads so many. */
const MOST_ROWS = 100;

const results = new URL("../results/", import.meta.url);
const readme = new URL("../README.md", import.meta.url);

const sections = readdirSync(results)
	.sort()
	.map((file) => sectionOf(JSON.parse(readFileSync(new URL(file, results), "utf8"))));
writeFileSync(readme, withGenerated(readFileSync(readme, "utf8"), "results/*.json", sections.join("\n\n")));

function sectionOf(result: BenchResult): string {
	const { suite, rows } = result;
	const shown = rows.length > MOST_ROWS ? rows.filter(({ goal }) => goal !== null) : rows;
	const left = rows.length - shown.length;
	const more = left === 0 ? "" : ` ${left} figures without a goal are in \`results/${suite}.json\` only.`;
	return [`### ${suite}`, `${provenance(result)}${more}`, markdownTable(RESULT_HEAD, shown.map(resultCells))].join(
		"\n\n",
	);
}
