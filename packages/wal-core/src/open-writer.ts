import { isWalError, type WalError } from "@memwal/wal-runtime";
import type { Schema } from "apache-arrow";
import { DEFAULTS } from "./defaults.ts";
import type { EpochClaim } from "./epoch-claim.ts";
import { GroupCommit } from "./group-commit.ts";
import type { MemtableIndexes } from "./memtable-indexes.ts";
import type { MemtableSink } from "./memtable-sink.ts";
import { Memtables } from "./memtables.ts";
import { MemtablePlace, WalOnlyPlace } from "./put-place.ts";
import { conformedBatches, replay } from "./replay.ts";
import { openShardContext, type ShardContext, type ShardOptions } from "./shard-context.ts";
import { ShardManifestStore } from "./shard-manifest-store.ts";
import { SinkQueue } from "./sink-queue.ts";
import { collectedTooOften, ownManifest, type TakenOver, takeOver } from "./take-over.ts";
import { WalAppender } from "./wal-appender.ts";
import { WalFlusher } from "./wal-flusher.ts";
import { checkedLimits, type WriterLimits } from "./writer-limits.ts";
import { WriterSchema } from "./writer-schema.ts";

/** How to open a writer. */
export interface OpenWriterOptions extends ShardOptions {
	/** Of all rows: what is put has its columns by name, order and type. */
	readonly schema: Schema;
	/**
	 * `memtable`, the default: rows stay readable in memory until a sink has them, and are replayed when the shard is
	 * opened. `wal-only`: rows are only written, and nothing is read back.
	 */
	readonly mode?: "memtable" | "wal-only" | undefined;
	/**
	 * `durable`, the default: a put resolves when it is in the log, and only what is in the log can be read. `deferred`: a
	 * put resolves when it can be read here; a crash loses what was not written yet.
	 */
	readonly durability?: "durable" | "deferred" | undefined;
	/** Makes the indexes of one memtable; called once for each. */
	readonly indexes?: (() => MemtableIndexes) | undefined;
	/** Where full memtables go. Default: they stay in memory. */
	readonly sink?: MemtableSink | undefined;
	readonly limits?: Partial<WriterLimits> | undefined;
	/** Written where the shard does not exist yet; an existing shard keeps its own. Default: 0. */
	readonly shardSpecId?: number | undefined;
	/** A claim of the shard made before; it is consumed. Default: a new one is made. */
	readonly claim?: EpochClaim | undefined;
	/** Ends the opening. */
	readonly signal?: AbortSignal | undefined;
}

/** What a writer is made of. */
export interface WriterParts {
	readonly context: ShardContext<ShardManifestStore>;
	readonly schema: WriterSchema;
	readonly limits: WriterLimits;
	readonly durability: "durable" | "deferred";
	readonly appender: WalAppender;
	readonly flusher: WalFlusher;
	readonly commits: GroupCommit;
	/** `undefined` in the mode wal-only. */
	readonly memtables: Memtables | undefined;
	readonly sinks: SinkQueue | undefined;
	/** Where the next batch stands among all of the writer, once what is queued is placed before it. */
	readonly nextBatchPosition: () => number;
	/** Ends the append that is under way. */
	readonly aborting: AbortController;
}

/**
 * Takes a shard over and reads what is in it; then its parts are ready to take puts.
 *
 * Whatever can be checked without owning the shard is checked first, so that an opening that must fail fences nobody.
 * `onFailed` is called with whatever ends the writer later.
 */
