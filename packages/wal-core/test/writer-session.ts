import { isWalError, type Random, type WalError, type WriteOutcome } from "@memwal/wal-runtime";
import type { ManualClock } from "@memwal/wal-runtime/testing";
import type { OpenWriterOptions } from "../src/open-writer.ts";
import type { PutAck } from "../src/put-queue.ts";
import type { CloseWriterOptions, ShardWriter } from "../src/shard-writer.ts";
import type { KillableProcess } from "./killable-process.ts";
import type { RecordingSink } from "./recording-sink.ts";
import { batchOf, idsOf } from "./test-log.ts";

/** One put, and what its caller was told; moments are numbers that grow from call to call. */
export interface ToldPut {
	/** Ids of its rows, batch by batch. */
	readonly batches: readonly (readonly number[])[];
	readonly epoch: bigint;
	readonly calledAt: number;
	settledAt?: number;
	settledAtMs?: number;
	/** Nothing while it waits. `accepted`: it can be read, and is not in the log yet. */
	told?: WriteOutcome | "accepted";
	/** Whether a flush or the closing of the writer has said that it is in the log. */
	flushed: boolean;
	entryPosition?: bigint | undefined;
	batchStart?: number;
}

/** What a reader was given. */
export interface SeenRows {
	readonly epoch: bigint;
	readonly calledAt: number;
	readonly atMs: number;
	readonly ids: readonly number[];
	/** The last position that the sink had. */
	readonly sunk: bigint;
}

/** What is known of a writer that was opened. */
export interface OpenedWriter {
	readonly epoch: bigint;
	readonly mode: "memtable" | "wal-only";
	readonly durability: "durable" | "deferred";
	readonly sinks: boolean;
	/** Right after it was opened. */
	readonly nextEntryPosition: bigint;
	readonly durableBatches: number;
	/** When it was known to have ended, and anything later must fail. */
	endedAt?: number;
	/** Whether it was told of a newer writer. */
	fenced: boolean;
	/** Entries that it says it has written, where it was closed without an error. */
	entries?: number;
	/** Puts that it says it held back, where it was closed. */
	heldBack?: number;
}

/** Where sessions write down what happened. */
export interface Journal {
	readonly puts: ToldPut[];
	readonly reads: SeenRows[];
	readonly flaws: string[];
	readonly background: Promise<unknown>[];
	/** A number that grows. */
	moment(): number;
	nextId(): number;
}

export interface SessionOptions {
	readonly process: KillableProcess;
	readonly writer: ShardWriter;
	readonly opened: OpenedWriter;
	readonly limits: NonNullable<OpenWriterOptions["limits"]>;
	readonly clock: ManualClock;
	readonly random: Random;
	readonly sink: RecordingSink;
	readonly journal: Journal;
}

/** Errors that faults, fences and the caller's own impatience explain. */
const EXPECTED_KINDS: ReadonlySet<string> = new Set(["unavailable", "fenced", "aborted", "closed"]);

/** One writer in use: whatever a program may do with it, by chance. */
export class WriterSession {
	readonly #options: SessionOptions;
	#ended = false;
	#aborted = false;
	#pending = 0;

	constructor(options: SessionOptions) {
		this.#options = options;
	}

	/** Calls that have not settled; those of the dead never will. */
	get pending(): number {
		return this.#options.process.isDead ? 0 : this.#pending;
	}

	/** Whether it makes sense to go on with it. */
	get isUsable(): boolean {
		return !this.#ended && !this.#options.process.isDead;
	}

