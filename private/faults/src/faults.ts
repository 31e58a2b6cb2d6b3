import { parseArgs } from "node:util";
import { realClock, realRandom, seededRandom } from "@memwal/wal-runtime";
import { parseOrRefuse, type RunRecord, recordRun, refuseArguments, writeJson } from "@memwal-private/run-record";
import { type FaultReport, runFaults } from "./fault-run.ts";
import { type S3Place, type S3Server, startS3Server } from "./s3-server.ts";
import { killServer, type ServerKilled } from "./server-kill.ts";

const COMMAND = "faults";
const MAX_SEED = 2 ** 32;
const MAX_SHOWN = 20;
const PROGRESS_EVERY = 10;
/** Enough for the control to lose some answers for certain. */
const CONTROL_OPS = { least: 100, share: 0.05 };
const OPS_PER_SERVER_KILL = 500;
const ENDING_SIGNALS = ["SIGINT", "SIGTERM"] as const;
const ENDED_EXIT_CODE = 143;

const { values } = parseOrRefuse(COMMAND, () =>
	parseArgs({
		options: {
			ops: { type: "string", default: "2000" },
			seed: { type: "string", default: String(Math.floor(realRandom.float() * MAX_SEED)) },
			server: { type: "string", default: "versitygw" },
			json: { type: "string" },
			control: { type: "boolean", default: false },
		},
	}),
);

const ops = wholeNumber("ops", values.ops, 1);
const seed = wholeNumber("seed", values.seed, 0);
if (values.server !== "versitygw" && values.server !== "minio") {
	refuseArguments(COMMAND, `there is no server ${values.server}; there are versitygw and minio`);
}
// The SDK would tell of the Node versions of later releases, each time.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const startedMs = realClock.monotonicMs();
const command = `npm run faults -- --ops ${ops} --seed ${seed} --server ${values.server}${values.control ? " --control" : ""}`;
try {
	const { ok, counts, summary, recorded } = await playAll();
	if (values.json !== undefined) writeJson(values.json, { command, ...recorded, seed, counts, ok });
	for (const [name, count] of Object.entries(counts)) console.log(`${JSON.stringify(count).padStart(8)}  ${name}`);
	if (!ok) console.error(`The same plan again: ${command}`);
	if (!ok) process.exitCode = 1;
	console.log(`faults: ${ok ? "passed" : "FAILED"}: ${summary}; seed ${seed}, ${secondsSoFar()}`);
} catch (error) {
	process.exitCode = 1;
	console.error(error);
	console.log(`faults: FAILED: ${error instanceof Error ? error.message : error}`);
}

/** What a run came to. */
interface Outcome {
	readonly ok: boolean;
	readonly counts: Readonly<Record<string, unknown>>;
	readonly summary: string;
}

async function playAll(): Promise<Outcome & { readonly recorded: RunRecord }> {
	const server = await startS3Server(values.server);
	// A run that is ended from outside takes the server along.
	const onSignal = () => void server.stop().finally(() => process.exit(ENDED_EXIT_CODE));
	for (const signal of ENDING_SIGNALS) process.once(signal, onSignal);
	let outcome: Outcome;
	let recorded: RunRecord;
	try {
		recorded = recordRun(server.folder);
		outcome = await playOn(server);
	} finally {
		await server.stop();
		for (const signal of ENDING_SIGNALS) process.off(signal, onSignal);
	}
	const left = await handlesLeft();
	if (left.length === 0) return { ...outcome, recorded };
	show([`left behind when all was over: ${left.join()}`]);
	return { ...outcome, ok: false, recorded };
}

/** What would keep this process alive, though everything is closed. */
async function handlesLeft(): Promise<string[]> {
	// The last connections end in turns of their own.
	await realClock.sleep(100);
	return process.getActiveResourcesInfo().filter((name) => /^(TCP|Timeout|Process)/.test(name));
}

async function playOn(server: S3Server & { readonly place: S3Place }): Promise<Outcome> {
	const kills: ServerKilled[] = [];
	let { endpoint } = server;
	const random = seededRandom(seed);
	const killsPlanned = values.control ? 0 : Math.ceil(ops / OPS_PER_SERVER_KILL);
	for (let number = 0; number < killsPlanned; number++) {
		const killed = await killServer({ number, random, server, endpoint });
		show(killed.violations);
		endpoint = killed.endpoint;
		kills.push(killed);
	}
	const place = { endpoint, place: server.place };
	const controlOps = Math.max(CONTROL_OPS.least, values.control ? ops : Math.ceil(ops * CONTROL_OPS.share));
	const control = await runFaults({ ops: controlOps, seed, server: place, writers: "naive" });
	console.log(`control: ${control.counts.doubled} rows doubled by ${controlOps} naive appends, ${secondsSoFar()}`);
	if (values.control) return controlOnly(control);
	const report = await runFaults({
		ops,
		seed,
		server: place,
		writers: "careful",
		onRound(done, violations) {
			show(violations);
			if (done % PROGRESS_EVERY === 0) console.log(`${done} rounds, ${secondsSoFar()}`);
		},
	});
	return judged(report, control, kills);
}

function judged(report: FaultReport, control: FaultReport, kills: readonly ServerKilled[]): Outcome {
	const violations = [...report.violations, ...kills.flatMap((kill) => kill.violations)];
	if (control.counts.doubled === 0) {
		violations.push("the naive control doubled nothing, so that this run proves nothing");
		show(violations.slice(-1));
	}
	const { lost, doubled, holes, reordered, acked } = report.counts;
	const counts = {
		...report.counts,
		rounds: report.rounds,
		requests: report.requests,
		faults: report.faults,
		casesMet: report.cases.met,
		casesInAll: report.cases.all,
		injected: report.injected,
		serverKills: kills.length,
		ackedOverServerKills: kills.reduce((sum, kill) => sum + kill.acked, 0),
		unansweredOverServerKills: kills.reduce((sum, kill) => sum + kill.unanswered, 0),
		lostOverServerKills: kills.reduce((sum, kill) => sum + kill.counts.lost, 0),
		controlDoubled: control.counts.doubled,
		controlOperations: control.counts.operations,
		violations: violations.length,
	};
	return {
		ok: violations.length === 0,
		counts,
		summary:
			`${report.counts.operations} operations under ${report.faults} faults (${report.cases.met} of ${report.cases.all} cases), ` +
			`${kills.length} kills of the server, ${acked} acked, ${lost} rows lost, ${doubled} doubled, ${holes} holes, ` +
			`${reordered} reordered, ${violations.length} violations; ${control.counts.doubled} doubled by the control`,
	};
}

function controlOnly({ counts, faults }: FaultReport): Outcome {
	return {
		ok: counts.doubled > 0,
		counts: { ...counts, faults },
		summary: `the control: ${counts.operations} naive operations under ${faults} faults, ${counts.doubled} rows doubled`,
	};
}

function show(violations: readonly string[]): void {
	for (const text of violations.slice(0, MAX_SHOWN)) console.error(`VIOLATION: ${text}`);
}

function secondsSoFar(): string {
	return `${((realClock.monotonicMs() - startedMs) / 1000).toFixed(1)} s`;
}

function wholeNumber(option: string, text: string, atLeast: number): number {
	const value = Number(text);
	if (Number.isInteger(value) && value >= atLeast && value < MAX_SEED) return value;
	return refuseArguments(COMMAND, `--${option} must be a whole number from ${atLeast} on, not "${text}"`);
}
