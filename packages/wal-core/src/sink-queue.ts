import { backoffMs, type Clock, isWalError, type Random, WalError } from "@memwal/wal-runtime";
import type { Schema } from "apache-arrow";
import type { CoreObserver } from "./core-events.ts";
import { DEFAULTS } from "./defaults.ts";
import type { Memtable } from "./memtable.ts";
import type { MemtableSink } from "./memtable-sink.ts";
import type { ShardManifestStore } from "./shard-manifest-store.ts";
import { successorOf } from "./successor.ts";
import { highest } from "./u64.ts";

export interface SinkQueueOptions {
	readonly sink: MemtableSink;
	readonly schema: Schema;
	readonly manifests: ShardManifestStore;
	readonly epoch: bigint;
	/** Where the first memtable begins: what the replay cursor had passed when the log was read. */
	readonly replayAfterEntryPosition: bigint;
	readonly clock: Clock;
	readonly random: Random;
	readonly observer: CoreObserver | undefined;
	/** Called when a memtable's rows are the sink's and the replay cursor has passed them. */
	readonly onSunk: (memtable: Memtable) => void;
	/** Called when a newer writer was found. */
	readonly onFenced: (error: WalError<"WAL_FENCED">) => void;
}

/**
 * Gives memtables to a sink in order, one at a time, and moves the replay cursor after each.
 *
 * A memtable that failed is offered again before any later one, so the cursor passes only what is safe, and all of it.
 */
export class SinkQueue {
	readonly #options: SinkQueueOptions;
	readonly #queue: Memtable[] = [];
	/** Tells the sink and the manifest store that nobody waits for them any more. */
	readonly #aborting = new AbortController();
	#state: "open" | "draining" | "ended" = "open";
	#running: Promise<void> | undefined;
	/** Ends the pause after a failure. */
	#pause: AbortController | undefined;
	/** What the sink has taken already, while the replay cursor is still on its way. */
	#written: Memtable | undefined;
	/** Where the next memtable begins. */
	#sunkUpTo: bigint;
	#progress: Progress | undefined;
	/** The newer writer's, where there is one. */
	#fence: WalError<"WAL_FENCED"> | undefined;
	/** What the sink threw when it failed for good. */
	#refusal: WalError | undefined;

	constructor(options: SinkQueueOptions) {
		this.#options = options;
		this.#sunkUpTo = options.replayAfterEntryPosition;
	}

	/** Memtables that wait or are on their way. */
	get length(): number {
		return this.#queue.length;
	}

	/** Why the sink is offered nothing any more, where it was the sink that failed for good. */
	get refusal(): WalError | undefined {
		return this.#refusal;
	}

	/** How its writer ended; `undefined` while it has not. */
	get ended(): WalError | undefined {
		return this.#fence ?? (this.#state === "ended" ? ended() : undefined);
	}