	/** Does one thing, and waits for it or not; returns how many puts it took. */
	async act(): Promise<number> {
		const { random, clock, journal } = this.#options;
		const chance = random.float();
		if (chance < 0.1) return this.#unlessDead(this.#flush(), 0);
		if (chance < 0.14) return this.#unlessDead(this.#checkFenced(), 0);
		if (chance < 0.3) {
			this.read();
			return 0;
		}
		if (chance < 0.36) {
			await clock.sleep(random.float() * 300);
			return 0;
		}
		const burst = random.float() < 0.4 ? 1 + Math.floor(random.float() * 6) : 1;
		const puts = Array.from({ length: burst }, () => this.#put());
		// What is on its way must not be seen.
		if (random.float() < 0.3) journal.background.push(clock.sleep(random.float() * 25).then(() => this.read()));
		if (random.float() < 0.75) return this.#unlessDead(Promise.all(puts), burst);
		await clock.sleep(random.float() * 20);
		return burst;
	}

	/** Ends it in an orderly way. */
	async close(options?: CloseWriterOptions): Promise<void> {
		const { journal, writer, opened } = this.#options;
		const called = journal.moment();
		this.#ended = true;
		opened.endedAt ??= called;
		await this.#unlessDead(
			this.#settled(async () => {
				await writer.close(options);
				if (this.#aborted) return;
				this.#mustBeWritten(called);
				const { waitingBytes, sinking, entries } = writer.stats();
				opened.entries = entries.count;
				if (waitingBytes > 0 || sinking > 0) this.#flaw(`closed with ${waitingBytes} bytes and ${sinking} memtables`);
			}),
			undefined,
		);
		if (this.#options.process.isDead) return;
		opened.heldBack = writer.stats().heldBack;
		this.#nothingIsLeft();
	}

	async abort(): Promise<void> {
		const { journal, writer, opened } = this.#options;
		this.#ended = true;
		this.#aborted = true;
		opened.endedAt ??= journal.moment();
		await this.#unlessDead(
			this.#settled(() => writer.abort()),
			undefined,
		);
		if (!this.#options.process.isDead) this.#nothingIsLeft();
	}

