import { ShardWriter } from "@memwal/wal-core";
import { isWalError, realClock, throwIfAborted } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import { Schema } from "apache-arrow";
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
	#first: bigint | undefined;
	#last: bigint | undefined;
	#writer: ShardWriter | undefined;

	constructor(options: AppendRunOptions) {
		this.#options = options;
	}

	/** Whether an epoch was claimed. */
	get opened(): boolean {
		return this.#writer !== undefined;
	}

	/** The position that an entry in doubt has, if there is one. */
	get nextPosition(): bigint {
		return this.#writer?.stats().nextEntryPosition ?? 1n;
	}

	get summary(): AppendSummary {
		return {
			shardId: this.#writer?.shardId ?? null,
			epoch: this.#writer ? String(this.#writer.writerEpoch) : null,
			rows: this.#rows,
			entries: this.#ackMs.length,
			bytes: this.#bytes,
			firstPosition: positionText(this.#first),
			lastPosition: positionText(this.#last),
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
		const { signal } = this.#options;
		try {
			let entry = await nextEntry(entries);
			if (!entry) return;
			const writer = await this.#open(entry);
			while (entry) {
				throwIfAborted(signal);
				const next = nextEntry(entries);
				const [put] = await Promise.allSettled([this.#put(writer, entry), next]);
				if (put.status === "rejected") throw put.reason;
				entry = await next;
			}
			await writer.close();
		} catch (error) {
			// Closing would go on with an entry in doubt for as long again as the put did.
			await this.#writer?.abort();
			throw error;
		} finally {
			await entries.return();
		}
	}

	/** Nothing is read back here, so no row is kept longer than it takes to write it. */
	async #open({ batches: [first] }: EntryRows): Promise<ShardWriter> {
		const { store, shard, signal } = this.#options;
		const schema = first?.schema ?? new Schema([]);
		this.#writer = await ShardWriter.open({ store, shard, schema, mode: "wal-only", signal });
		return this.#writer;
	}

	async #put(writer: ShardWriter, { batches, progress }: EntryRows): Promise<void> {
		const startedMs = realClock.monotonicMs();
		const { rows, bytes, entryPosition } = await writer.put(batches);
		this.#ackMs.push(realClock.monotonicMs() - startedMs);
		this.#rows += rows;
		this.#bytes += bytes;
		this.#first ??= entryPosition;
		this.#last = entryPosition;
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

function positionText(entryPosition: bigint | undefined): string | null {
	return entryPosition === undefined ? null : String(entryPosition);
}

function rounded(value: number): number {
	return Math.round(value * 1_000) / 1_000;
}
