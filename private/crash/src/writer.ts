// The process that gets killed. It waits for a job on standard input, then appends until it is told to end or fenced.

import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { openStore, WalAppender } from "@memwal/wal-core";
import { isWalError } from "@memwal/wal-runtime";
import { makeBatch } from "./numbered-rows.ts";
import { encodeMessage, type WriterJob, type WriterMessage } from "./writer-protocol.ts";

const STDOUT = 1;

let ending = false;
const lines = createInterface({ input: process.stdin });
// Nobody is there any more to hear an acknowledgement.
lines.once("close", () => process.exit());
lines.once("line", (line) => {
	lines.once("line", () => {
		ending = true;
	});
	work(JSON.parse(line) as WriterJob).catch((error: unknown) => {
		say(
			isWalError(error, "WAL_FENCED")
				? { kind: "fenced" }
				: { kind: "failed", problem: error instanceof Error ? error.message : String(error) },
		);
	});
});
const [, , url = ""] = process.argv;
// The SDK takes longer to load than a kill waits. Of a folder nothing is opened before: that is to be killed as well.
if (url.startsWith("s3:")) await (await openStore(url)).close?.();
say({ kind: "ready" });

async function work({ url, shard, producer }: WriterJob): Promise<void> {
	const store = await openStore(url);
	const appender = await WalAppender.open({ store, shard });
	say({ kind: "opened", epoch: appender.writerEpoch });
	for (let firstSequence = 0; !ending; ) {
		const { entryPosition, rows } = await appender.append([makeBatch(producer, firstSequence)]);
		say({ kind: "acknowledged", entryPosition, firstSequence, rows });
		firstSequence += rows;
	}
	await appender.close();
	await store.close?.();
	say({ kind: "closed" });
}

/** Written at once, so that what was acknowledged is in the pipe before the next append begins, whenever the kill comes. */
function say(message: WriterMessage): void {
	writeSync(STDOUT, `${encodeMessage(message)}\n`);
}
