import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { realClock } from "@memwal/wal-runtime";
import { decodeMessage, type WorkerJob, type WorkerMessage } from "./worker-protocol.ts";

/** A process runs what was built, whether this file is or not. */
const WORKER = fileURLToPath(new URL("../dist/worker.js", import.meta.url));

/** Far more than any input may keep a codec busy, on a busy machine too. */
const PATIENCE_MS = 20_000;

/** A heap that an input of a few kilobytes cannot justify filling. */
const MAX_HEAP_MB = 512;

/** How a job ended: `stoppedAt` is the case that hung, or killed the process. */
export type JobEnd =
	| { readonly kind: "done"; readonly outcomes: Readonly<Record<string, number>> }
	| { readonly kind: "hung" | "died"; readonly stoppedAt: number | undefined; readonly problem: string };

/** One worker; after a job that did not end in `done` it is gone. */
export class WorkerProcess {
	readonly #child: ChildProcess;
	readonly #patienceMs: number;
	#hear: (message: WorkerMessage | "gone") => void = () => undefined;
	#errors = "";

	constructor({ program = WORKER, patienceMs = PATIENCE_MS }: { program?: string; patienceMs?: number } = {}) {
		this.#patienceMs = patienceMs;
		const args = [`--max-old-space-size=${MAX_HEAP_MB}`, program];
		this.#child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"] });
		createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
			this.#hear(decodeMessage(line));
		});
		this.#child.stderr?.on("data", (piece) => {
			this.#errors = `${this.#errors}${piece}`.slice(0, 2_000);
		});
		this.#child.on("close", () => this.#hear("gone"));
		this.#child.on("error", () => this.#hear("gone"));
		// A job for a process that is gone is answered by its end.
		this.#child.stdin?.on("error", () => undefined);
	}

	async run(job: WorkerJob, onFailed: (number: number, violations: readonly string[]) => void): Promise<JobEnd> {
		let current: number | undefined;
		let heardMs = realClock.monotonicMs();
		let settle: (end: JobEnd) => void = () => undefined;
		const ended = new Promise<JobEnd>((resolve) => {
			settle = resolve;
		});
		this.#hear = (message) => {
			heardMs = realClock.monotonicMs();
			if (message === "gone") settle({ kind: "died", stoppedAt: current, problem: this.#howItDied() });
			else if (message.kind === "begins") current = message.number;
			else if (message.kind === "failed") onFailed(message.number, message.violations);
			else if (message.kind === "done") settle({ kind: "done", outcomes: message.outcomes });
		};
		if (this.#child.exitCode !== null || this.#child.signalCode !== null) this.#hear("gone");
		const watchdog = setInterval(() => {
			const silentMs = realClock.monotonicMs() - heardMs;
			if (silentMs < this.#patienceMs) return;
			settle({ kind: "hung", stoppedAt: current, problem: `nothing was heard for ${Math.round(silentMs)} ms` });
			this.kill();
		}, this.#patienceMs / 10);
		this.#child.stdin?.write(`${JSON.stringify(job)}\n`);
		try {
			return await ended;
		} finally {
			clearInterval(watchdog);
		}
	}

	kill(): void {
		this.#child.kill("SIGKILL");
	}

	#howItDied(): string {
		const { signalCode, exitCode } = this.#child;
		const how = signalCode === null ? `exit code ${exitCode}` : signalCode;
		return `the process ended with ${how}: ${this.#errors.trim().split("\n").slice(0, 12).join(" ")}`;
	}
}
