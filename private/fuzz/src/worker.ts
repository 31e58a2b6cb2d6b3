// The process that damaged bytes may hang or kill. It does one job a line, and says before each case that it begins.

import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import { Schema } from "apache-arrow";
import { type FuzzCase, FuzzCases } from "./fuzz-case.ts";
import { judgeInput } from "./judge-input.ts";
import { encodeMessage, type WorkerJob, type WorkerMessage } from "./worker-protocol.ts";

const STDOUT = 1;

// Most cases end in an error, whose stack nobody reads.
Error.stackTraceLimit = 6;

/** What WebAssembly broke off at: from then on it would be TypeScript that is compared with itself. */
const broken: unknown[] = [];
const codecs = { ts: await loadCodec({ prefer: "ts" }), wasm: await loadWasmCodec() };
const casesBySeed = new Map<number, FuzzCases>();

const lines = createInterface({ input: process.stdin });
lines.once("close", () => process.exit());
say({ kind: "ready" });
for await (const line of lines) await work(JSON.parse(line) as WorkerJob);

async function work(job: WorkerJob): Promise<void> {
	const outcomes: Record<string, number> = {};
	const judge = async (number: number, make: () => FuzzCase): Promise<void> => {
		say({ kind: "begins", number });
		const { bytes, expected } = make();
		const judgement = await judgeInput(codecs, bytes, expected);
		const { outcome } = judgement;
		const violations = [
			...judgement.violations,
			...broken.splice(0).map((error) => `wasm broke off: ${String(error)}`),
		];
		if (violations.length > judgement.violations.length) codecs.wasm = await loadWasmCodec();
		outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
		if (violations.length > 0) say({ kind: "failed", number, violations });
	};
	switch (job.kind) {
		case "cases": {
			const cases = await casesOf(job.seed);
			for (let number = job.from; number < job.to; number++) await judge(number, () => cases.make(number));
			break;
		}
		case "files":
			for (let number = job.from; number < job.files.length; number++) {
				const file = job.files[number] as string;
				await judge(number, () => ({ bytes: Uint8Array.from(readFileSync(file)), expected: undefined }));
			}
			break;
		case "write":
			writeFileSync(job.file, (await casesOf(job.seed)).make(job.number).bytes);
	}
	say({ kind: "done", outcomes });
}

async function loadWasmCodec(): Promise<Codec> {
	const codec = await loadCodec({ prefer: "wasm", observer: ({ error }) => broken.push(error) });
	const { implementation, reason } = codec.explain().find(({ operation }) => operation === "encode") ?? {};
	if (implementation !== "wasm") throw new Error(`there is no WebAssembly to be tried: ${reason}`);
	// Nor without what else it needs, which it would say of every case.
	const header = { writerEpoch: 0n, fenceSentinel: true };
	const sentinel = codec.encode({ schema: new Schema([]), batches: [], header, writeId: new Uint8Array(16) });
	(await codec.decodeInWasm(sentinel.bytes)).release();
	sentinel.release();
	return codec;
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
