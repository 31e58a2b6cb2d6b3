// The process that damaged bytes may hang or kill. It does one job a line, and says before each case that it begins.

import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import { type FuzzCase, FuzzCases } from "./fuzz-case.ts";
import { judgeInput } from "./judge-input.ts";
import { encodeMessage, type WorkerJob, type WorkerMessage } from "./worker-protocol.ts";

const STDOUT = 1;

// Most cases end in an error, whose stack nobody reads.
Error.stackTraceLimit = 6;

const codecs: Readonly<Record<string, Codec>> = {
	ts: await loadCodec({ prefer: "ts" }),
	wasm: await loadCodec({ prefer: "wasm" }),
};
const casesBySeed = new Map<number, FuzzCases>();

const lines = createInterface({ input: process.stdin });
lines.once("close", () => process.exit());
say({ kind: "ready" });
for await (const line of lines) await work(JSON.parse(line) as WorkerJob);

async function work(job: WorkerJob): Promise<void> {
	const outcomes: Record<string, number> = {};
	const judge = (number: number, make: () => FuzzCase): void => {
		say({ kind: "begins", number });
		const { bytes, expected } = make();
		const { outcome, violations } = judgeInput(codecs, bytes, expected);
		outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
		if (violations.length > 0) say({ kind: "failed", number, violations });
	};
	switch (job.kind) {
		case "cases": {
			const cases = await casesOf(job.seed);
			for (let number = job.from; number < job.to; number++) judge(number, () => cases.make(number));
			break;
		}
		case "files":
			for (let number = job.from; number < job.files.length; number++) {
				const file = job.files[number] as string;
				judge(number, () => ({ bytes: Uint8Array.from(readFileSync(file)), expected: undefined }));
			}
			break;
		case "write":
			writeFileSync(job.file, (await casesOf(job.seed)).make(job.number).bytes);
	}
	say({ kind: "done", outcomes });
}

async function casesOf(seed: number): Promise<FuzzCases> {
	const known = casesBySeed.get(seed);
	if (known) return known;
	const cases = await FuzzCases.load(seed);
	casesBySeed.set(seed, cases);
	return cases;
}

/** Written at once, so that it is in the pipe before the case can do any harm. */
function say(message: WorkerMessage): void {
	writeSync(STDOUT, `${encodeMessage(message)}\n`);
}
