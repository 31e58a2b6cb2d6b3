import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Acknowledgement } from "./verdict.ts";
import { decodeMessage, type WriterMessage } from "./writer-protocol.ts";

/** The built program, whether this file runs from `src` or from `dist`. */
const PROGRAM = fileURLToPath(new URL("../dist/writer.js", import.meta.url));

/** A writer in a process of its own, seen from outside: what it said, and the signals that it gets. */
export class WriterProcess {
	readonly acknowledged: Acknowledgement[] = [];
	readonly #child: ChildProcessByStdio<Writable, Readable, null>;
	readonly #heard: WriterMessage[] = [];
	readonly #waiting = new Set<() => void>();
	/** Resolves when it is gone, and all that it said was heard. */
	readonly gone: Promise<void>;
	#isGone = false;

	/** Starts the process; it loads and waits. */
	constructor(folder: string, run: number) {
		this.#child = spawn(process.execPath, [PROGRAM, folder, `${run}`], { stdio: ["pipe", "pipe", "inherit"] });
		// A killed process does not read what it is told.
		this.#child.stdin.on("error", () => undefined);
		const lines = createInterface({ input: this.#child.stdout });
		lines.on("line", (line) => this.#hear(decodeMessage(line)));
		const exited = new Promise<void>((resolve, reject) => {
			this.#child.once("exit", () => resolve());
			this.#child.once("error", reject);
		});
		const read = new Promise<void>((resolve) => lines.once("close", resolve));
		this.gone = Promise.all([exited, read]).then(() => undefined);
		const tell = () => {
			this.#isGone = true;
			this.#tell();
		};
		this.gone.then(tell, tell);
	}

	get pid(): number | undefined {
		return this.#child.pid;
	}

	/** How many of its rows were acknowledged. */
	get rows(): number {
		return this.acknowledged.reduce((sum, { ids }) => sum + ids.length, 0);
	}

	/** Whether it was SIGKILL that ended it. */
	get wasKilled(): boolean {
		return this.#child.signalCode === "SIGKILL";
	}

	/** What went wrong in it, if anything did. */
	get failure(): string | undefined {
		return this.#heard.flatMap((message) => (message.kind === "failed" ? [message.problem] : []))[0];
	}

	heard(kind: WriterMessage["kind"]): boolean {
		return this.#heard.some((message) => message.kind === kind);
	}

	/** Lets it open its writer and put rows. */
	begin(): void {
		this.#child.stdin.write("begin\n");
	}

	/** Asks it to close its writer. */
	end(): void {
		this.#child.stdin.write("end\n");
	}

	/** Lets one that has nothing left to do exit, and resolves when it is gone. */
	dismiss(): Promise<void> {
		this.#child.stdin.end();
		return this.gone;
	}

	/** Freezes it where it stands. */
	pause(): void {
		this.#child.kill("SIGSTOP");
	}

	resume(): void {
		this.#child.kill("SIGCONT");
	}

	/** Kills it with SIGKILL; resolves when it is gone and all that it said was heard. */
	kill(): Promise<void> {
		this.#child.kill("SIGKILL");
		return this.gone;
	}

	/**
	 * Resolves once this is true of it.
	 *
	 * @throws Error when it failed, or is gone, before.
	 */
	async until(what: string, isTrue: (writer: WriterProcess) => boolean): Promise<void> {
		while (!isTrue(this)) {
			if (this.failure !== undefined) throw new Error(`the writer failed before ${what}: ${this.failure}`);
			if (this.#isGone) throw new Error(`the writer ended before ${what}`);
			await new Promise<void>((resolve) => this.#waiting.add(resolve));
		}
	}

	#hear(message: WriterMessage): void {
		this.#heard.push(message);
		if (message.kind === "acknowledged") {
			const { entryPosition, firstId, rows } = message;
			this.acknowledged.push({ entryPosition, ids: Array.from({ length: rows }, (_, i) => firstId + i) });
		}
		this.#tell();
	}

	#tell(): void {
		for (const wake of this.#waiting) wake();
		this.#waiting.clear();
	}
}
