import { parseArgs } from "node:util";
import { realClock, realRandom } from "@memwal/wal-runtime";
import { openScratchFolder, parseOrRefuse, recordRun, refuseArguments, writeJson } from "@memwal-private/run-record";
import type { BenchResult } from "./bench-result.ts";
import { isQuiet, measureLoad } from "./load.ts";
import { goalSummary, resultTable } from "./result-table.ts";
import type { Suite } from "./suite.ts";
import { SUITES } from "./suites.ts";

const COMMAND = "bench";

const { values, positionals } = parseOrRefuse(COMMAND, () =>
	parseArgs({
		allowPositionals: true,
		options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
	}),
);

const startedMs = realClock.monotonicMs();
const results: BenchResult[] = [];
for (const suite of chosenSuites(positionals)) results.push(await runSuite(suite));
if (values.json !== undefined) writeJson(values.json, results.length === 1 ? results[0] : results);
const seconds = ((realClock.monotonicMs() - startedMs) / 1000).toFixed(1);
console.log(`bench: ${goalSummary(results)}; ${results.length} suites in ${seconds} s`);

function chosenSuites(names: readonly string[]): readonly Suite[] {
	if (names.length === 0) return SUITES.filter(({ needs }) => needs === undefined);
	return names.map((name) => {
		const suite = SUITES.find((candidate) => candidate.name === name);
		if (suite) return suite;
		const known = SUITES.map((candidate) => candidate.name).join(", ");
		return refuseArguments(COMMAND, `there is no suite "${name}"; there are: ${known}`);
	});
}

async function runSuite(suite: Suite): Promise<BenchResult> {
	console.log(`\n${suite.name}: ${suite.title}`);
	const load = await measureLoad();
	if (!isQuiet(load)) {
		console.log(`The machine is busy (${Math.round(load.busy * 100)} % of its cores): the ratios may be off.`);
	}
	const scratch = openScratchFolder(`bench-${suite.name}`);
	try {
		const run = recordRun(scratch.path);
		const rows = await suite.run({ quick: values.quick, scratch: scratch.path, random: realRandom });
		const result = { suite: suite.name, ...run, load, rows };
		console.log(resultTable(result));
		return result;
	} finally {
		scratch.remove();
	}
}
