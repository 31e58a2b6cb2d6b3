import { resolve } from "node:path";
import { WalError } from "@memwal/wal-runtime";
import type { CommonOptions } from "../command-options.ts";
import { bytesText, counted, countText, durationText } from "../display-numbers.ts";
import { openLog } from "../open-log.ts";
import { type Progress, startProgress } from "../progress-bar.ts";
import type { Session } from "../session.ts";
import { shellCommand } from "../shell-command.ts";
import { terminalText } from "../terminal-text.ts";
import { nameValueLines } from "../text-table.ts";
import { prepareDemoFolder } from "./demo-folder.ts";
import { type DemoNarrator, type DemoResult, runDemo } from "./demo-run.ts";
import { findFlights } from "./demo-source.ts";
import { rateChart } from "./rate-chart.ts";
import type { Lookup, RowLookups } from "./row-lookup.ts";

/** What `memwal demo` is told. */
export interface DemoOptions extends CommonOptions {
	readonly batchRows: number;
	readonly dir: string;
	readonly source?: string | undefined;
}

/** Runs the demo and prints its story and its result. */
export async function demo(
	session: Session,
	{ batchRows, dir, source = findFlights(), json }: DemoOptions,
): Promise<void> {
	await prepareDemoFolder(dir);
	const url = `file:${dir}`;
	const store = await openLog(url);
	const narrator = new BarNarrator(session);
	try {
		const result = await runDemo({ store, url, source, batchRows, signal: session.signal, narrator });
		narrator.stop();
		requireNothingLost(result);
		if (json) await session.out.line(JSON.stringify({ log: url, source, ...summaryJson(result) }, bigintAsText));
		else await printSummary(session, { url, dir, source, result });
	} finally {
		narrator.stop();
		await store.close?.();
	}
}

/** Tells the story on standard error, with a bar below it. */
class BarNarrator implements DemoNarrator {
	readonly #session: Session;
	#bar: { readonly stage: string; readonly progress: Progress } | undefined;
	#rows = 0;

	constructor(session: Session) {
		this.#session = session;
	}

	async tell(line: string): Promise<void> {
		this.stop();
		await this.#session.err.line(terminalText(line));
	}

	progress(stage: string, rows: number, total: number): void {
		if (this.#bar?.stage !== stage) {
			this.stop();
			const startCount = stage === "appending" ? this.#rows : 0;
			this.#bar = { stage, progress: startProgress(this.#session, { label: stage, unit: "rows", startCount }) };
		}
		this.#rows = rows;
		this.#bar.progress.update(rows, rows / total);
	}

	stop(): void {
		this.#bar?.progress.stop();
		this.#bar = undefined;
	}
}

function requireNothingLost({ comparison, brokenAcks }: DemoResult): void {
	const { lost, doubled, changed, moved } = comparison;
	const broken = brokenAcks.length;
	if (lost + doubled + changed + broken === 0 && !moved) return;
	const findings = [
		...(lost > 0 ? [`${counted(lost, "row")} lost`] : []),
		...(doubled > 0 ? [`${counted(doubled, "row")} doubled`] : []),
		...(changed > 0 ? [`${counted(changed, "row")} changed`] : []),
		...(moved ? ["rows out of order"] : []),
		...(broken > 0 ? [`${counted(broken, "acknowledged entry", "acknowledged entries")} not in the log`] : []),
	];
	throw new WalError("WAL_INTERNAL", `the log differs from its source: ${findings.join(", ")}`);
}

interface Summary {
	readonly url: string;
	readonly dir: string;
	readonly source: string;
	readonly result: DemoResult;
}

async function printSummary(session: Session, { url, dir, source, result }: Summary): Promise<void> {
	const { out, outColors: colors, commandName } = session;
	const { comparison, rows, entries, bytes, epochs, rowsPerSecond, ackMs, writeSeconds, readSeconds } = result;
	const seconds = writeSeconds + readSeconds;
	const verdict = `${countText(comparison.rows)} read back, every value compared: none lost, doubled or changed`;
	await out.line(
		nameValueLines(
			[
				["rows", colors.green(verdict)],
				["entries", `${countText(entries)} (${bytesText(bytes)})`],
				["epochs", `${epochs}, one for each writer`],
				[
					"seconds",
					`${seconds.toFixed(2)} (${writeSeconds.toFixed(2)} to write, ${readSeconds.toFixed(2)} to compare)`,
				],
				["rows/s", countText(Math.round(rows / writeSeconds))],
				["acks", `p50 ${durationText(ackMs.p50)}, p99 ${durationText(ackMs.p99)}`],
				...lookupLines(result.lookups),
				["files", terminalText(resolve(dir))],
			],
			colors,
		),
	);
	await out.line(`\n${rateChart(rowsPerSecond, writeSeconds)}`);
	const next = [
		["inspect", url],
		["tail", url, "--limit", "5"],
		["append", url, source, "--shard", "mine"],
	];
	await out.line(`\n${colors.bold("try next:")}`);
	for (const args of next) await out.line(`  ${terminalText(shellCommand(commandName, args))}`);
}

/** JSON readers may round numbers that large. */
function bigintAsText(_key: string, value: unknown): unknown {
	return typeof value === "bigint" ? String(value) : value;
}

function lookupLines(lookups: RowLookups | undefined): [string, string][] {
	if (!lookups) return [];
	const { point, range, scanMs } = lookups;
	const column = terminalText(lookups.column);
	const found = ({ rows, ms }: Lookup) => `${counted(rows, "row")} in ${durationText(ms)}`;
	return [
		["lookup", `${column} = ${point.value}: ${found(point)} by the index, ${durationText(scanMs)} without it`],
		["range", `${column} from ${range.gte} to ${range.lte}: ${found(range)}`],
	];
}

function summaryJson({ comparison, brokenAcks, ...result }: DemoResult): Record<string, unknown> {
	return { ...result, ...comparison, brokenAcks: brokenAcks.length };
}
