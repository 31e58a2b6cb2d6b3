import { type Clock, isWalError, WalError, withOutcome } from "@memwal/wal-runtime";
import { createOnce, type StoredObject } from "@memwal/wal-store";
import type { RecordBatch, Schema } from "apache-arrow";
import type { AppendOptions, AppendResult, OpenAppenderOptions } from "./appender-options.ts";
import { asWalError } from "./as-wal-error.ts";
import type { CoreObserver } from "./core-events.ts";
import { DEFAULTS } from "./defaults.ts";
import { encodeEntry } from "./encode-entry.ts";
import { MAX_ENTRY_POSITION, requireEntryPosition } from "./entry-position.ts";
import { type EntryToAppend, entryToAppend } from "./entry-to-append.ts";
import { sameSchema } from "./field-difference.ts";
import { type PendingEntry, pendingEntry } from "./pending-entry.ts";
import { poisonedError } from "./poisoned-error.ts";
import { openShardContext, type ShardContext } from "./shard-context.ts";
import type { ShardId } from "./shard-id.ts";
import { ShardManifestStore } from "./shard-manifest-store.ts";
import { entryKey } from "./shard-paths.ts";
import { fullError, publishLastSeen, type TakenOver, type TakeOverOptions, takeOver } from "./take-over.ts";
import { earlierEntry } from "./taken-slot.ts";
import { TurnQueue } from "./turn-queue.ts";
import { highest } from "./u64.ts";

/**
 * Appends entries to one shard, as its only writer: what `append` resolved is in the log, once, at the position it
 * said, and every reader and successor sees it.
 *
 * Appends are made one at a time, in the order of the calls. A newer writer fences this one; it then fails with
 * `WAL_FENCED` and never acknowledges again.
 *
 * @example
 * ```ts
 * const appender = await WalAppender.open({ store: await openStore("file:./data") });
 * const { entryPosition } = await appender.append([batch]);
 * await appender.close();
 * ```
 */
export class WalAppender implements AsyncDisposable {
	readonly shardId: ShardId;
	/** The name that the shard was asked for by; `undefined` where that was a UUID. */
	readonly shardName: string | undefined;
	readonly writerEpoch: bigint;
	readonly #context: ShardContext<ShardManifestStore>;
	readonly #persistDeadlineMs: number;
	readonly #turns = new TurnQueue();
	/** Ends what nobody waits for. */
	readonly #aborting = new AbortController();
	#next: bigint;
	#lastSchema: Schema | undefined;
	#published: bigint;
	#publishing: Promise<void> | undefined;
	/** The one entry whose fate is unknown: nothing else is written before it is settled. */
	#inDoubt: PendingEntry | undefined;
	/** The first terminal error. */
	#stopped: WalError | undefined;
	#closing: Promise<void> | undefined;

	private constructor(
		context: ShardContext<ShardManifestStore>,
		epoch: bigint,
		next: bigint,
		persistDeadlineMs: number,
	) {
		this.shardId = context.manifests.shardId;
		this.shardName = context.manifests.shardName;
		this.writerEpoch = epoch;
		this.#context = context;
		this.#next = next;
		this.#published = next - 1n;
		this.#persistDeadlineMs = persistDeadlineMs;
	}

	/**
	 * Claims the shard's next epoch, fences every earlier writer, and only then resolves. A shard that does not exist is
	 * created.
	 *
	 * Do not reopen in a loop after `WAL_FENCED`: two writers that do so fence each other for ever.
	 *
	 * @throws `WAL_SEALED`, `WAL_CORRUPT`, `WAL_GAP` before anybody is fenced; `WAL_FENCED` when another opener won;
	 * `WAL_UNAVAILABLE` or `WAL_TIMEOUT` when the store was away for too long.
	 */
	static async open(options: OpenAppenderOptions): Promise<WalAppender> {
		const { persistDeadlineMs = DEFAULTS.persistDeadlineMs, shardSpecId, claim, signal } = options;
		if (!(persistDeadlineMs >= 0))
			throw new RangeError(`persistDeadlineMs must be 0 or more, not ${persistDeadlineMs}`);
		const context = await openShardContext(options, ShardManifestStore);
		const taken = await takeOver(context, { claim, shardSpecId, persistDeadlineMs, signal });
		return WalAppender.start(context, taken, { persistDeadlineMs, signal });
	}

