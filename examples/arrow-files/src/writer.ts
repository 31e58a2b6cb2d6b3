// The process that gets killed. It waits for a line on standard input, then puts rows until the next line, or its end.

import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { openStore, ShardWriter } from "@memwal/wal-core";
import { isWalError } from "@memwal/wal-runtime";
import { ArrowFileSink } from "./arrow-file-sink.ts";
import { SAMPLE_SCHEMA, sampleBatch } from "./sample-rows.ts";
import { encodeMessage, IDS_PER_RUN, PREFIX, type WriterMessage } from "./writer-protocol.ts";

const STDOUT = 1;
/** So small that a memtable is sunk every few puts. */
const LIMITS = { maxMemtableRows: 20 };

const [folder = "", run = ""] = process.argv.slice(2);
let ending = false;
const lines = createInterface({ input: process.stdin });
// Nobody is there any more to hear an acknowledgement.
lines.once("close", () => process.exit());
lines.once("line", () => {
	lines.once("line", () => {
		ending = true;
	});
	work().catch((error: unknown) => {
		if (isWalError(error, "WAL_FENCED")) say({ kind: "fenced" });
		else say({ kind: "failed", problem: error instanceof Error ? error.message : String(error) });
	});
});
say({ kind: "ready" });

async function work(): Promise<void> {
	const store = await openStore(`file:${folder}`);
	const sink = new ArrowFileSink({ store, prefix: PREFIX });
	const writer = await ShardWriter.open({ store, schema: SAMPLE_SCHEMA, sink, limits: LIMITS });
	say({ kind: "opened", epoch: writer.writerEpoch });
	let firstId = Number(run) * IDS_PER_RUN;
	for (let put = 0; !ending; put++) {
		const rows = 1 + (put % 7);
		const { entryPosition } = await writer.put([sampleBatch(firstId, rows)]);
		if (entryPosition !== undefined) say({ kind: "acknowledged", entryPosition, firstId, rows });
		firstId += rows;
	}
	await writer.close();
	await store.close?.();
	say({ kind: "closed" });
}

/** Written at once, so that what was acknowledged is in the pipe before the next put, whenever the kill comes. */
function say(message: WriterMessage): void {
	writeSync(STDOUT, `${encodeMessage(message)}\n`);
}
