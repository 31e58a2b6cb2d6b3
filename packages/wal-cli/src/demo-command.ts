import { resolve } from "node:path";
import { WalError } from "@memwal/wal-runtime";
import type { Command } from "commander";
import { type CommonOptions, wholeNumber, withCommonOptions } from "./command-options.ts";
import { prepareDemoFolder } from "./demo/demo-folder.ts";
import { type DemoNarrator, type DemoResult, runDemo } from "./demo/demo-run.ts";
import { findFlights } from "./demo/demo-source.ts";
import { bytesText, counted, countText } from "./display-numbers.ts";
import { openLog } from "./open-log.ts";
import { type Progress, startProgress } from "./progress-bar.ts";
import type { Session } from "./session.ts";
import { shellCommand } from "./shell-command.ts";
import { terminalText } from "./terminal-text.ts";
import { nameValueLines } from "./text-table.ts";

interface DemoOptions extends CommonOptions {
	readonly batchRows: number;
	readonly dir: string;
	readonly source?: string | undefined;
}

const examples = `
Examples:
  $ memwal demo
  $ memwal demo --source my-rows.ndjson --dir /tmp/demo

Three writers append the source, each a process of its own. The first is killed half way,
the second is stopped and finds itself fenced when it resumes, the third finishes. Then
everything is read back, and every value compared with the source.`;

export function addDemoCommand(program: Command, session: Session): void {
	withCommonOptions(
		program
			.command("demo")
			.summary("kill a writer, fence another, lose nothing")
			.description("Appends real rows while writers are killed and stopped, and shows that none is lost.")
			.option("--source <file>", "Arrow or NDJSON file to append (default: the flights of npm's vega-datasets)")
			.option("--dir <folder>", "where the log goes; an earlier demo's is taken away", "./memwal-demo")
			.option("--batch-rows <n>", "rows of an entry", wholeNumber(1), 1_000),
	)
		.addHelpText("after", examples)
		.action((options: DemoOptions) => demo(session, options));
}

async function demo(session: Session, { batchRows, dir, source = findFlights(), json }: DemoOptions): Promise<void> {
	await prepareDemoFolder(dir);
	const url = `file:${dir}`;
	const store = await openLog(url);
	const narrator = new BarNarrator(session);
	try {
		const result = await runDemo({ store, url, source, batchRows, signal: session.signal, narrator });
		narrator.stop();
		requireNothingLost(result);
		if (json) await session.out.line(JSON.stringify({ log: url, source, ...summaryJson(result) }));
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
	const { comparison, rows, entries, bytes, epochs, writeSeconds, readSeconds } = result;
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
				["files", terminalText(resolve(dir))],
			],
			colors,
		),
	);
	const next = [
		["inspect", url],
		["tail", url, "--limit", "5"],
		["append", url, source, "--shard", "mine"],
	];
	await out.line(`\n${colors.bold("try next:")}`);
	for (const args of next) await out.line(`  ${terminalText(shellCommand(commandName, args))}`);
}

function summaryJson({ comparison, brokenAcks, ...counts }: DemoResult): Record<string, unknown> {
	return { ...counts, ...comparison, brokenAcks: brokenAcks.length };
}
