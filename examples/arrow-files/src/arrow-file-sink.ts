import type { FrozenMemtable, MemtableSink } from "@memwal/wal-core/writer";
import { type Clock, type Random, realClock, realRandom, retryRead, WalError } from "@memwal/wal-runtime";
import { createOnce, getWhole, type ObjectStore } from "@memwal/wal-store";
import type { RecordBatch } from "apache-arrow";
import { decodeArrowFile, encodeArrowFile } from "./arrow-file.ts";
import { chainKey, FIRST_FILE_NUMBER } from "./chain-key.ts";
import { corruptFile, type FileLabel } from "./file-label.ts";
import { findNewestFile } from "./find-newest-file.ts";
import { requireLink } from "./read-chain.ts";

export interface ArrowFileSinkOptions {
	/** Where the files go; the log's own store will do. */
	readonly store: ObjectStore;
	/** What their keys begin with, such as `sunk/flights/`. One shard a prefix. */
	readonly prefix: string;
	readonly clock?: Clock | undefined;
	readonly random?: Random | undefined;
}

/** How long a request may fail before the memtable is given back to the writer, which offers it again, in milliseconds. */
const DEADLINE_MS = 10_000;
/** Pauses between repeated reads. */
const BACKOFF = { baseMs: 20, maxMs: 1_000 };

/**
 * Keeps memtables as Arrow IPC files, each row exactly once, whoever crashes or stalls while it is written.
 *
 * The files are a chain: file n is created only where there is none, after file n − 1 was seen, and begins where that one
 * ends. So what of a memtable is in the chain already is known before anything is written, and two writers that sink
 * the same rows cannot both do so: one of them finds its slot taken, reads what is there, and goes on with the rest.
 */
export class ArrowFileSink implements MemtableSink {
	readonly #store: ObjectStore;
	readonly #prefix: string;
	readonly #clock: Clock;
	readonly #random: Random;
	/** The newest file that was seen; others may have made newer ones. */
	#newest: FileLabel | undefined;

	constructor({ store, prefix, clock = realClock, random = realRandom }: ArrowFileSinkOptions) {
		this.#store = store;
		this.#prefix = prefix;
		this.#clock = clock;
		this.#random = random;
	}

	/**
	 * Resolves when the chain has every row of the memtable, once. Makes no file where it has them all already.
	 *
	 * @throws `WAL_INVALID` for rows of another shard than the chain's, and for rows that would leave a gap in it;
	 * `WAL_CORRUPT` for a chain that is damaged, after which the writer offers nothing any more; `WAL_TIMEOUT` and the like
	 * when the store was away, after which it offers the same rows again.
	 */
	async write(memtable: FrozenMemtable): Promise<void> {
		let newest = await this.#endFor(memtable);
		for (let next = nextFile(memtable, newest); next; next = nextFile(memtable, newest)) {
			newest = await this.#create(next, memtable, newest);
		}
	}

	/** The end of the chain; what is remembered is looked up again only where the chain must have grown since. */
	async #endFor(memtable: FrozenMemtable): Promise<FileLabel | undefined> {
		const { afterEntryPosition, signal } = memtable;
		if (!this.#newest || this.#newest.lastEntryPosition < afterEntryPosition) await this.#findNewest(signal);
		if (this.#newest) this.#requireRoom(this.#newest, memtable);
		return this.#newest;
	}

	async #findNewest(signal: AbortSignal): Promise<void> {
		const store = this.#store;
		const patiently = <T>(read: () => Promise<T>): Promise<T> =>
			retryRead(read, { clock: this.#clock, random: this.#random, deadline: DEADLINE_MS, backoff: BACKOFF, signal });
		const known = this.#newest?.number ?? FIRST_FILE_NUMBER - 1n;
		const exists = async (number: bigint): Promise<boolean> =>
			(await patiently(() => store.head(chainKey(this.#prefix, number), { signal }))) !== undefined;
		const number = await findNewestFile(exists, known);
		if (number === known) return;
		const key = chainKey(this.#prefix, number);
		const object = await patiently(() => getWhole(store, key, { signal }));
		if (!object) throw corruptFile(key, "it was there a moment ago, and is gone");
		// Its rows will not be written again, so a power cut must not take them back.
		await patiently(async () => store.sync?.(this.#prefix, { signal }));
		const { label } = decodeArrowFile(key, object.bytes);
		requireLink(undefined, label, { number, key });
		this.#remember(label);
	}

	/** Makes the file, or finds the one that another writer made there: the end of the chain either way. */
	async #create(file: NextFile, memtable: FrozenMemtable, previous: FileLabel | undefined): Promise<FileLabel> {
		const { label, batches } = file;
		const { number } = label;
		const key = chainKey(this.#prefix, number);
		// The epoch in the label is one writer's, which sinks one memtable at a time: equal bytes are its own.
		const created = await createOnce(this.#store, key, encodeArrowFile(label, memtable.schema, batches), {
			clock: this.#clock,
			random: this.#random,
			deadlineMs: DEADLINE_MS,
			signal: memtable.signal,
		});
		if (created.result === "written") return this.#remember(label);
		const { label: taken } = decodeArrowFile(key, created.existing.bytes);
		this.#requireRoom(taken, memtable);
		requireLink(previous, taken, { number, key });
		return this.#remember(taken);
	}

	#remember(label: FileLabel): FileLabel {
		// Two writers may use one sink, and the slower one must not set it back.
		if (!this.#newest || label.number > this.#newest.number) this.#newest = label;
		return label;
	}

	/** Lets a memtable pass if its rows may follow on this file. */
	#requireRoom(newest: FileLabel, { shardId, afterEntryPosition: after }: FrozenMemtable): void {
		const { shard, lastEntryPosition: last } = newest;
		const problem =
			shard !== shardId
				? `holds rows of shard ${shard}; give each shard a prefix of its own`
				: last < after
					? `ends with entry ${last}, and the rows up to entry ${after} went to another sink; begin a new chain under another prefix`
					: undefined;
		if (problem === undefined) return;
		throw new WalError("WAL_INVALID", `rows of shard ${shardId} were not sunk: the chain ${this.#prefix} ${problem}`, {
			details: { shard: shardId },
			outcome: "not-written",
		});
	}
}

interface NextFile {
	readonly label: FileLabel;
	readonly batches: readonly RecordBatch[];
}

/** What of a memtable is not in the chain yet, as its next file. */
function nextFile(memtable: FrozenMemtable, newest: FileLabel | undefined): NextFile | undefined {
	const { shardId, writerEpoch, generation } = memtable;
	const afterEntryPosition = newest?.lastEntryPosition ?? memtable.afterEntryPosition;
	const entries = memtable.entries.filter(({ entryPosition }) => entryPosition > afterEntryPosition);
	const [first, last] = [entries[0], entries.at(-1)];
	if (!first || !last) return undefined;
	const batches = entries.flatMap((entry) => entry.batches);
	const label: FileLabel = {
		number: (newest?.number ?? FIRST_FILE_NUMBER - 1n) + 1n,
		shard: shardId,
		writerEpoch,
		generation,
		afterEntryPosition,
		firstEntryPosition: first.entryPosition,
		lastEntryPosition: last.entryPosition,
		rows: batches.reduce((rows, { numRows }) => rows + numRows, 0),
	};
	return { label, batches };
}
