import { WalTailer } from "@memwal/wal-core";
import { realClock, throwIfAborted, WalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import type { RecordBatch } from "apache-arrow";
import { UsageError } from "../command-failure.ts";
import { counted, countText } from "../display-numbers.ts";
import { percentile } from "../latencies.ts";
import { compareRows, type RowComparison } from "./compare-rows.ts";
import { sourceBatches } from "./demo-source.ts";
import { type AcknowledgedEntry, DemoWriter } from "./demo-writer.ts";
import { LookupCheck, type RowLookups } from "./row-lookup.ts";

export interface DemoRunOptions {
	readonly store: ObjectStore;
	readonly url: string;
	readonly source: string;
	readonly batchRows: number;
	readonly signal: AbortSignal;
	readonly narrator: DemoNarrator;
}

/** Hears how the demo goes on. */
export interface DemoNarrator {
	/** Something happened that is worth a line. */
	tell(line: string): Promise<void>;
	/** So many of all rows are appended, or compared. */
	progress(stage: "appending" | "comparing", rows: number, total: number): void;
}

export interface DemoResult {
	readonly comparison: RowComparison;
	readonly rows: number;
	/** Entries in the log, those included that only fence. */
	readonly entries: number;
	readonly bytes: number;
	readonly epochs: number;
	/** Acknowledged entries that the log does not hold as they were acknowledged. */
	readonly brokenAcks: readonly AcknowledgedEntry[];
	/** What the last writer found by its index; `undefined` where the source has no column with whole numbers. */
	readonly lookups: RowLookups | undefined;
	/** Rows acknowledged a second, over the time of writing, in as many equal spans as {@link RATE_SPANS}. */
	readonly rowsPerSecond: readonly number[];
	/** How long a writer waited for an acknowledgement. */
	readonly ackMs: { readonly p50: number; readonly p99: number };
	readonly writeSeconds: number;
	readonly readSeconds: number;
}

/** What a terminal has room for. */
const RATE_SPANS = 64;

/** Fewer entries than this leave no room for a kill half way and a stop at three quarters. */
const MIN_ENTRIES = 8;
/** Writers run ahead of what the parent has heard by at most that many entries, so that none is done before it is killed. */
const MAX_WINDOW = 8;

/**
 * Appends the source with three writers, of which the first is killed and the second stopped until the third has taken
 * over, and compares what is in the log with the source.
 *
 * When it settles, whichever way, no writer process is left.
 */
export async function runDemo(options: DemoRunOptions): Promise<DemoResult> {
	const { signal } = options;
	const writers: DemoWriter[] = [];
	const killAll = () => {
		for (const writer of writers) writer.killNow();
	};
	process.on("exit", killAll);
	signal.addEventListener("abort", killAll);
	try {
		const startedMs = realClock.monotonicMs();
		await appendWithThreeWriters(options, writers);
		const writtenMs = realClock.monotonicMs();
		const readBack = await readBackAndCompare(options, writers);
		const seconds = (fromMs: number, toMs: number) => (toMs - fromMs) / 1_000;
		return {
			...readBack,
			...acknowledgements(writers, startedMs, writtenMs),
			writeSeconds: seconds(startedMs, writtenMs),
			readSeconds: seconds(writtenMs, realClock.monotonicMs()),
		};
	} catch (error) {
		// A writer that was killed on Ctrl-C looks like one that failed.
		throwIfAborted(signal);
		throw error;
	} finally {
		signal.removeEventListener("abort", killAll);
		await Promise.all(writers.map((writer) => writer.kill()));
		process.off("exit", killAll);
	}
}

async function appendWithThreeWriters(options: DemoRunOptions, writers: DemoWriter[]): Promise<void> {
	const { url, source, narrator, signal } = options;
	const total = await countRows(options);
	const batchRows = Math.min(options.batchRows, Math.floor(total / MIN_ENTRIES));
	if (batchRows === 0) {
		throw new UsageError(
			`${source} has ${total} rows`,
			`The demo needs at least ${MIN_ENTRIES}: name a longer --source`,
		);
	}
	const window = Math.max(1, Math.min(MAX_WINDOW, Math.floor(total / batchRows / 10)));
	const task = { url, source, batchRows, window };
	const start = (guardPid?: number): DemoWriter => {
		throwIfAborted(signal);
		const writer = new DemoWriter({ ...task, guardPid });
		writers.push(writer);
		return writer;
	};
	const onProgress = (rows: number) => narrator.progress("appending", rows, total);

	const first = start();
	await first.claim();
	await narrator.tell(claimedLine(1, first));
	await first.untilRows(total / 2, onProgress);
	const second = start();
	await first.kill();
	await narrator.tell(`writer 1 killed with SIGKILL after ${counted(first.rowsSoFar, "acknowledged row")}`);

	await second.claim();
	await narrator.tell(claimedLine(2, second));
	await narrator.tell(durableLine(first, second));
	// It watches over the second: whoever is stopped cannot notice that the parent died.
	const third = start(second.pid);
	await third.untilReady();
	await second.untilRows((total * 3) / 4, onProgress);
	second.stop();
	await narrator.tell(`writer 2 stopped with SIGSTOP after ${counted(second.rowsSoFar, "acknowledged row")}`);

	await third.claim();
	await narrator.tell(claimedLine(3, third));
	await narrator.tell(durableLine(second, third));
	await third.untilEnd(onProgress);
	if (third.failure) throw new WalError("WAL_INTERNAL", `writer 3 failed: ${third.failure.message}`);
	await narrator.tell(`writer 3 finished: ${counted(third.rowsSoFar, "row")} are in the log`);

	second.resume();
	await second.untilEnd(() => undefined);
	const refusal = second.failure;
	if (refusal?.code !== "WAL_FENCED") {
		throw new WalError("WAL_INTERNAL", `the stale writer was not fenced: ${refusal?.message ?? "it wrote on"}`);
	}
	await narrator.tell("writer 2 resumed, tried to append, and was refused, as it must be:");
	await narrator.tell(`  ${refusal.code}, since epoch ${third.epoch} has taken over from epoch ${second.epoch}`);
	await second.exit();
	await third.exit();
}

async function requireFound(lookups: RowLookups, batches: AsyncIterable<RecordBatch>): Promise<void> {
	const check = new LookupCheck(lookups);
	for await (const batch of batches) check.add(batch);
	if (!check.holds)
		throw new WalError("WAL_INTERNAL", `the index over "${lookups.column}" found other rows than there are`);
}

type Acknowledgements = Pick<DemoResult, "rowsPerSecond" | "ackMs">;

function acknowledgements(writers: readonly DemoWriter[], startMs: number, endMs: number): Acknowledgements {
	const heard = writers.flatMap(({ acknowledged }) => acknowledged);
	const waits = heard.map(({ ackMs }) => ackMs);
	const spanMs = (endMs - startMs) / RATE_SPANS;
	const rows = new Array<number>(RATE_SPANS).fill(0);
	for (const entry of heard) {
		const span = Math.min(RATE_SPANS - 1, Math.floor((entry.heardAtMs - startMs) / spanMs));
		rows[span] = (rows[span] ?? 0) + entry.rows;
	}
	return {
		rowsPerSecond: rows.map((count) => Math.round((count / spanMs) * 1_000)),
		ackMs: { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) },
	};
}

