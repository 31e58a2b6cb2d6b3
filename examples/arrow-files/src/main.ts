// Writers that are killed, and a chain of Arrow files that has every row of theirs once.

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@memwal/wal-core";
import { realClock, realRandom } from "@memwal/wal-runtime";
import { type RowsSeen, seeRows } from "./rows-seen.ts";
import { sampleIds } from "./sample-rows.ts";
import { everyRow, flawsOf } from "./verdict.ts";
import { WriterProcess } from "./writer-process.ts";
import { PREFIX } from "./writer-protocol.ts";

const RUNS = 4;
const ROWS_PER_RUN = 150;
const MAX_PAUSE_MS = 50;
const FILES_SHOWN = 3;

const folder = await mkdtemp(join(tmpdir(), "arrow-files-"));
const writers: WriterProcess[] = [];
for (let run = 1; run <= RUNS; run++) {
	const writer = new WriterProcess(folder, run);
	writers.push(writer);
	writer.begin();
	await writer.until("its rows were acknowledged", ({ rows }) => rows >= ROWS_PER_RUN);
	if (run < RUNS) {
		await realClock.sleep(realRandom.float() * MAX_PAUSE_MS);
		await writer.kill();
	} else {
		writer.end();
		await writer.until("it was closed", (one) => one.heard("closed"));
		await writer.dismiss();
	}
	console.log(`writer ${run} ${run < RUNS ? "killed with SIGKILL" : "closed"} after ${writer.rows} acknowledged rows`);
}

const store = await openStore(`file:${folder}`);
const seen = await seeRows({ store, prefix: PREFIX, idsOf: sampleIds });
await store.close?.();
show(seen);
const acknowledged = writers.flatMap((writer) => writer.acknowledged);
const flaws = flawsOf(seen, acknowledged);
for (const flaw of flaws) console.error(flaw);
const rows = everyRow(seen);
const acked = writers.reduce((sum, writer) => sum + writer.rows, 0);
console.log(
	`${rows.length} rows: the ${acked} acknowledged ones once, in order, and ${rows.length - acked} whose writer died before it could say so`,
);
console.log(`the files are ${join(folder, PREFIX)}*.arrow`);
process.exitCode = flaws.length > 0 ? 1 : 0;

function show({ files, entries }: RowsSeen): void {
	console.log("\nfile  epoch  entries     rows");
	const shown = [...files.slice(0, FILES_SHOWN), undefined, ...files.slice(-FILES_SHOWN)];
	for (const file of files.length > shown.length ? shown : files) {
		if (!file) {
			console.log("   …");
			continue;
		}
		const { number, writerEpoch, firstEntryPosition, lastEntryPosition, ids } = file;
		const range = `${firstEntryPosition}–${lastEntryPosition}`;
		console.log(
			`${`${number}`.padStart(4)}  ${`${writerEpoch}`.padStart(5)}  ${range.padEnd(10)}  ${`${ids.length}`.padStart(4)}`,
		);
	}
	const end = files.at(-1)?.lastEntryPosition ?? 0n;
	const rest = entries.filter(({ entryPosition }) => entryPosition > end);
	const range = `${end + 1n}–${entries.at(-1)?.entryPosition}`;
	console.log(` log         ${range.padEnd(10)}  ${`${rest.flatMap(({ ids }) => ids).length}`.padStart(4)}\n`);
}
