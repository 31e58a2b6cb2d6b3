import { isWalError, WalError } from "@memwal/wal-runtime";
import type { ArenaLease } from "./arena.ts";
import type { BatchShape, SchemaShape } from "./arrow-shapes.ts";
import { ALIGNMENT, aligned, type BatchJob, LENGTH_PREFIX_BYTES } from "./batch-job.ts";
import type { Compression } from "./batch-template.ts";
import type { EncodedEntry, EntryToEncode } from "./codec.ts";
import type { ColumnPlan } from "./column-plan.ts";
import { ColumnWalk } from "./column-walk.ts";
import { DictionaryWalk } from "./dictionary-walk.ts";
import type { Engine } from "./engine.ts";
import { type EntryLeases, LeasedEntry } from "./entry-lease.ts";
import { type EntryPlan, entryPlans } from "./entry-plan.ts";
import { sealTrailer, TRAILER_BYTES, TrailerWriter, WRITE_ID_BYTES } from "./entry-trailer.ts";
import { CONTINUATION } from "./ipc-format.ts";
import { isLoose, LooseEntry } from "./loose-entry.ts";
import type { EngineChoice } from "./ts-engines.ts";
import { zstdCompress } from "./zstd.ts";

/** From this size on the columns stay where they are: writing them is dearer than another piece to write. */
const LOOSE_BYTES = 256 << 10;

/** Most that is written for a buffer that stays where it is: padding before and behind. */
const PADDING_BYTES = 2 * ALIGNMENT;

const END_OF_STREAM = new Uint8Array(new Uint32Array([CONTINUATION, 0]).buffer);

/**
 * Encodes entries one after the other: the stream, then its trailer. What a call leaves behind is the lease that it
 * gives.
 */
export class EntryEncoder {
	readonly #engines: EngineChoice;
	readonly #compression: Compression | undefined;
	readonly #leases: EntryLeases;
	readonly #planOf: ReturnType<typeof entryPlans>;
	readonly #walk: ColumnWalk;
	readonly #trailers = new TrailerWriter();
	/** The first `#jobCount` are those of the entry; the objects are used again. */
	readonly #jobs: OpenJob[] = [];
	#jobCount = 0;
	/** These, like the jobs, are of the entry that is being encoded. */
	#schemaMessage!: Uint8Array;
	#writeId!: Uint8Array;
	/** Bytes that it takes at the most, and how many fewer where long columns stay where they are. */
	#packedBytes = 0;
	#looseSavings = 0;

	constructor(engines: EngineChoice, compression: Compression | undefined, leases: EntryLeases) {
		this.#engines = engines;
		this.#compression = compression;
		this.#leases = leases;
		this.#planOf = entryPlans(compression);
		this.#walk = new ColumnWalk(engines);
	}

	/**
	 * @throws `WAL_INVALID` for a batch without rows, or whose fields differ from the schema's, and for a user's key that
	 * is reserved; `WAL_UNSUPPORTED` for a type that cannot be written.
	 */
	encode({ schema, batches, header, writeId, isChecked }: EntryToEncode): EncodedEntry {
		if (writeId.length !== WRITE_ID_BYTES) {
			throw new RangeError(`writeId must have ${WRITE_ID_BYTES} bytes, not ${writeId.length}`);
		}
		const shapes = batches as readonly unknown[] as readonly BatchShape[];
		const plan = this.#planOf(schema as SchemaShape, shapes[0]);
		const schemaMessage = plan.schemaMessage(schema.metadata, header);
		this.#schemaMessage = schemaMessage;
		this.#writeId = writeId;
		this.#packedBytes = schemaMessage.length + END_OF_STREAM.length + TRAILER_BYTES;
		this.#looseSavings = 0;
		try {
			this.#takeApart(plan, shapes, isChecked);
			if (this.#compression === undefined && this.#packedBytes >= LOOSE_BYTES) {
				const lease = this.#leases.arena.lease(this.#packedBytes - this.#looseSavings);
				return this.#fill(lease, this.#engines.ts, new LooseEntry(lease));
			}
			const operation = this.#compression === "lz4" ? "compress lz4" : "encode";
			return this.#engines.run(operation, this.#packedBytes, this.#pack);
		} finally {
			this.#jobCount = 0;
			this.#walk.clear();
		}
	}

