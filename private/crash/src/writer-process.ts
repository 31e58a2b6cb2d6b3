import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { realClock } from "@memwal/wal-runtime";
import { type Acknowledgement, decodeMessage, type WriterJob, type WriterMessage } from "./writer-protocol.ts";

/** The built program, whether this file runs from `src` or from `dist`. */
const PROGRAM = fileURLToPath(new URL("../dist/writer.js", import.meta.url));

/** Longer than a writer takes for anything on a busy machine. */
const PATIENCE_MS = 30_000;

/** A writer in a process of its own, seen from outside: what it said, and the signals that it gets. */
export class WriterProcess {
	readonly producer: number;
	readonly acknowledged: Acknowledgement[] = [];
	readonly #child: ChildProcessByStdio<Writable, Readable, null>;
	readonly #heard: WriterMessage[] = [];
	readonly #gone: Promise<void>;
	#onNews: () => void = () => undefined;
	#news: Promise<void>;

	/** Starts the process; it loads what `url` needs and waits, so that the time of its kill is not spent on loading. */
	constructor(producer: number, url: string) {
		this.producer = producer;
		this.#news = this.#nextNews();
		this.#child = spawn(process.execPath, [PROGRAM, url], { stdio: ["pipe", "pipe", "inherit"] });
		// A killed process does not read what it is told.
		this.#child.stdin.on("error", () => undefined);
		const lines = createInterface({ input: this.#child.stdout });
		lines.on("line", (line) => this.#hear(decodeMessage(line)));
		this.#gone = new Promise((resolve, reject) => {
			this.#child.once("error", reject);
			// Both ends: whatever was in the pipe when the process died has been read by then.
			const exited = new Promise((exit) => this.#child.once("exit", exit));
			const read = new Promise((end) => lines.once("close", end));
			Promise.all([exited, read]).then(() => resolve());
		});
		this.#gone.catch(() => undefined).finally(() => this.#tell());
	}

	/** Makes it open its appender and append. */
	begin(job: Omit<WriterJob, "producer">): void {
		this.#child.stdin.write(`${JSON.stringify({ ...job, producer: this.producer } satisfies WriterJob)}\n`);
	}

	heard(kind: WriterMessage["kind"]): boolean {
		return this.#heard.some((message) => message.kind === kind);
	}

	/** What went wrong in it, if anything did. */
	get failure(): string | undefined {
		return this.#heard.flatMap((message) => (message.kind === "failed" ? [message.problem] : []))[0];
	}

	/**
	 * Resolves once the process has said `kind`.
	 *
	 * @throws Error when it says that it failed or was fenced instead, ends, or takes too long.
	 */
	async until(kind: WriterMessage["kind"]): Promise<void> {
		const deadlineMs = realClock.monotonicMs() + PATIENCE_MS;
		while (!this.heard(kind)) {
			const ended = this.#heard.find((message) => message.kind === "failed" || message.kind === "fenced");
			const how = ended?.kind === "failed" ? `: ${ended.problem}` : "";
			if (ended) throw new Error(`writer ${this.producer} ${ended.kind} before it was ${kind}${how}`);
			if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
				throw new Error(`writer ${this.producer} ended before it was ${kind}`);
			}
			const leftMs = deadlineMs - realClock.monotonicMs();
			if (leftMs <= 0) throw new Error(`writer ${this.producer} was not ${kind} within ${PATIENCE_MS} ms`);
			await Promise.race([this.#news, realClock.sleep(Math.min(leftMs, 1_000))]);
		}
	}

	/** Freezes it where it stands, in the middle of whatever it does. */
	pause(): void {
		this.#child.kill("SIGSTOP");
	}

	resume(): void {
		this.#child.kill("SIGCONT");
	}

	/** Kills it with SIGKILL; resolves when it is gone and all that it said has been heard. */
	async kill(): Promise<void> {
		this.killNow();
		await this.#gone;
	}

	/** The same without waiting, for a parent that is about to end itself. */
	killNow(): void {
		this.#child.kill("SIGKILL");
	}

	/** Whether it was SIGKILL that ended it. */
	get wasKilled(): boolean {
		return this.#child.signalCode === "SIGKILL";
	}

	/** Lets it close its appender, and resolves when it is gone. */
	async end(): Promise<void> {
		this.#child.stdin.write("end\n");
		await this.until("closed");
		await this.dismiss();
	}

	/** Lets a process that has nothing left to do exit, and resolves when it is gone. */
	async dismiss(): Promise<void> {
		this.#child.stdin.end();
		await this.#gone;
	}

	#hear(message: WriterMessage): void {
		this.#heard.push(message);
		if (message.kind === "acknowledged") this.acknowledged.push(message);
		this.#tell();
	}

	#tell(): void {
		this.#onNews();
		this.#news = this.#nextNews();
	}

	#nextNews(): Promise<void> {
		return new Promise((resolve) => {
			this.#onNews = resolve;
		});
	}
}