	/**
	 * Begins to write a shard that was taken over; publishes where its log ends.
	 *
	 * @internal
	 */
	static async start(
		context: ShardContext<ShardManifestStore>,
		{ epoch, nextEntryPosition, manifest }: TakenOver,
		{ persistDeadlineMs, signal }: Pick<TakeOverOptions, "persistDeadlineMs" | "signal">,
	): Promise<WalAppender> {
		const lastWritten = nextEntryPosition - 1n;
		if (lastWritten > manifest.lastSeenEntryPosition) await publishLastSeen(context, epoch, lastWritten, signal);
		return new WalAppender(context, epoch, nextEntryPosition, persistDeadlineMs);
	}

	/** What it measures time by. */
	get clock(): Clock {
		return this.#context.clock;
	}

	/** Whoever hears what it does. */
	get observer(): CoreObserver | undefined {
		return this.#context.observer;
	}

	/** Where the next entry goes, as far as is known now. */
	get nextEntryPosition(): bigint {
		return this.#next;
	}

	/**
	 * Resolves when the batches are durable, as one entry. The batches must not change until it settles.
	 *
	 * @throws `WAL_INVALID` for batches that may not be written: an empty list, a batch without rows, differing fields.
	 * `WAL_FENCED` when a newer writer took over, then `WAL_POISONED` or `WAL_FENCED` for ever. `WAL_TIMEOUT` and the
	 * like carry an `outcome`: after `not-written` the call may be repeated; after `unknown` call {@link settle} first,
	 * since the next append would.
	 */
	append(batches: readonly RecordBatch[], options: AppendOptions = {}): Promise<AppendResult> {
		// Not an async function: a promise less that a lone client's put waits for.
		try {
			const entry = entryToAppend(batches, options);
			this.#requireOpen();
			return this.#turns.run(() => this.#append(entry, options.signal), options.signal);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	/**
	 * Finds out what became of the append that ended as `unknown`, by going on with it: resolves with its result once it
	 * is durable, with `undefined` when nothing is in doubt. Until then no other entry is written.
	 *
	 * @throws as {@link append} does, always with the outcome `unknown`: it is that of the append that was asked about.
	 */
	async settle({ signal }: Pick<AppendOptions, "signal"> = {}): Promise<AppendResult | undefined> {
		try {
			this.#requireOpen();
			return await this.#turns.run(async () => {
				this.#requireUsable();
				return this.#settle(signal);
			}, signal);
		} catch (error) {
			throw withOutcome(error as WalError, "unknown");
		}
	}

	/**
	 * Resolves while this is the shard's newest writer, by reading the manifest now.
	 *
	 * @throws `WAL_FENCED` when it is not.
	 */
	async checkFenced({ signal }: Pick<AppendOptions, "signal"> = {}): Promise<void> {
		try {
			await this.#context.manifests.checkFenced(this.writerEpoch, { signal });
		} catch (error) {
			if (isWalError(error, "WAL_FENCED")) this.#stop(error);
			throw error;
		}
	}