function claimedLine(number: number, writer: DemoWriter): string {
	return `writer ${number} (process ${writer.pid}) claimed epoch ${writer.epoch}`;
}

/** What a successor finds in the log, which may be more than its predecessor was heard to acknowledge, and never less. */
function durableLine(predecessor: DemoWriter, successor: DemoWriter): string {
	const { durableRows } = successor;
	const unheard = durableRows - predecessor.rowsSoFar;
	if (unheard < 0) {
		throw new WalError(
			"WAL_INTERNAL",
			`${counted(-unheard, "acknowledged row")} of epoch ${predecessor.epoch} are lost`,
		);
	}
	const more = unheard > 0 ? `, ${countText(unheard)} of them never acknowledged` : "";
	return `  and found ${counted(durableRows, "row")} in the log${more}`;
}

async function countRows({ source, batchRows, signal }: DemoRunOptions): Promise<number> {
	let rows = 0;
	for await (const batch of sourceBatches(source, { batchRows, signal })) rows += batch.numRows;
	return rows;
}

type ReadBack = Omit<DemoResult, "writeSeconds" | "readSeconds" | keyof Acknowledgements>;

async function readBackAndCompare(options: DemoRunOptions, writers: readonly DemoWriter[]): Promise<ReadBack> {
	const { store, source, batchRows, narrator, signal } = options;
	const tailer = await WalTailer.open({ store });
	const total = writers.at(-1)?.rowsSoFar ?? 0;
	const stored = new Map<bigint, { epoch: bigint; rows: number; bytes: number }>();
	async function* log(): AsyncGenerator<RecordBatch, void> {
		let rows = 0;
		for await (const entry of tailer.entries({ signal })) {
			stored.set(entry.entryPosition, { epoch: entry.writerEpoch, rows: entry.rows, bytes: entry.bytes });
			yield* entry.batches;
			rows += entry.rows;
			narrator.progress("comparing", rows, total);
		}
	}
	const comparison = await compareRows(() => sourceBatches(source, { batchRows, signal }), log);
	const lookups = writers.at(-1)?.lookups;
	if (lookups) await requireFound(lookups, sourceBatches(source, { batchRows, signal }));
	const entries = [...stored.values()];
	return {
		comparison,
		lookups,
		rows: entries.reduce((sum, { rows }) => sum + rows, 0),
		entries: entries.length,
		bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
		epochs: new Set(entries.map(({ epoch }) => epoch)).size,
		brokenAcks: writers
			.flatMap(({ acknowledged }) => acknowledged)
			.filter(({ entryPosition, epoch, rows }) => {
				const entry = stored.get(entryPosition);
				return entry?.epoch !== epoch || entry.rows !== rows;
			}),
	};
}
