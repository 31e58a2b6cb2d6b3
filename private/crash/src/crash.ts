import { parseArgs } from "node:util";
import { realClock, realRandom } from "@memwal/wal-runtime";
import { openScratchFolder, parseOrRefuse, recordRun, refuseArguments, writeJson } from "@memwal-private/run-record";
import { runCrashes } from "./crash-run.ts";
import { bucketStore, type CrashStore, folderStore } from "./crash-store.ts";

const COMMAND = "crash";
const MAX_SEED = 2 ** 32;
const MAX_SHOWN = 20;
const PROGRESS_EVERY = 10;

const { values } = parseOrRefuse(COMMAND, () =>
	parseArgs({
		options: {
			kills: { type: "string", default: "100" },
			store: { type: "string", default: "file" },
			seed: { type: "string", default: String(Math.floor(realRandom.float() * MAX_SEED)) },
			json: { type: "string" },
		},
	}),
);

const kills = wholeNumber("kills", values.kills, 1);
const seed = wholeNumber("seed", values.seed, 0);

const startedMs = realClock.monotonicMs();
const bucket = bucketNamed(values.store);
const scratch = openScratchFolder("crash");
const run = recordRun(scratch.path);
const { counts, violations } = await runCrashes({
	kills,
	seed,
	store: bucket ?? folderStore(scratch.path),
	onRound(round, found) {
		for (const text of found.slice(0, MAX_SHOWN)) console.error(`VIOLATION in round ${round}: ${text}`);
		if ((round + 1) % PROGRESS_EVERY === 0) console.log(`${round + 1} of ${kills} rounds, ${secondsSoFar()}`);
	},
});
const ok = violations.length === 0 && counts.kills === kills;
const command = `npm run crash -- --kills ${kills} --store ${values.store} --seed ${seed}`;
if (values.json !== undefined) writeJson(values.json, { command, ...run, seed, counts, ok });
if (!ok) console.error(`Again, with the same pauses: ${command}`);
if (!ok && !bucket) console.error(`The logs are kept in ${scratch.path}`);
else scratch.remove();
if (!ok) process.exitCode = 1;

for (const [name, count] of Object.entries(counts)) console.log(`${String(count).padStart(8)}  ${name}`);
console.log(
	`crash: ${ok ? "passed" : "FAILED"}: ${counts.kills} kills, ${counts.ackedEntries} entries acknowledged, ` +
		`${counts.lostRows} rows lost, ${counts.doubledRows} doubled, ${counts.halfWritten} half-written, ` +
		`${counts.holes} holes, ${violations.length} violations; seed ${seed}, ${secondsSoFar()}`,
);

/** The store on the server that was started for the run; nothing where the local disk is asked for. */
function bucketNamed(name: string): CrashStore | undefined {
	if (name === "file") return undefined;
	if (name !== "s3") return refuseArguments(COMMAND, `there is no store "${name}"; there are file and s3`);
	const { MEMWAL_S3_URL: url } = process.env;
	if (!url) throw new Error("--store s3 needs a server: npm run crash -- --store s3 starts one");
	return bucketStore(`${url}/crash`);
}

function secondsSoFar(): string {
	return `${((realClock.monotonicMs() - startedMs) / 1000).toFixed(1)} s`;
}

function wholeNumber(option: string, text: string, atLeast: number): number {
	const value = Number(text);
	if (Number.isInteger(value) && value >= atLeast && value < MAX_SEED) return value;
	return refuseArguments(COMMAND, `--${option} must be a whole number from ${atLeast} on, not "${text}"`);
}
