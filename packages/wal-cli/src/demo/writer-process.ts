/**
 * One writer of the demo, as a process of its own: claims the shard, finds out by reading the log which rows are durable,
 * and appends the rest. It tells its parent what it does, and never outlives it.
 */
import { openStore, WalAppender, WalTailer } from "@memwal/wal-core";
import { isWalError } from "@memwal/wal-runtime";
import { cutEntries } from "../entry-cutter.ts";
import type { InputBatch } from "../input-batches.ts";
import { MAX_ENTRY_BYTES } from "../input-batches.ts";
import { sourceBatches } from "./demo-source.ts";
import type { WriterOrder, WriterReport, WriterTask } from "./writer-protocol.ts";

const task = JSON.parse(process.argv[2] ?? "{}") as WriterTask;
const never = new AbortController().signal;

let claimed = false;
let confirmed = 0;
let paused = false;
let released = false;
let wake: () => void = () => undefined;

process.on("message", (order: WriterOrder) => {
	if (order.type === "claim") claimed = true;
	else if (order.type === "confirmed") confirmed = order.entries;
	else if (order.type === "exit") {
		released = true;
		process.exit(0);
	} else paused = order.type === "pause";
	wake();
});
process.on("disconnect", () => process.exit(1));
// Not on "disconnect" alone: a report to a parent that has died ends this process too.
process.on("exit", () => {
	if (!released && task.guardPid !== undefined) killQuietly(task.guardPid);
});
// Ctrl-C reaches the whole process group; the parent decides what it means.
process.on("SIGINT", () => undefined);

report({ type: "ready" });
await until(() => claimed);
try {
	await write();
	report({ type: "finished" });
} catch (error) {
	const code = isWalError(error) ? error.code : undefined;
	report({ type: "failed", code, message: error instanceof Error ? error.message : String(error) });
}

async function write(): Promise<void> {
	const store = await openStore(task.url);
	const appender = await WalAppender.open({ store });
	// From here on no predecessor can add anything: what is read now is all that they made durable.
	let durableRows = 0;
	for await (const entry of (await WalTailer.open({ store })).entries()) durableRows += entry.rows;
	report({ type: "claimed", epoch: appender.writerEpoch, durableRows });
	const limits = { batchRows: task.batchRows, maxEntryBytes: MAX_ENTRY_BYTES };
	let appended = 0;
	for await (const { batches } of cutEntries(source(), { ...limits, skipRows: durableRows })) {
		await until(() => !paused && appended - confirmed < task.window);
		const { entryPosition, rows } = await appender.append(batches);
		appended++;
		report({ type: "appended", entryPosition, rows });
	}
	await appender.close();
	await store.close?.();
}

async function* source(): AsyncGenerator<InputBatch, void> {
	for await (const batch of sourceBatches(task.source, { batchRows: task.batchRows, signal: never })) yield { batch };
}

async function until(condition: () => boolean): Promise<void> {
	while (!condition()) {
		await new Promise<void>((resolve) => {
			wake = resolve;
		});
	}
}

function report(message: WriterReport): void {
	process.send?.(message);
}

function killQuietly(pid: number): void {
	try {
		process.kill(pid, "SIGKILL");
	} catch {
		// It is gone already, which is what was wanted.
	}
}
