import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openStore } from "@memwal/wal-core";
import { realClock, seededRandom } from "@memwal/wal-runtime";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { type RowsSeen, seeRows } from "../src/rows-seen.ts";
import { sampleIds } from "../src/sample-rows.ts";
import { flawsOf } from "../src/verdict.ts";
import { WriterProcess } from "../src/writer-process.ts";
import { PREFIX } from "../src/writer-protocol.ts";

const CYCLES = 4;
const SEED = 5;
/** Rows after which a writer has sunk something, or is about to. */
const SOME_ROWS = 25;
/** Longer than a few puts and a sink take, so that a kill may come at any of their points. */
const MAX_PAUSE_MS = 60;

// What is started as a process is what was built.
beforeAll(async () => {
	const packageFolder = fileURLToPath(new URL("..", import.meta.url));
	const compiler = join(packageFolder, "../../node_modules/typescript/bin/tsc");
	await promisify(execFile)(process.execPath, [compiler, "-b", packageFolder]);
}, 60_000);

async function seeFolder(folder: string): Promise<RowsSeen> {
	const store = await openStore(`file:${folder}`);
	try {
		return await seeRows({ store, prefix: PREFIX, idsOf: sampleIds });
	} finally {
		await store.close?.();
	}
}

/** Writers on one folder, loaded before they are needed: a kill is to hit a writer that works. */
class Writers {
	readonly all: WriterProcess[] = [];
	readonly #folder: string;
	readonly #spares: WriterProcess[] = [];

	constructor(folder: string) {
		this.#folder = folder;
	}

	/** The next one, which has begun to open. */
	async begin(): Promise<WriterProcess> {
		while (this.#spares.length < 2) {
			const spare = new WriterProcess(this.#folder, this.all.length + 1);
			this.all.push(spare);
			this.#spares.push(spare);
		}
		const writer = this.#spares.shift() as WriterProcess;
		await writer.until("it was loaded", (one) => one.heard("ready"));
		writer.begin();
		return writer;
	}

	async beginAndPut(): Promise<WriterProcess> {
		const writer = await this.begin();
		await writer.until("it had put some rows", ({ rows }) => rows >= SOME_ROWS);
		return writer;
	}

	async killAll(): Promise<void> {
		await Promise.all(this.all.map((writer) => writer.kill()));
	}
}

it("every acknowledged row is once in files and log, however often writers are killed with SIGKILL while they put and sink", async () => {
	const folder = mkdtempSync(join(tmpdir(), "arrow-files-test-"));
	const writers = new Writers(folder);
	onTestFinished(async () => {
		await writers.killAll();
		rmSync(folder, { recursive: true, force: true });
	});
	const random = seededRandom(SEED);
	const pause = () => realClock.sleep(random.float() * MAX_PAUSE_MS);
	const killed: WriterProcess[] = [];
	const kill = async (writer: WriterProcess) => {
		await writer.kill();
		killed.push(writer);
	};

	for (let cycle = 0; cycle < CYCLES; cycle++) {
		// While it opens, and reads what the one before it left; or soon after.
		const opening = await writers.begin();
		await pause();
		await kill(opening);

		// While it sinks, next to the one that takes over.
		const replaced = await writers.beginAndPut();
		await pause();
		const successor = await writers.begin();
		await pause();
		await kill(replaced);
		await pause();
		await kill(successor);

		// Frozen wherever it is, and woken up while its successor sinks the same rows.
		const stalled = await writers.beginAndPut();
		await pause();
		stalled.pause();
		const other = await writers.begin();
		await other.until("it opened", (one) => one.heard("opened"));
		stalled.resume();
		await pause();
		await kill(other);
		await stalled.until("it was fenced", (one) => one.heard("fenced"));
		await kill(stalled);
	}
	const last = await writers.beginAndPut();
	last.end();
	await last.until("it was closed", (one) => one.heard("closed"));
	await last.dismiss();

	const seen = await seeFolder(folder);
	const acknowledged = writers.all.flatMap((writer) => writer.acknowledged);
	expect(flawsOf(seen, acknowledged)).toEqual([]);
	expect(writers.all.flatMap(({ failure }) => failure ?? [])).toEqual([]);
	expect(killed.filter(({ wasKilled }) => wasKilled)).toHaveLength(5 * CYCLES);
	expect(new Set(seen.files.map(({ writerEpoch }) => writerEpoch)).size).toBeGreaterThan(CYCLES);
	expect(acknowledged.length).toBeGreaterThan(CYCLES * 10);
}, 120_000);
