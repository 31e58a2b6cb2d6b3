import { DEFAULTS, type WalEntry, WalTailer } from "@memwal/wal-core";
import { isWalError } from "@memwal/wal-runtime";
import { type Command, Option } from "commander";
import { arrowSink } from "./arrow-sink.ts";
import { CommandFailure, UsageError } from "./command-failure.ts";
import { type CommonOptions, columnNames, entryPosition, wholeNumber, withCommonOptions } from "./command-options.ts";
import { jsonLinesSink, jsonSink } from "./json-sink.ts";
import { openLog, requireShard } from "./open-log.ts";
import type { RowSink } from "./row-sink.ts";
import { type ResumePoint, RowWindow, sliceSequence } from "./row-window.ts";
import type { Session } from "./session.ts";
import { shellCommand } from "./shell-command.ts";
import { tableSink } from "./table-sink.ts";
import { terminalText } from "./terminal-text.ts";

interface TailOptions extends CommonOptions {
	readonly arrow?: true | undefined;
	readonly columns?: readonly string[] | undefined;
	readonly follow?: true | undefined;
	readonly from?: bigint | undefined;
	readonly jsonl?: true | undefined;
	readonly limit?: number | undefined;
	readonly shard: string;
	readonly skipRows?: number | undefined;
}

const examples = `
Examples:
  $ memwal tail file:./log --limit 10
  $ memwal tail file:./log --follow --jsonl --columns id,name
  $ memwal tail file:./log --arrow > rows.arrows

At its end the command prints, on standard error, the options with which the next call
goes on: --from with an entry's position, and --skip-rows where --limit ended within it.

JSON is exact: 64-bit integers are numbers with all their digits (JavaScript's JSON.parse
rounds them above 2^53), decimals strings, binary base64, NaN and infinities strings.`;

export function addTailCommand(program: Command, session: Session): void {
	withCommonOptions(
		program
			.command("tail")
			.summary("print rows, and follow what is appended")
			.description("Prints the rows of a shard in order, as tables for people or in a format for programs.")
			.argument("<log-url>", "the log, for instance file:./log")
			.option("-f, --follow", "at the end of the log, wait for more rows")
			.option("--from <position>", "begin with the entry at this position", entryPosition)
			.option("--skip-rows <n>", "leave out that many rows of the first entry (with --from)", wholeNumber(0))
			.option("--limit <n>", "end after that many rows", wholeNumber(0))
			.option("--columns <names>", "only these columns, separated by commas", columnNames)
			.option("--shard <shard>", "name or UUID of the shard", DEFAULTS.shard)
			.addOption(new Option("--jsonl", "print one JSON object a row").conflicts(["json", "arrow"]))
			.addOption(new Option("--arrow", "print an Arrow IPC stream").conflicts("json")),
	)
		.addHelpText("after", examples)
		.action((url: string, options: TailOptions) => tail(session, url, options));
}

async function tail(session: Session, url: string, options: TailOptions): Promise<void> {
	requireSensible(session, options);
	const { out, signal, commandName } = session;
	const { columns, follow, from, limit, shard, skipRows = 0 } = options;
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
		...(shard === DEFAULTS.shard ? [] : ["--shard", shard]),
		...(columns ? ["--columns", columns.map((name) => name.replaceAll(",", "\\,")).join(",")] : []),
	];
}
