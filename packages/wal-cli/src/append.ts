import { DEFAULTS } from "@memwal/wal-core";
import { isWalError } from "@memwal/wal-runtime";
import { AppendRun, type AppendSummary, isInDoubt } from "./append-run.ts";
import { CommandFailure, type FailureContext } from "./command-failure.ts";
import type { CommonOptions } from "./command-options.ts";
import { bytesText, counted, countText, durationText } from "./display-numbers.ts";
import { cutEntries } from "./entry-cutter.ts";
import { type InputFormat, MAX_ENTRY_BYTES } from "./input-batches.ts";
import { openInput } from "./input-bytes.ts";
import { detectFormat, readBatches } from "./input-format.ts";
import { openLog } from "./open-log.ts";
import { startProgress } from "./progress-bar.ts";
import type { Session } from "./session.ts";
import { shellCommand } from "./shell-command.ts";
import { terminalText } from "./terminal-text.ts";
import { nameValueLines } from "./text-table.ts";

/** What `memwal append` is told. */
export interface AppendOptions extends CommonOptions {
	readonly batchRows: number;
	readonly format?: InputFormat | undefined;
	readonly inferLines: number;
	readonly shard?: string | undefined;
	readonly skipRows: number;
}

export interface AppendCall {
	readonly url: string;
	readonly file: string;
	readonly options: AppendOptions;
}

/** Appends a file or standard input to a shard, and prints what became durable. */
export async function append(session: Session, call: AppendCall): Promise<void> {
	const { url, file, options } = call;
	const { err, errColors, stdin, signal } = session;
	const { batchRows, inferLines, shard = DEFAULTS.shard, skipRows } = options;
	const store = await openLog(url);
	const input = await openInput(file, stdin, signal);
	if (file === "-" && "isTTY" in stdin && stdin.isTTY)
		await err.line("reading rows from the terminal; Ctrl-D ends them");
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
	{ url, options: { json, shard = DEFAULTS.shard } }: AppendCall,
	summary: AppendSummary,
): Promise<void> {
	const { rows, entries, bytes, epoch, firstPosition, lastPosition, seconds, ackMs } = summary;
	if (json) return out.line(JSON.stringify({ log: url, shard, ...summary }));
	const pairs: [string, string][] = [
		["log", terminalText(url)],
		["shard", terminalText(shard)],
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
	{ url, file, options: { shard = DEFAULTS.shard, skipRows } }: AppendCall,
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
