import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { realClock, WalError } from "@memwal/wal-runtime";
import type { RowLookups } from "./row-lookup.ts";
import type { WriterOrder, WriterReport, WriterTask } from "./writer-protocol.ts";

/** An entry that a writer was told is durable. */
export interface AcknowledgedEntry {
	readonly epoch: bigint;
	readonly entryPosition: bigint;
	readonly rows: number;
	/** How long the writer waited to hear it. */
	readonly ackMs: number;
	/** When the parent heard of it, on its own clock. */
	readonly heardAtMs: number;
}

/** A writer process, seen from the parent. Must be killed or ended. */
export class DemoWriter {
	readonly acknowledged: AcknowledgedEntry[] = [];
	readonly #child: ChildProcess;
	readonly #exited: Promise<void>;
	readonly #waiting = new Set<() => void>();
	#ready = false;
	#claim: { readonly epoch: bigint; readonly durableRows: number } | undefined;
	#end: Extract<WriterReport, { type: "finished" | "failed" }> | undefined;
	#lookups: RowLookups | undefined;
	#gone = false;
	#stderr = "";
	#rows = 0;

	constructor(task: WriterTask) {
		const file = fileURLToPath(new URL("./writer-process.js", import.meta.url));
		this.#child = fork(file, [JSON.stringify(task)], {
			stdio: ["ignore", "ignore", "pipe", "ipc"],
			serialization: "advanced",
			execArgv: [],
		});
		this.#child.stderr?.on("data", (text) => {
			this.#stderr = `${this.#stderr}${text}`.slice(-2_000);
		});
		this.#child.on("message", (report: WriterReport) => this.#hear(report));
		this.#exited = new Promise((resolve) => {
			const gone = () => {
				this.#gone = true;
				this.#wakeAll();
				resolve();
			};
			this.#child.once("exit", gone);
			this.#child.once("error", gone);
		});
	}

	get pid(): number {
		return this.#child.pid ?? 0;
	}

	get epoch(): bigint {
		return this.#claim?.epoch ?? 0n;
	}

	/** Rows that were in the log when this writer had claimed it. */
	get durableRows(): number {
		return this.#claim?.durableRows ?? 0;
	}

	/** Rows in the log as far as this writer has told. */
	get rowsSoFar(): number {
		return this.durableRows + this.#rows;
	}

	/** What it found by its index when it had written everything; `undefined` where the source has nothing to index. */
	get lookups(): RowLookups | undefined {
		return this.#lookups;
	}

	/** Why it stopped by itself; `undefined` while it has not. */
	get failure(): { readonly code: string | undefined; readonly message: string } | undefined {
		return this.#end?.type === "failed" ? this.#end : undefined;
	}

	async untilReady(): Promise<void> {
		await this.#until(() => this.#ready);
	}

	/** Claims the shard and begins to write. Resolves once the epoch is claimed and the durable rows are counted. */
	async claim(): Promise<void> {
		await this.untilReady();
		this.#order({ type: "claim" });
		await this.#until(() => this.#claim !== undefined);
		this.#requireNoFailure();
	}

	/** Resolves when at least that many rows are in the log, as this writer tells; goes on writing meanwhile. */
	async untilRows(rows: number, onProgress: (rows: number) => void): Promise<void> {
		await this.#until(() => {
			onProgress(this.rowsSoFar);
			if (this.rowsSoFar >= rows) return true;
			this.#order({ type: "confirmed", entries: this.acknowledged.length });
			return this.#end !== undefined;
		});
		this.#requireNoFailure();
	}

	/** Resolves when it has written everything, or has failed. */
	async untilEnd(onProgress: (rows: number) => void): Promise<void> {
		await this.#until(() => {
			onProgress(this.rowsSoFar);
			this.#order({ type: "confirmed", entries: this.acknowledged.length });
			return this.#end !== undefined;
		});
	}

	/** Stops the process where it stands, in the middle of whatever it does. */
	stop(): void {
		if (process.platform === "win32") this.#order({ type: "pause" });
		else this.#child.kill("SIGSTOP");
	}

	resume(): void {
		if (process.platform === "win32") this.#order({ type: "resume" });
		else this.#child.kill("SIGCONT");
	}

	/** Kills it, stopped or not. Resolves when it is gone. */
	async kill(): Promise<void> {
		this.killNow();
		await this.#exited;
	}

	killNow(): void {
		if (!this.#gone) this.#child.kill("SIGKILL");
	}

	/** Lets it end by itself. */
	async exit(): Promise<void> {
		this.#order({ type: "exit" });
		await this.#exited;
	}

	#hear(report: WriterReport): void {
		if (report.type === "ready") this.#ready = true;
		else if (report.type === "claimed") this.#claim = report;
		else if (report.type === "appended") {
			const { entryPosition, rows, ackMs } = report;
			this.acknowledged.push({ epoch: this.epoch, entryPosition, rows, ackMs, heardAtMs: realClock.monotonicMs() });
			this.#rows += report.rows;
		} else if (report.type === "looked-up") this.#lookups = report.lookups;
		else this.#end = report;
		this.#wakeAll();
	}

	#order(order: WriterOrder): void {
		if (this.#child.connected) this.#child.send(order);
	}

	async #until(condition: () => boolean): Promise<void> {
		while (!condition()) {
			if (this.#gone) {
				throw new WalError(
					"WAL_INTERNAL",
					`a writer of the demo ended unexpectedly: ${this.#stderr.trim() || "no message"}`,
				);
			}
			if (this.failure) return;
			await new Promise<void>((resolve) => this.#waiting.add(resolve));
		}
	}

	#wakeAll(): void {
		for (const wake of this.#waiting) wake();
		this.#waiting.clear();
	}

	#requireNoFailure(): void {
		const failure = this.failure;
		if (failure) {
			throw new WalError("WAL_INTERNAL", `a writer of the demo failed: ${failure.code ?? "error"}: ${failure.message}`);
		}
	}
}
