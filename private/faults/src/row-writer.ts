import { ShardWriter, WalAppender, WalTailer } from "@memwal/wal-core";
import { isWalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import type { RecordBatch } from "apache-arrow";
import { type ProducerRow, ROW_SCHEMA, readRows } from "./producer-rows.ts";

/** The ways to write to a shard that hold what they promise. */
export const WRITER_KINDS = ["appender", "memtable", "wal-only"] as const;

export type WriterKind = (typeof WRITER_KINDS)[number];

/** A writer that was opened, whichever it is. */
export interface RowWriter {
	readonly epoch: bigint;
	/** How many puts may wait at the same time and still be in the log in the order of their calls, whichever fail. */
	readonly putsAtOnce: number;
	/** Resolves to the position of the entry that the rows are in. */
	append(batch: RecordBatch, signal?: AbortSignal): Promise<bigint>;
	/** Goes on with the append whose outcome was unknown; resolves to its position. */
	settle?(): Promise<bigint | undefined>;
	/** Every row that was in the log when it was opened. */
	rowsAtOpening(): Promise<ProducerRow[]>;
	/** Whether it can still be used after this error. */
	outlives(error: unknown): boolean;
	close(): Promise<void>;
}

export interface OpenRowWriterOptions {
	readonly store: ObjectStore;
	readonly shard: string;
	/** How long it goes on while the store fails, in milliseconds. */
	readonly persistDeadlineMs: number;
}

export async function openRowWriter(kind: WriterKind, options: OpenRowWriterOptions): Promise<RowWriter> {
	return kind === "appender" ? openAppender(options) : openShardWriter(kind, options);
}

async function openAppender(options: OpenRowWriterOptions): Promise<RowWriter> {
	const appender = await WalAppender.open(options);
	const firstOwn = appender.nextEntryPosition;
	return {
		epoch: appender.writerEpoch,
		putsAtOnce: 1,
		append: async (batch, signal) => (await appender.append([batch], { signal })).entryPosition,
		settle: async () => (await appender.settle())?.entryPosition,
		rowsAtOpening: () => rowsBelow(firstOwn, options),
		outlives: (error) => isWalError(error) && (error.kind === "unavailable" || error.kind === "aborted"),
		close: () => appender.close(),
	};
}

async function openShardWriter(
	mode: "memtable" | "wal-only",
	{ persistDeadlineMs, ...options }: OpenRowWriterOptions,
): Promise<RowWriter> {
	const writer = await ShardWriter.open({ ...options, mode, schema: ROW_SCHEMA, limits: { persistDeadlineMs } });
	const firstOwn = writer.stats().nextEntryPosition;
	return {
		epoch: writer.writerEpoch,
		putsAtOnce: 8,
		append: async (batch, signal) => {
			const { entryPosition } = await writer.put([batch], { signal });
			if (entryPosition === undefined) throw new Error("a durable put has no position");
			return entryPosition;
		},
		async rowsAtOpening() {
			if (mode === "wal-only") return rowsBelow(firstOwn, options);
			const rows: ProducerRow[] = [];
			for await (const batch of writer.scan()) rows.push(...readRows(batch));
			return rows;
		},
		outlives: (error) => isWalError(error, "WAL_ABORTED"),
		close: () => writer.close(),
	};
}

/** The rows of all entries below a position, as a reader finds them. */
async function rowsBelow(
	entryPosition: bigint,
	{ store, shard }: Pick<OpenRowWriterOptions, "store" | "shard">,
): Promise<ProducerRow[]> {
	const tailer = await WalTailer.open({ store, shard });
	const rows: ProducerRow[] = [];
	let next = 1n;
	for await (const entry of tailer.entries({ from: 1n })) {
		if (entry.entryPosition >= entryPosition) break;
		rows.push(...entry.batches.flatMap(readRows));
		next = entry.entryPosition + 1n;
	}
	if (next < entryPosition) throw new Error(`a reader ended before entry ${next}, and there are ${entryPosition - 1n}`);
	return rows;
}
