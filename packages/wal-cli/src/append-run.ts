import { type AppendResult, WalAppender } from "@memwal/wal-core";
import { isWalError, realClock, throwIfAborted } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import type { EntryRows } from "./entry-cutter.ts";
import { percentile } from "./latencies.ts";

export interface AppendRunOptions {
	readonly store: ObjectStore;
	readonly shard: string;
	/** Ends the run between two entries: what is on its way is waited for, so that its outcome is known. */
	readonly signal: AbortSignal;
	/** Told after every entry that is durable. */
	readonly onDurable?: ((rows: number, progress: number | undefined) => void) | undefined;
}

/** What a run has made durable so far; positions and epoch are decimal strings, since JSON readers may round numbers. */
export interface AppendSummary {
	readonly shardId: string | null;
	readonly epoch: string | null;
	readonly rows: number;
	readonly entries: number;
	readonly bytes: number;
	readonly firstPosition: string | null;
	readonly lastPosition: string | null;
	readonly seconds: number;
	readonly ackMs: { readonly p50: number; readonly p99: number };
}

/** Appends entries one after the other, reading the next while one is written, and remembers what is durable. */
export class AppendRun {
	readonly #options: AppendRunOptions;
	readonly #startedMs = realClock.monotonicMs();
	readonly #ackMs: number[] = [];
	#rows = 0;
	#bytes = 0;
	#first: AppendResult | undefined;
	#last: AppendResult | undefined;
	#appender: WalAppender | undefined;

	constructor(options: AppendRunOptions) {
		this.#options = options;
	}

	/** Whether an epoch was claimed. */
	get opened(): boolean {
		return this.#appender !== undefined;
	}

	/** The position that an entry in doubt has, if there is one. */
	get nextPosition(): bigint {
		return this.#appender?.nextEntryPosition ?? 1n;
	}

	get summary(): AppendSummary {
		return {
			shardId: this.#appender?.shardId ?? null,
			epoch: this.#appender ? String(this.#appender.writerEpoch) : null,
			rows: this.#rows,
			entries: this.#ackMs.length,
			bytes: this.#bytes,
			firstPosition: this.#first ? String(this.#first.entryPosition) : null,
			lastPosition: this.#last ? String(this.#last.entryPosition) : null,
			seconds: rounded((realClock.monotonicMs() - this.#startedMs) / 1_000),
			ackMs: { p50: rounded(percentile(this.#ackMs, 0.5)), p99: rounded(percentile(this.#ackMs, 0.99)) },
		};
	}

	/**
	 * Resolves when all entries are durable. Without entries nothing is claimed.
	 *
	 * The first entry is read before the claim: an input that is bad from the start fences nobody.
	 */
	async appendAll(entries: AsyncGenerator<EntryRows, void>): Promise<void> {
		const { store, shard, signal } = this.#options;
		let failure: unknown;
		try {
			let entry = await nextEntry(entries);
			if (entry) this.#appender = await WalAppender.open({ store, shard, signal });
			while (entry && this.#appender) {
				throwIfAborted(signal);
				const [appended, next] = await Promise.allSettled([this.#append(this.#appender, entry), nextEntry(entries)]);
				if (appended.status === "rejected") throw appended.reason;
				if (next.status === "rejected") throw next.reason;
				entry = next.value;
			}
		} catch (error) {
			failure = error;
			throw error;
		} finally {
			// Closing would go on with an entry in doubt for as long again as the append did.
			if (!isInDoubt(failure)) await this.#appender?.close();
			await entries.return();
		}
	}

	async #append(appender: WalAppender, { batches, progress }: EntryRows): Promise<void> {
		const startedMs = realClock.monotonicMs();
		const result = await appender.append(batches);
		this.#ackMs.push(realClock.monotonicMs() - startedMs);
		this.#rows += result.rows;
		this.#bytes += result.bytes;
		this.#first ??= result;
		this.#last = result;
		this.#options.onDurable?.(this.#rows, progress);
	}
}

/** Whether an entry may or may not be in the log. */
export function isInDoubt(error: unknown): boolean {
	return isWalError(error) && error.outcome === "unknown";
}

async function nextEntry(entries: AsyncGenerator<EntryRows, void>): Promise<EntryRows | undefined> {
	const { done, value } = await entries.next();
	return done ? undefined : value;
}

function rounded(value: number): number {
	return Math.round(value * 1_000) / 1_000;
}
