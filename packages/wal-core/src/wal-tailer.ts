import { getWhole } from "@memwal/wal-store";
import type { RecordBatch } from "apache-arrow";
import { DEFAULTS } from "./defaults.ts";
import { FIRST_ENTRY_POSITION, requireEntryPosition } from "./entry-position.ts";
import { findTip } from "./find-tip.ts";
import { ManifestReader } from "./manifest-reader.ts";
import { openShardContext, type ShardContext, type ShardOptions } from "./shard-context.ts";
import type { ShardId } from "./shard-id.ts";
import { entryKey } from "./shard-paths.ts";
import { tailEntries } from "./tail-entries.ts";
import { decodeWalEntry, type WalEntry } from "./wal-entry.ts";

export interface ReadEntryOptions {
	/** Only these columns, in this order. */
	readonly columns?: readonly string[] | undefined;
	readonly signal?: AbortSignal | undefined;
}

export interface TailOptions extends ReadEntryOptions {
	/** The first position to read. Default: the first that is not covered by the replay cursor. */
	readonly from?: bigint | undefined;
	/** At the tip, wait for what comes instead of ending; a signal then ends it. */
	readonly follow?: boolean | undefined;
	/** How many entries are fetched at the same time. */
	readonly concurrency?: number | undefined;
}

/**
 * Reads one shard, live or not, and never writes: any number of tailers disturb nobody.
 *
 * Entries come in the order of their positions, each whole, none twice and none left out: what is missing is an error.
 *
 * @example
 * ```ts
 * const tailer = await WalTailer.open({ store: await openStore("file:./data") });
 * for await (const entry of tailer.entries()) console.log(entry.entryPosition, entry.rows);
 * ```
 */
export class WalTailer {
	readonly shardId: ShardId;
	/** The name that the shard was asked for by; `undefined` where that was a UUID. */
	readonly shardName: string | undefined;
	readonly #context: ShardContext;
	#highestRead = 0n;

	private constructor(context: ShardContext) {
		this.shardId = context.manifests.shardId;
		this.shardName = context.manifests.shardName;
		this.#context = context;
	}

	/** Makes no request: a shard that does not exist yet reads as an empty one. */
	static async open(options: ShardOptions): Promise<WalTailer> {
		return new WalTailer(await openShardContext(options, ManifestReader));
	}

	/**
	 * The entry at one position, or `undefined` where there is none now: not yet, or no longer.
	 *
	 * @throws RangeError for a position that no entry can have, `WAL_CORRUPT` for a damaged entry, `WAL_UNAVAILABLE`
	 * when the request failed.
	 */
	async readEntry(entryPosition: bigint, { columns, signal }: ReadEntryOptions = {}): Promise<WalEntry | undefined> {
		const { store, codec } = this.#context;
		const { shardId } = this;
		const object = await getWhole(store, entryKey(shardId, requireEntryPosition(entryPosition)), { signal });
		if (!object) return undefined;
		const entry = decodeWalEntry(object, { shardId, entryPosition }, codec, { columns });
		if (entryPosition > this.#highestRead) this.#highestRead = entryPosition;
		return entry;
	}

	/** The first position that is in the log for certain, once it is written: everything below may have been collected. */
	async firstPosition({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<bigint> {
		const manifest = await this.#context.manifests.readLatest({ signal });
		return (manifest?.replayAfterEntryPosition ?? 0n) + FIRST_ENTRY_POSITION;
	}

	/**
	 * The tip: the first slot that nobody has written, which is where the next entry will be.
	 *
	 * @throws `WAL_GAP` when an entry below it is found to be missing.
	 */
	async nextPosition({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<bigint> {
		return findTip({ ...this.#context, hints: [this.#highestRead], signal });
	}

	/**
	 * Every entry from `from` on, sentinels included, in order; ends at the tip, or with `follow` waits there for more:
	 * only the signal ends that wait, since leaving a loop can be done between two entries only.
	 *
	 * @throws `WAL_COLLECTED` with the position to resume from when an entry was deleted before it was read, `WAL_GAP`
	 * when one is missing, `WAL_CORRUPT` for a damaged one; `WAL_ABORTED` when the signal ends it. A request that fails
	 * in a way that can pass is repeated for a while.
	 */
	async *entries(options: TailOptions = {}): AsyncGenerator<WalEntry, void, undefined> {
		const { columns, follow, concurrency = DEFAULTS.readConcurrency, signal } = options;
		if (!Number.isInteger(concurrency) || concurrency < 1) {
			throw new RangeError(`concurrency must be a whole number from 1 on, not ${concurrency}`);
		}
		const from = options.from === undefined ? undefined : requireEntryPosition(options.from);
		yield* tailEntries(this.#context, {
			from,
			atTip: follow ? "wait" : "end",
			concurrency,
			signal,
			highestKnown: () => this.#highestRead,
			read: (entryPosition, signal) => this.readEntry(entryPosition, { columns, signal }),
		});
	}

	/** The batches of {@link entries}, which all have rows. */
	async *batches(options: TailOptions = {}): AsyncGenerator<RecordBatch, void, undefined> {
		for await (const entry of this.entries(options)) yield* entry.batches;
	}
}