	/** Takes batches apart as {@link encode} does, and writes nothing. @throws as that. */
	check({ schema, batches }: Pick<EntryToEncode, "schema" | "batches">): void {
		try {
			const shapes = batches as readonly unknown[] as readonly BatchShape[];
			const plan = this.#planOf(schema as SchemaShape, shapes[0]);
			for (const batch of shapes) {
				plan.check(batch);
				this.#walkColumns(plan, batch);
			}
		} catch (cause) {
			if (isWalError(cause)) throw cause;
			// A buffer that is too short for what is said of it, or that was handed over to somebody else.
			throw new WalError("WAL_INVALID", `A batch is not what it says (${cause}). Build it anew.`, { cause });
		} finally {
			this.#walk.clear();
		}
	}

	#takeApart(plan: EntryPlan, batches: readonly BatchShape[], isChecked: true | undefined): void {
		const dictionaries = plan.hasDictionaries ? this.#dictionaries(plan) : undefined;
		for (const batch of batches) {
			if (!isChecked) plan.check(batch);
			dictionaries?.columns(plan.columns, batch.data.children);
			const { nodesEnd, sources } = this.#walk;
			const firstBuffer = sources.size;
			this.#walkColumns(plan, batch);
			this.#addJob(plan, batch.numRows, nodesEnd, firstBuffer, undefined, batch.metadata);
		}
	}

	#walkColumns({ columns }: EntryPlan, { data, numRows }: BatchShape): void {
		for (let index = 0; index < columns.length; index++) {
			this.#walk.column(columns[index] as ColumnPlan, data.children[index], numRows);
		}
	}

	#dictionaries(plan: EntryPlan): DictionaryWalk {
		return new DictionaryWalk(({ id, values: valuePlan }, values) => {
			const rows = values?.length ?? 0;
			const { nodesEnd, sources } = this.#walk;
			const firstBuffer = sources.size;
			this.#walk.column(valuePlan, values, rows);
			this.#addJob(plan, rows, nodesEnd, firstBuffer, id, undefined);
		});
	}

	/** Makes a job of what has been walked since `firstNode` and `firstBuffer`. */
	#addJob(
		plan: EntryPlan,
		rows: number,
		firstNode: number,
		firstBuffer: number,
		dictionaryId: number | undefined,
		metadata: ReadonlyMap<string, string> | undefined,
	): void {
		const { sources, nodes, nodesEnd } = this.#walk;
		const nodeCount = (nodesEnd - firstNode) / 2;
		const bufferCount = sources.size - firstBuffer;
		const variadicCounts = this.#walk.takeVariadicCounts();
		const template = plan.template(nodeCount, bufferCount, dictionaryId, variadicCounts, metadata);
		const index = this.#jobCount++;
		this.#jobs[index] ??= { sources, nodes } as Partial<OpenJob> as OpenJob;
		const job = this.#jobs[index] as OpenJob;
		job.template = template;
		job.rows = rows;
		job.firstNode = firstNode;
		job.nodeCount = nodeCount;
		job.firstBuffer = firstBuffer;
		job.bufferCount = bufferCount;
		const prefix = this.#compression === undefined ? 0 : LENGTH_PREFIX_BYTES;
		this.#packedBytes += template.bytes.length;
		for (let index = firstBuffer; index < sources.size; index++) {
			const length = sources.lengths[index] as number;
			this.#packedBytes += aligned(length + prefix);
			if (isLoose(sources, index)) this.#looseSavings += length - PADDING_BYTES;
		}
	}

	/** Copies the whole entry into one array. */
	readonly #pack = (engine: Engine): EncodedEntry =>
		this.#fill(this.#leases.arena.lease(this.#packedBytes), engine, undefined);

	#fill(lease: ArenaLease, engine: Engine, loose: LooseEntry | undefined): EncodedEntry {
		const compress = this.#compression === "lz4" ? engine.lz4Compress : this.#compression && zstdCompress;
		try {
			lease.write(this.#schemaMessage);
			for (let index = 0; index < this.#jobCount; index++) {
				const job = this.#jobs[index] as OpenJob;
				job.compress = compress;
				lease.end = loose
					? this.#engines.ts.writeBatch(job, lease.slab, lease.end, loose)
					: engine.writeBatch(job, lease.slab, lease.end);
			}
			lease.write(END_OF_STREAM);
			const streamLength = lease.end - lease.start + (loose?.beyondLease ?? 0);
			lease.write(this.#trailers.unsealed(this.#writeId, streamLength));
			const pieces = loose ? loose.finish() : [lease.bytes];
			const crc32 = sealTrailer(pieces, this.#engines.crc32);
			return new LeasedEntry(this.#leases, pieces, streamLength + TRAILER_BYTES, crc32, lease);
		} catch (error) {
			lease.release();
			throw error;
		}
	}
}

/** A job that can be used for another batch. */
type OpenJob = { -readonly [Part in keyof BatchJob]: BatchJob[Part] };
