import { parseArgs } from "node:util";
import { realClock, realRandom } from "@memwal/wal-runtime";
import { openScratchFolder, recordRun, writeJson } from "@memwal-private/run-record";
import { runPyarrow } from "./pyarrow-interop.ts";
import { pythonWithPyarrow } from "./python-environment.ts";
import { nodeWithZstd } from "./zstd-node.ts";

const MAX_SEED = 2 ** 31;
const MAX_SHOWN = 20;

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		rounds: { type: "string", default: "100" },
		seed: { type: "string", default: String(Math.floor(realRandom.float() * MAX_SEED)) },
		json: { type: "string" },
	},
});

for (const name of positionals) if (name !== "pyarrow") refuse(`there is nothing by the name of "${name}"`);
const rounds = wholeNumber("rounds", values.rounds, 1);
const seed = wholeNumber("seed", values.seed, 0);

const tools = findTools();
const startedMs = realClock.monotonicMs();
const scratch = openScratchFolder("interop");
const run = recordRun(scratch.path);
const reports = runPyarrow({ rounds, seed, folder: scratch.path, ...tools });

const differences = Object.values(reports).flatMap((report) => report.differences);
for (const difference of differences.slice(0, MAX_SHOWN)) console.error(`DIFFERENCE: ${difference}`);
for (const [reader, { compared, values, refused }] of Object.entries(reports)) {
	const notHeld = refused.length > 0 ? `; does not have: ${[...new Set(refused)].join(", ")}` : "";
	console.log(`${reader.padStart(8)}  read ${compared} streams with ${values} values${notHeld}`);
}
const ok = differences.length === 0;
const command = `npm run interop -- pyarrow --rounds ${rounds} --seed ${seed}`;
const counts = {
	streams: sum((report) => report.compared),
	values: sum((report) => report.values),
	differences: differences.length,
};
if (values.json !== undefined) writeJson(values.json, { command, ...run, seed, counts, ok });
if (ok) scratch.remove();
else {
	console.error(`The streams are kept in ${scratch.path}; again: ${command}`);
	process.exitCode = 1;
}
console.log(
	`interop: ${ok ? "passed" : "FAILED"}: ${counts.streams} streams, ${counts.values} values, ` +
		`${differences.length} differences; seed ${seed}, ${((realClock.monotonicMs() - startedMs) / 1000).toFixed(1)} s`,
);

/** What this machine lacks is said in one line. */
function findTools(): { readonly python: string; readonly zstdNode: string } {
	try {
		return { python: pythonWithPyarrow(), zstdNode: nodeWithZstd() };
	} catch (error) {
		console.error(`interop: FAILED to set up: ${(error as Error).message}`);
		return process.exit(1);
	}
}

function sum(count: (report: (typeof reports)[string]) => number): number {
	return Object.values(reports).reduce((total, report) => total + count(report), 0);
}

function wholeNumber(option: string, text: string, atLeast: number): number {
	const value = Number(text);
	if (Number.isInteger(value) && value >= atLeast && value < MAX_SEED) return value;
	return refuse(`--${option} must be a whole number from ${atLeast} on, not "${text}"`);
}

function refuse(problem: string): never {
	console.error(`${problem}; see npm run interop -- --help`);
	process.exit(2);
}