export async function openWriter(
	options: OpenWriterOptions,
	onFailed: (error: WalError) => void,
): Promise<WriterParts> {
	const { mode = "memtable", durability = "durable", claim, shardSpecId, signal } = options;
	const limits = checkedLimits(options.limits);
	requireOneOf("mode", mode, ["memtable", "wal-only"]);
	requireOneOf("durability", durability, ["durable", "deferred"]);
	if (mode === "wal-only" && options.indexes)
		throw new TypeError("indexes need memtables, and the mode wal-only has none");
	if (mode === "wal-only" && options.sink)
		throw new TypeError("a sink needs memtables, and the mode wal-only has none");
	if (options.sink && typeof options.sink.write !== "function") throw new TypeError("a sink must have a method write");
	const context = await openShardContext(options, ShardManifestStore);
	const schema = new WriterSchema(options.schema, context.codec);
	options.indexes?.().validate(options.schema);
	const { persistDeadlineMs } = limits;
	const taken = await takeOver(context, {
		claim,
		shardSpecId,
		persistDeadlineMs,
		signal,
		checkNewest: mode === "memtable" ? (entry) => void conformedBatches(schema, entry) : undefined,
	});
	const held = mode === "memtable" ? await holdLog(context, options, { taken, schema, limits, onFailed }) : undefined;
	let appender: WalAppender;
	try {
		appender = await WalAppender.start(context, taken, { persistDeadlineMs, signal });
	} catch (error) {
		await held?.sinks?.abort();
		throw error;
	}
	const aborting = new AbortController();
	const flusher = new WalFlusher({ appender, durable: held?.batches ?? 0, signal: aborting.signal });
	const walOnly = new WalOnlyPlace(options.schema);
	const commits = new GroupCommit({
		flusher,
		place: held?.place ?? walOnly,
		clock: context.clock,
		limits,
		placement: durability === "deferred" ? "ahead" : "with-entry",
		onFailed,
	});
	const memtables = held?.memtables;
	const nextBatchPosition = () => memtables?.active.store.globalEnd ?? walOnly.nextBatchPosition;
	const sinks = held?.sinks;
	return {
		context,
		schema,
		limits,
		durability,
		appender,
		flusher,
		commits,
		memtables,
		sinks,
		nextBatchPosition,
		aborting,
	};
}

interface LogToRead {
	readonly taken: TakenOver;
	readonly schema: WriterSchema;
	readonly limits: WriterLimits;
	readonly onFailed: (error: WalError) => void;
}

/** The rows of the log in memtables. */
interface HeldRows {
	readonly memtables: Memtables;
	readonly sinks: SinkQueue | undefined;
	readonly place: MemtablePlace;
	/** How many batches the log has. */
	readonly batches: number;
}

/** Reads the log; anew where it is collected meanwhile, since what was read by then is the sink's. */
async function holdLog(
	context: ShardContext<ShardManifestStore>,
	options: OpenWriterOptions,
	log: LogToRead,
): Promise<HeldRows> {
	const { shardId } = context.manifests;
	let { taken } = log;
	for (let restart = 0; restart < DEFAULTS.openRestarts; restart++) {
		try {
			return await readLog(context, options, { ...log, taken });
		} catch (error) {
			const collected = isWalError(error, "WAL_COLLECTED");
			if (!collected && !isWalError(error, "WAL_GAP")) throw error;
			// A newer writer may have sunk and collected what is missing.
			const manifest = await ownManifest(context, taken.epoch, options.signal);
			if (!collected) throw error;
			taken = { ...taken, manifest };
		}
	}
	throw collectedTooOften(shardId);
}

async function readLog(
	context: ShardContext<ShardManifestStore>,
	{ schema: arrowSchema, indexes, sink, durability, signal }: OpenWriterOptions,
	{ taken, schema, limits, onFailed }: LogToRead,
): Promise<HeldRows> {
	const { manifests, clock, random, observer } = context;
	const memtables: Memtables = new Memtables({
		schema: arrowSchema,
		limits,
		indexes,
		generation: taken.manifest.currentGeneration,
		onFrozen: (memtable) => place.frozen(memtable),
	});
	const sinks =
		sink &&
		new SinkQueue({
			sink,
			schema: arrowSchema,
			manifests,
			epoch: taken.epoch,
			replayAfterEntryPosition: taken.manifest.replayAfterEntryPosition,
			clock,
			random,
			observer,
			onSunk: (memtable) => memtables.drop(memtable),
			onFenced: onFailed,
		});
	const place: MemtablePlace = new MemtablePlace({
		memtables,
		sinks,
		indexing: durability === "deferred" ? "when-placed" : "with-entry",
		onIndexFailed: onFailed,
	});
	try {
		const roomMade = () => place.roomMade();
		const batches = await replay(context, { taken, schema, memtables, roomMade, signal });
		return { memtables, sinks, place, batches };
	} catch (error) {
		await sinks?.abort();
		throw error;
	}
}

function requireOneOf(name: string, value: string, allowed: readonly string[]): void {
	if (!allowed.includes(value)) {
		throw new TypeError(
			`${name} must be ${allowed.map((one) => JSON.stringify(one)).join(" or ")}, not ${JSON.stringify(value)}`,
		);
	}
}