	/**
	 * Makes the next append begin at `entryPosition`: for a caller that has read the log up to there itself.
	 *
	 * @throws RangeError for a slot below one that is written, `WAL_INTERNAL` while an entry is in doubt.
	 */
	seedNextPosition(entryPosition: bigint): void {
		if (this.#inDoubt) {
			throw new WalError("WAL_INTERNAL", `entry ${this.#next} of shard ${this.shardId} is in doubt; settle it first`, {
				details: { shard: this.shardId, entryPosition: this.#next },
			});
		}
		if (requireEntryPosition(entryPosition) < this.#next) {
			throw new RangeError(`entry ${this.#next} is the next; ${entryPosition} is written already`);
		}
		this.#next = entryPosition;
	}

	/**
	 * Waits for the appends that were called, and settles what is in doubt; then nothing is left running. The store stays
	 * open: it is the caller's.
	 *
	 * @throws what kept an entry in doubt from being settled.
	 */
	close(): Promise<void> {
		this.#closing ??= this.#close();
		return this.#closing;
	}

	/**
	 * Ends it without another request: an entry whose fate is unknown stays so. Resolves when what was under way has ended.
	 *
	 * An append under way is ended by its own signal.
	 */
	async abort(): Promise<void> {
		this.#stop(
			new WalError("WAL_CLOSED", `the appender of shard ${this.shardId} was aborted`, {
				details: { shard: this.shardId },
			}),
		);
		this.#aborting.abort(this.#stopped);
		await this.close();
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}

