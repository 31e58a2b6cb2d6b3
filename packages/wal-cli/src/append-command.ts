import { DEFAULTS } from "@memwal/wal-core";
import { isWalError } from "@memwal/wal-runtime";
import { type Command, Option } from "commander";
import { AppendRun, type AppendSummary, isInDoubt } from "./append-run.ts";
import { CommandFailure, type FailureContext } from "./command-failure.ts";
import { type CommonOptions, wholeNumber, withCommonOptions } from "./command-options.ts";
import { bytesText, counted, countText, durationText } from "./display-numbers.ts";
import { cutEntries } from "./entry-cutter.ts";
import { DEFAULT_BATCH_ROWS, MAX_ENTRY_BYTES } from "./input-batches.ts";
import { openInput } from "./input-bytes.ts";
import { detectFormat, INPUT_FORMATS, type InputFormat, readBatches } from "./input-format.ts";
import { DEFAULT_INFER_LINES } from "./ndjson-input.ts";
import { openLog } from "./open-log.ts";
import { startProgress } from "./progress-bar.ts";
import type { Session } from "./session.ts";
import { shellCommand } from "./shell-command.ts";
import { terminalText } from "./terminal-text.ts";
import { nameValueLines } from "./text-table.ts";

interface AppendOptions extends CommonOptions {
	readonly batchRows: number;
	readonly format?: InputFormat | undefined;
	readonly inferLines: number;
	readonly shard: string;
	readonly skipRows: number;
}

interface AppendCall {
	readonly url: string;
	readonly file: string;
	readonly options: AppendOptions;
}

const examples = `
Examples:
  $ memwal append file:./log flights.arrow
  $ memwal append file:./log events.ndjson --shard events --batch-rows 1000
  $ producer | memwal append file:./log -

The first append creates the log. Appending claims the shard's next epoch, which fences
any other writer of that shard. An entry counts as appended when it is durable.

NDJSON: whole numbers become Int64, other numbers Float64, strings Utf8, true and false
Bool, arrays List, objects Struct. A missing field is null; a row that does not fit the
schema of the first lines ends the command with an error that names line and field.`;

export function addAppendCommand(program: Command, session: Session): void {
	withCommonOptions(
		program
			.command("append")
			.summary("append rows from a file or standard input")
			.description("Appends the rows of an Arrow IPC file or stream, or of NDJSON, in order and durably.")
			.argument("<log-url>", "the log, for instance file:./log")
			.argument("[file]", "the input; - is standard input", "-")
			.option("--batch-rows <n>", "rows of an entry, at most", wholeNumber(1), DEFAULT_BATCH_ROWS)
			.addOption(
				new Option("--format <format>", "the input's format, instead of looking at its content").choices(INPUT_FORMATS),
			)
			.option("--infer-lines <n>", "NDJSON: lines the schema is taken from", wholeNumber(1), DEFAULT_INFER_LINES)
			.option("--shard <shard>", "name or UUID of the shard", DEFAULTS.shard)
			.option("--skip-rows <n>", "leave out the input's first rows: they are in the log already", wholeNumber(0), 0),
	)
		.addHelpText("after", examples)
		.action((url: string, file: string, options: AppendOptions) => append(session, { url, file, options }));
}

async function append(session: Session, call: AppendCall): Promise<void> {
	const { url, file, options } = call;
	const { err, errColors, stdin, signal } = session;
	const { batchRows, inferLines, shard, skipRows } = options;
	const store = await openLog(url);
	const input = await openInput(file, stdin, signal);
	const progress = startProgress(session, { label: "appending", unit: "rows" });
	const run = new AppendRun({ store, shard, signal, onDurable: progress.update });
	try {
		const limits = { batchRows, maxEntryBytes: MAX_ENTRY_BYTES };
		const warnings: string[] = [];
		const format = options.format ?? (await detectFormat(input));
		const batches = readBatches(input, format, { ...limits, inferLines, warn: (warning) => warnings.push(warning) });
		await run.appendAll(cutEntries(batches, { ...limits, skipRows }));
		progress.stop();
		for (const warning of warnings) await err.line(`${errColors.yellow("warning:")} ${terminalText(warning)}`);
		await printSummary(session, call, run.summary);
	} catch (error) {
		throw run.opened ? new CommandFailure(error, failureContext(session, call, run, error)) : error;
	} finally {
		progress.stop();
		await input.close();
		await store.close?.();
	}
}

async function printSummary(
	{ out, outColors }: Session,
	{ url, options }: AppendCall,
	summary: AppendSummary,
): Promise<void> {
	const { rows, entries, bytes, epoch, firstPosition, lastPosition, seconds, ackMs } = summary;
	if (options.json) return out.line(JSON.stringify({ log: url, shard: options.shard, ...summary }));
	const pairs: [string, string][] = [
		["log", terminalText(url)],
		["shard", terminalText(options.shard)],
		["rows", countText(rows)],
		["entries", countText(entries)],
		["bytes", bytesText(bytes)],
	];
	if (epoch !== null) {
		pairs.push(
			["positions", `${firstPosition} to ${lastPosition}`],
			["epoch", epoch],
			["seconds", `${seconds} (${countText(Math.round(rows / Math.max(seconds, 0.001)))} rows/s)`],
			["acks", `p50 ${durationText(ackMs.p50)}, p99 ${durationText(ackMs.p99)}`],
		);
	}
	await out.line(nameValueLines(pairs, outColors));
}

/** What is durable although the command failed, and how to go on from there. */
function failureContext(
	{ commandName }: Session,
	{ url, file, options: { shard, skipRows } }: AppendCall,
	run: AppendRun,
	error: unknown,
): FailureContext {
	const { summary, nextPosition } = run;
	const { rows, entries, firstPosition, lastPosition } = summary;
	const places = rows > 0 ? `, at positions ${firstPosition} to ${lastPosition}` : "";
	const durable = `${counted(rows, "row")} in ${counted(entries, "entry", "entries")} are durable${places}`;
	if (isInDoubt(error)) {
		const look = ["tail", url, "--shard", shard, "--from", String(nextPosition)];
		return {
			achieved: { text: `${durable}; the entry at ${nextPosition} may or may not be`, data: { ...summary } },
			nextStep: `See whether it is there: ${shellCommand(commandName, look)}`,
		};
	}
	const achieved = { text: durable, data: { ...summary } };
	if (isWalError(error, "WAL_FENCED") || file === "-") return { achieved };
	const again = ["append", url, file, "--shard", shard, "--skip-rows", String(skipRows + rows)];
	return { achieved, nextStep: `Go on where this ended: ${shellCommand(commandName, again)}` };
}
