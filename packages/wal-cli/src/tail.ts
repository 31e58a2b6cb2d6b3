import { DEFAULTS, type WalEntry, WalTailer } from "@memwal/wal-core";
import { isWalError } from "@memwal/wal-runtime";
import { arrowSink } from "./arrow-sink.ts";
import { CommandFailure, UsageError } from "./command-failure.ts";
import type { CommonOptions } from "./command-options.ts";
import { jsonLinesSink, jsonSink } from "./json-sink.ts";
import { openLog, requireShard } from "./open-log.ts";
import type { RowSink } from "./row-sink.ts";
import { type ResumePoint, RowWindow, sliceSequence } from "./row-window.ts";
import type { Session } from "./session.ts";
import { shellCommand } from "./shell-command.ts";
import { tableSink } from "./table-sink.ts";
import { terminalText } from "./terminal-text.ts";

/** What `memwal tail` is told. */
export interface TailOptions extends CommonOptions {
	readonly arrow?: true | undefined;
	readonly columns?: readonly string[] | undefined;
	readonly follow?: true | undefined;
	readonly from?: bigint | undefined;
	readonly jsonl?: true | undefined;
	readonly limit?: number | undefined;
	readonly shard?: string | undefined;
	readonly skipRows?: number | undefined;
}

/** Prints the rows of a shard, and where to go on afterwards. */
export async function tail(session: Session, url: string, options: TailOptions): Promise<void> {
	requireSensible(session, options);
	const { out, signal, commandName } = session;
	const { columns, follow, from, limit, shard = DEFAULTS.shard, skipRows = 0 } = options;
	const store = await openLog(url);
	try {
		const manifest = await requireShard({ url, store, commandName, signal }, shard);
		const begin = { entryPosition: from ?? manifest.replayAfterEntryPosition + 1n, skipRows };
		const window = new RowWindow(begin, limit);
		const sink = sinkOf(session, options);
		const tailer = await WalTailer.open({ store, shard });
		const reading = AbortSignal.any([signal, out.gone]);
		const entries = tailer.entries({ from: begin.entryPosition, follow, columns, signal: reading });
		const failure = await failureOf(printEntries(entries, window, sink));
		// Nobody reads any more, and nobody can tell what was read: `| head` ends a command like this.
		if (out.gone.aborted) return;
		const ended = failure === undefined || signal.aborted;
		if (ended) await sink.end(window.resume);
		if (ended || window.resume !== begin) await printResume(session, { url, options, resume: window.resume });
		if (failure !== undefined) throw failure;
	} catch (error) {
		if (!isWalError(error, "WAL_COLLECTED")) throw error;
		const oldest = { entryPosition: error.details.resumeFrom, skipRows: 0 };
		const command = shellCommand(commandName, tailArguments(url, options, oldest));
		throw new CommandFailure(error, { nextStep: `Begin with the first entry that is left: ${command}` });
	} finally {
		await store.close?.();
	}
}

function requireSensible({ out }: Session, { arrow, follow, from, json, skipRows }: TailOptions): void {
	if (follow && json) throw new UsageError("--json prints one document, which --follow never ends", "Use --jsonl.");
	if (skipRows !== undefined && from === undefined) {
		throw new UsageError("--skip-rows counts rows of the entry that --from names", "Give --from too.");
	}
	if (arrow && out.isTerminal) {
		throw new UsageError("--arrow prints binary data, and standard output is a terminal", "Redirect it: … > FILE");
	}
}

function sinkOf({ out, outColors }: Session, { arrow, json, jsonl }: TailOptions): RowSink {
	if (arrow) return arrowSink(out);
	if (json) return jsonSink(out);
	return jsonl ? jsonLinesSink(out) : tableSink(out, outColors);
}

async function printEntries(entries: AsyncIterable<WalEntry>, window: RowWindow, sink: RowSink): Promise<void> {
	if (window.full) return;
	for await (const entry of entries) {
		const part = window.partOf(entry);
		if (part.start < part.end) await sink.rows(sliceSequence(entry.batches, part.start, part.end), entry);
		window.advance(part);
		if (window.full) return;
	}
}

async function failureOf(work: Promise<void>): Promise<unknown> {
	try {
		await work;
		return undefined;
	} catch (error) {
		return error;
	}
}

interface Resume {
	readonly url: string;
	readonly options: TailOptions;
	readonly resume: ResumePoint;
}

async function printResume({ err, errColors, commandName }: Session, { url, options, resume }: Resume): Promise<void> {
	// With --json the document itself tells.
	if (options.json) return;
	const { entryPosition, skipRows } = resume;
	if (options.jsonl) return err.line(JSON.stringify({ resume: { from: String(entryPosition), skipRows } }));
	const command = shellCommand(commandName, tailArguments(url, options, resume));
	await err.line(`${errColors.bold("to resume:")} ${terminalText(command)}`);
}

function tailArguments(
	url: string,
	{ columns, shard }: TailOptions,
	{ entryPosition, skipRows }: ResumePoint,
): string[] {
	return [
		...["tail", url, "--from", String(entryPosition)],
		...(skipRows > 0 ? ["--skip-rows", String(skipRows)] : []),
		...(shard === undefined ? [] : ["--shard", shard]),
		...(columns ? ["--columns", columns.map((name) => name.replaceAll(",", "\\,")).join(",")] : []),
	];
}