	async #close(): Promise<void> {
		try {
			await this.#turns.run(async () => {
				if (!this.#stopped) await this.#settle(undefined);
			});
		} finally {
			this.#inDoubt?.encoded.release();
			this.#inDoubt = undefined;
			await this.#publishing;
		}
	}

	/**
	 * The schema of the entry before, where this one says the same: apache-arrow gives each batch a schema of its own, and
	 * the codec would have to learn each anew.
	 */
	#known(schema: Schema): Schema {
		const last = this.#lastSchema;
		if (last && sameSchema(last, schema)) return last;
		this.#lastSchema = schema;
		return schema;
	}

	async #append(entry: EntryToAppend, signal: AbortSignal | undefined): Promise<AppendResult> {
		this.#requireUsable();
		await this.#settleBeforeNext(signal);
		const { codec, random, clock } = this.#context;
		const encoded = encodeEntry(codec, {
			schema: this.#known(entry.schema),
			batches: entry.batches,
			header: { writerEpoch: this.writerEpoch, generation: entry.generation, fenceSentinel: false },
			writeId: random.bytes(16),
			isChecked: entry.isChecked,
		});
		return await this.#persist(pendingEntry(encoded, entry, this.#next, clock.monotonicMs()), signal);
	}

	/** Goes on with an entry until its fate is known, slot by slot. */
	async #persist(pending: PendingEntry, signal: AbortSignal | undefined): Promise<AppendResult> {
		const { store, clock, random, observer } = this.#context;
		const { encoded } = pending;
		for (;;) {
			try {
				if (pending.entryPosition > MAX_ENTRY_POSITION) throw fullError(this.shardId);
				const created = await createOnce(store, entryKey(this.shardId, pending.entryPosition), encoded.pieces, {
					clock,
					random,
					deadlineMs: this.#persistDeadlineMs,
					crc32: encoded.crc32,
					signal,
					inDoubt: pending.slotInDoubt,
					onAttempt: () => {
						pending.attempts++;
					},
				});
				if (created.result === "written") return this.#acknowledge(pending);
				pending.everInDoubt ||= created.inDoubt;
				this.#requireLostSentinel(created.existing, pending);
			} catch (error) {
				throw this.#failed(pending, error);
			}
			const from = pending.entryPosition;
			pending.entryPosition = from + 1n;
			pending.slotInDoubt = false;
			observer?.({ type: "entry.moved", shard: this.shardId, from, to: pending.entryPosition });
		}
	}

	#acknowledge({ encoded, batches, rows, startedMs, entryPosition, attempts }: PendingEntry): AppendResult {
		const { clock, observer } = this.#context;
		const bytes = encoded.byteLength;
		encoded.release();
		this.#next = highest(this.#next, entryPosition + 1n);
		observer?.({
			type: "entry.appended",
			shard: this.shardId,
			entryPosition,
			rows,
			bytes,
			attempts,
			durationMs: clock.monotonicMs() - startedMs,
		});
		this.#publish(entryPosition);
		return { shardId: this.shardId, entryPosition, batches, rows, bytes, attempts };
	}

	/**
	 * Decides what a slot that holds another writer's entry means.
	 *
	 * A sentinel of a lower epoch is that of an opener who lost: it took the slot, and nothing else happened. Anything
	 * else ends this writer.
	 */
	#requireLostSentinel(existing: StoredObject, { entryPosition }: PendingEntry): void {
		const { shardId: shard, writerEpoch } = this;
		const earlier = earlierEntry(existing, { shardId: shard, entryPosition }, writerEpoch, this.#context.codec);
		if (earlier.rows === 0) return;
		throw new WalError(
			"WAL_CONFLICT",
			`entry ${entryPosition} of shard ${shard} holds rows of epoch ${earlier.writerEpoch}, written after epoch ${writerEpoch} took over; open again to read them first`,
			{ details: { shard, entryPosition }, outcome: "not-written" },
		);
	}

	/** What the caller is told; an entry whose fate is unknown is kept, and every other one ends here. */
	#failed(pending: PendingEntry, error: unknown): WalError {
		const failure = asWalError(error, "an append");
		const terminal = !TRANSIENT_KINDS.has(failure.kind);
		const outcome = pending.everInDoubt || failure.outcome === "unknown" ? "unknown" : "not-written";
		const told = withOutcome(failure, outcome);
		if (terminal) {
			this.#stop(told);
		} else if (outcome === "unknown") {
			pending.slotInDoubt ||= failure.outcome === "unknown";
			pending.everInDoubt = true;
			this.#inDoubt = pending;
			const { entryPosition } = pending;
			this.#context.observer?.({ type: "entry.in-doubt", shard: this.shardId, entryPosition, error: told });
			return told;
		}
		pending.encoded.release();
		return told;
	}

	async #settle(signal: AbortSignal | undefined): Promise<AppendResult | undefined> {
		const pending = this.#inDoubt;
		if (!pending) return undefined;
		this.#inDoubt = undefined;
		return this.#persist(pending, signal);
	}

	/** The rows of the append that had to wait for this are in no entry yet, whatever the error says of the earlier ones. */
	async #settleBeforeNext(signal: AbortSignal | undefined): Promise<void> {
		try {
			await this.#settle(signal);
		} catch (error) {
			throw withOutcome(error as WalError, "not-written");
		}
	}

	#publish(entryPosition: bigint): void {
		// One at a time: another would only queue behind one that the store holds up, and close would wait for all.
		if (this.#publishing || entryPosition - this.#published < DEFAULTS.publishEveryEntries) return;
		this.#published = entryPosition;
		this.#publishing = publishLastSeen(this.#context, this.writerEpoch, entryPosition, this.#aborting.signal)
			.catch((error: WalError) => this.#stop(error))
			.finally(() => {
				this.#publishing = undefined;
			});
	}

	#stop(error: WalError): void {
		if (this.#stopped) return;
		this.#stopped = error;
		this.#context.observer?.({ type: "writer.stopped", shard: this.shardId, error });
	}

	#requireOpen(): void {
		if (!this.#closing) return;
		throw new WalError("WAL_CLOSED", `the appender of shard ${this.shardId} is closed`, {
			details: { shard: this.shardId },
			outcome: "not-written",
		});
	}

	#requireUsable(): void {
		if (this.#stopped) throw poisonedError(this.#stopped, `the appender of shard ${this.shardId}`, this.shardId);
	}
}

/** Errors after which the same writer may go on: the store was away, or the caller lost patience. */
const TRANSIENT_KINDS: ReadonlySet<string> = new Set(["unavailable", "aborted"]);