	/** Takes a memtable that is frozen and durable. */
	offer(memtable: Memtable): void {
		this.#queue.push(memtable);
		if (this.#state !== "ended" && !this.#refusal) this.#running ??= this.#run();
	}

	/**
	 * Resolves when the next memtable is sunk.
	 *
	 * @throws what the next attempt failed with; when no attempt will be made, `WAL_FENCED`, `WAL_CLOSED`, or what the sink
	 * failed with for good.
	 */
	next(): Promise<void> {
		if (!this.#running) return Promise.reject(this.ended ?? this.#refusal ?? ended());
		this.#progress ??= new Progress();
		return this.#progress.promise;
	}

	/**
	 * Resolves when every memtable is sunk.
	 *
	 * @throws what the next attempt fails with; then nothing is offered again.
	 */
	async drain(): Promise<void> {
		if (this.#state === "open") this.#state = "draining";
		this.#pause?.abort();
		while (this.#queue.length > 0) await this.next();
	}

	/** Begins no other memtable, and resolves when the one on its way has ended. */
	async end(): Promise<void> {
		this.#state = "ended";
		this.#pause?.abort();
		await this.#running;
	}

	/** As {@link end}, and tells the sink not to go on. */
	async abort(): Promise<void> {
		this.#aborting.abort(ended());
		await this.end();
	}

	async #run(): Promise<void> {
		const { clock, random, observer, manifests, onSunk, onFenced } = this.#options;
		for (let round = 0; this.#queue[0] && this.#state !== "ended"; ) {
			const memtable = this.#queue[0];
			try {
				await this.#sink(memtable);
				this.#queue.shift();
				round = 0;
				onSunk(memtable);
				this.#settleProgress();
			} catch (error) {
				if (this.#fence) this.#state = "ended";
				const offeredAgain = this.#state === "open" && !this.#refusal;
				const { generation } = memtable;
				observer?.({ type: "sink.failed", shard: manifests.shardId, generation, error, offeredAgain });
				this.#settleProgress(error);
				if (this.#fence) onFenced(this.#fence);
				if (!offeredAgain) break;
				this.#pause = new AbortController();
				const pauseMs = backoffMs(round++, random, DEFAULTS.sinkBackoff);
				await clock.sleep(pauseMs, { signal: this.#pause.signal }).catch(() => undefined);
			}
		}
		this.#running = undefined;
		this.#settleProgress(this.ended ?? ended());
	}

	async #sink(memtable: Memtable): Promise<void> {
		const { sink, schema, manifests, epoch, observer } = this.#options;
		const { signal } = this.#aborting;
		const { generation, lastEntryPosition } = memtable;
		const { shardId } = manifests;
		if (lastEntryPosition === undefined) return;
		if (this.#written !== memtable) {
			// A writer that was replaced while its sink was away leaves the rows to its successor.
			await this.#asOwner(manifests.checkFenced(epoch, { signal }));
			try {
				await sink.write({
					shardId,
					writerEpoch: epoch,
					generation,
					schema,
					afterEntryPosition: this.#sunkUpTo,
					entries: memtable.entries(),
					signal,
				});
			} catch (error) {
				if (cannotPass(error)) this.#refusal = error;
				throw error;
			}
			this.#written = memtable;
		}
		await this.#asOwner(
			manifests.commitUpdate(
				epoch,
				(current) =>
					successorOf(current, {
						replayAfterEntryPosition: highest(current.replayAfterEntryPosition, lastEntryPosition),
						currentGeneration: highest(current.currentGeneration, generation + 1n),
					}),
				{ signal },
			),
		);
		this.#written = undefined;
		this.#sunkUpTo = lastEntryPosition;
		observer?.({ type: "memtable.sunk", shard: shardId, generation, entryPosition: lastEntryPosition });
	}

	/** A fence is one where this shard's manifest says so: a sink may have been fenced in a log of its own. */
	async #asOwner(request: Promise<unknown>): Promise<void> {
		try {
			await request;
		} catch (error) {
			if (isWalError(error, "WAL_FENCED")) this.#fence = error;
			throw error;
		}
	}

	#settleProgress(error?: unknown): void {
		const progress = this.#progress;
		this.#progress = undefined;
		if (error === undefined) progress?.resolve();
		else progress?.reject(error);
	}
}

/** An abort only says that the sink lost patience. */
function cannotPass(error: unknown): error is WalError {
	return isWalError(error) && !error.retryable && error.code !== "WAL_ABORTED";
}

function ended(): WalError<"WAL_CLOSED"> {
	return new WalError("WAL_CLOSED", "the writer that offers memtables has ended");
}

class Progress {
	readonly promise: Promise<void>;
	resolve!: () => void;
	reject!: (error: unknown) => void;

	constructor() {
		this.promise = new Promise((resolve, reject) => {
			this.resolve = resolve;
			this.reject = reject;
		});
		this.promise.catch(() => undefined);
	}
}
