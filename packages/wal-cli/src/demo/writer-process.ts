/**
 * One writer of the demo, as a process of its own: takes the shard over, finds the durable rows in its memtables, and puts
 * the rest. It tells its parent what it does, and never outlives it.
 */
import { openStore, ShardWriter } from "@memwal/wal-core";
import { IndexStore } from "@memwal/wal-index";
import { isWalError, realClock } from "@memwal/wal-runtime";
import { cutEntries } from "../entry-cutter.ts";
import type { InputBatch } from "../input-batches.ts";
import { MAX_ENTRY_BYTES } from "../input-batches.ts";
import { firstBatch, sourceBatches } from "./demo-source.ts";
import { columnToIndex, lookUp } from "./row-lookup.ts";
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
	const first = await firstBatch(task.source, { batchRows: task.batchRows, signal: never });
	const column = columnToIndex(first);
	const indexes = column === undefined ? undefined : () => new IndexStore({ indexes: [{ column }] });
	const writer = await ShardWriter.open({ store, schema: first.schema, indexes });
	// No predecessor can add anything any more: what was replayed is all that they made durable.
	let durableRows = 0;
	for await (const batch of writer.scan()) durableRows += batch.numRows;
	report({ type: "claimed", epoch: writer.writerEpoch, durableRows });
	const limits = { batchRows: task.batchRows, maxEntryBytes: MAX_ENTRY_BYTES };
	let put = 0;
	for await (const { batches } of cutEntries(source(), { ...limits, skipRows: durableRows })) {
		await until(() => !paused && put - confirmed < task.window);
		const startedMs = realClock.monotonicMs();
		const { entryPosition = 0n, rows } = await writer.put(batches);
		put++;
		report({ type: "appended", entryPosition, rows, ackMs: realClock.monotonicMs() - startedMs });
	}
	if (column !== undefined) report({ type: "looked-up", lookups: await lookUp(writer, column) });
	await writer.close();
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
