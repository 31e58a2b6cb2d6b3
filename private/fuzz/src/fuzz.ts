import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { realClock, realRandom } from "@memwal/wal-runtime";
import { recordRun, writeJson } from "@memwal-private/run-record";
import { runFuzz } from "./fuzz-run.ts";
import { keepRegression, REGRESSIONS } from "./regressions.ts";

const MAX_SEED = 2 ** 32;
const MAX_SHOWN = 10;
const PROGRESS_EVERY = 20_000;

const { values } = parseArgs({
	options: {
		cases: { type: "string", default: "20000" },
		seed: { type: "string", default: String(Math.floor(realRandom.float() * MAX_SEED)) },
		workers: { type: "string", default: String(availableParallelism()) },
		json: { type: "string" },
	},
});

const cases = wholeNumber("cases", values.cases, 1);
const seed = wholeNumber("seed", values.seed, 0);
const workers = wholeNumber("workers", values.workers, 1);

const startedMs = realClock.monotonicMs();
const run = recordRun(REGRESSIONS);
let shown = 0;
const report = await runFuzz({
	cases,
	workers,
	jobFor: (from, to) => ({ kind: "cases", seed, from, to }),
	onProgress(done) {
		if (done - shown < PROGRESS_EVERY) return;
		shown = done;
		console.log(`${done} of ${cases} cases, ${secondsSoFar()}`);
	},
});
for (const { number, violations } of report.failed.slice(0, MAX_SHOWN)) {
	const file = await keepRegression(seed, number, violations);
	console.error(`FAILED: case ${number}, ${file ? relative(process.cwd(), file) : "which could not be made again"}`);
	for (const violation of violations) console.error(`  ${violation}`);
}
const ok = report.failed.length === 0 && report.cases === cases;
const command = `npm run fuzz -- --cases ${cases} --seed ${seed}`;
const counts = { cases: report.cases, ...report.outcomes, failed: report.failed.length };
if (values.json !== undefined) writeJson(values.json, { command, ...run, seed, counts, ok });
if (!ok) {
	console.error(`Again: ${command}`);
	process.exitCode = 1;
}

for (const [name, count] of Object.entries(counts)) console.log(`${String(count).padStart(8)}  ${name}`);
console.log(
	`fuzz: ${ok ? "passed" : "FAILED"}: ${report.cases} cases, ${report.outcomes.decoded ?? 0} decoded, ` +
		`${report.failed.length} failed; seed ${seed}, ${secondsSoFar()}`,
);

function secondsSoFar(): string {
	return `${((realClock.monotonicMs() - startedMs) / 1000).toFixed(1)} s`;
}

function wholeNumber(option: string, text: string, atLeast: number): number {
	const value = Number(text);
	if (Number.isInteger(value) && value >= atLeast && value < MAX_SEED) return value;
	console.error(`--${option} must be a whole number from ${atLeast} on, not "${text}"; see npm run fuzz -- --help`);
	return process.exit(2);
}