	#nothingIsLeft(): void {
		const { writer, process } = this.#options;
		const { waitingBytes } = writer.stats();
		if (waitingBytes !== 0) this.#flaw(`${waitingBytes} bytes wait after the end`);
		if (process.timers !== 0) this.#flaw(`${process.timers} timers are at work after the end`);
	}

	kill(): void {
		this.#ended = true;
		this.#options.process.kill();
	}

	/** Reads all rows, and one of them by its id. */
	read(): void {
		const { writer, journal, sink, opened, random, clock } = this.#options;
		if (!this.isUsable || opened.mode === "wal-only") return;
		const calledAt = journal.moment();
		const [atMs, sunk] = [clock.now(), sink.lastPosition];
		const probe = Math.floor(random.float() * (journal.puts.at(-1)?.batches.flat().at(-1) ?? 0));
		const found = writer.get("id", probe);
		found.catch(() => undefined);
		this.#settled(async () => {
			const ids: number[] = [];
			for await (const batch of writer.scan()) ids.push(...idsOf([batch]));
			journal.reads.push({ epoch: opened.epoch, calledAt, atMs, ids, sunk });
			const got = idsOf(await found);
			if (`${got}` !== `${ids.filter((id) => id === probe)}`) this.#flaw(`row ${probe} by its id is ${got}`);
		});
	}

	async #put(): Promise<void> {
		const { writer, journal, random, opened, clock } = this.#options;
		// Where the writer's own steps are a few promises long, every one of them is a moment to put.
		for (let turns = Math.floor(random.float() * 8); turns > 0; turns--) await undefined;
		if (!this.isUsable) return;
		const batches = Array.from({ length: 1 + Math.floor(random.float() ** 3 * 3) }, () =>
			Array.from({ length: 1 + Math.floor(random.float() ** 2 * 3) }, () => journal.nextId()),
		);
		const put: ToldPut = { batches, epoch: opened.epoch, calledAt: journal.moment(), flushed: false };
		journal.puts.push(put);
		const arrow = batches.map((ids) => batchOf(...ids));
		const chance = random.float();
		await this.#told(put, () => {
			if (chance < 0.2) {
				const { batchPositions, durable } = writer.putNoWait(arrow);
				put.batchStart = batchPositions.start;
				return durable;
			}
			if (chance > 0.3) return writer.put(arrow);
			const patience = new AbortController();
			if (chance < 0.21) patience.abort();
			else journal.background.push(clock.sleep(random.float() * 40).then(() => patience.abort()));
			return writer.put(arrow, { signal: patience.signal });
		});
	}

	async #told(put: ToldPut, call: () => Promise<PutAck>): Promise<void> {
		const { journal, writer, opened, limits, random, clock } = this.#options;
		try {
			const ack = await this.#counted(call);
			put.settledAt = journal.moment();
			put.settledAtMs = clock.now();
			put.entryPosition = ack.entryPosition;
			put.told = ack.entryPosition === undefined ? "accepted" : "written";
			const { start, end } = ack.batchPositions;
			if (put.batchStart !== undefined && put.batchStart !== start)
				this.#flaw(`batch ${put.batchStart} became ${start}`);
			put.batchStart = start;
			if (end - start !== put.batches.length) this.#flaw(`${put.batches.length} batches are [${start}, ${end})`);
			if (ack.rows !== put.batches.flat().length) this.#flaw(`${put.batches.flat().length} rows became ${ack.rows}`);
			// What was acknowledged must be seen at once.
			if (random.float() < 0.1) this.read();
			if (put.told === "written" && writer.stats().durableBatches < end) this.#flaw(`batch ${end - 1} is not durable`);
		} catch (error) {
			if (this.#options.process.isDead) return;
			put.settledAt = journal.moment();
			const tooLarge = put.batches.length > (limits.maxMemtableBatches ?? Infinity);
			const explained = tooLarge && isWalError(error, "WAL_INVALID");
			put.told = (error as WalError).outcome ?? "unknown";
			if (!explained) this.#expect(error);
			if (isWalError(error) && error.outcome === undefined) this.#flaw(`no outcome: ${error}`);
		}
		if (put.told !== "not-written" && opened.endedAt !== undefined && opened.endedAt < put.calledAt)
			this.#flaw(`a put after the end was told ${put.told}`);
	}

	async #flush(): Promise<void> {
		const { writer, journal, random, clock } = this.#options;
		const called = journal.moment();
		const patience = new AbortController();
		if (random.float() < 0.3) {
			journal.background.push(clock.sleep(random.float() * 40).then(() => patience.abort()));
		}
		await this.#settled(async () => {
			await writer.flush({ signal: patience.signal });
			this.#mustBeWritten(called);
		});
	}

	async #checkFenced(): Promise<void> {
		await this.#settled(() => this.#options.writer.checkFenced());
	}

	/** Everything that was put before is in the log now, but for what was given up or refused. */
	#mustBeWritten(before: number): void {
		const { journal, opened } = this.#options;
		for (const put of journal.puts) {
			if (put.epoch !== opened.epoch || put.calledAt > before) continue;
			put.flushed = put.told !== "not-written" && put.told !== "unknown";
		}
	}

	/** Runs a call to its end, and writes down what nothing explains. */
	async #settled(call: () => Promise<unknown>): Promise<void> {
		try {
			await this.#counted(call);
		} catch (error) {
			if (!this.#options.process.isDead) this.#expect(error);
		}
	}

	async #counted<T>(call: () => Promise<T>): Promise<T> {
		this.#pending++;
		try {
			return await call();
		} finally {
			this.#pending--;
		}
	}

	#expect(error: unknown): void {
		const { opened, journal } = this.#options;
		// A fence or a poison, once told, is for ever.
		if (isWalError(error, "WAL_FENCED") || isWalError(error, "WAL_POISONED")) {
			this.#ended = true;
			opened.fenced ||= error.code === "WAL_FENCED";
			opened.endedAt ??= journal.moment();
		}
		if (!isExpected(error)) this.#flaw(`unexpected: ${(error as Error).stack}`);
	}

	async #unlessDead<T>(call: Promise<unknown>, value: T): Promise<T> {
		await this.#options.process.await(call);
		return value;
	}

	#flaw(text: string): void {
		this.#options.journal.flaws.push(`epoch ${this.#options.opened.epoch}: ${text}`);
	}
}

export function isExpected(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	if (/the sink|the index broke/.test(`${error.message} ${(error.cause as Error | undefined)?.message}`)) return true;
	return isWalError(error) && EXPECTED_KINDS.has(error.kind);
}
