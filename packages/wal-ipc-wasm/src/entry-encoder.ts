import type { Arena, ArenaLease } from "./arena.ts";
import type { BatchShape, SchemaShape } from "./arrow-shapes.ts";
import type { BatchJob } from "./batch-job.ts";
import type { Compression } from "./batch-template.ts";
import type { EntryHeader } from "./codec.ts";
import type { ColumnPlan } from "./column-plan.ts";
import { ColumnWalk } from "./column-walk.ts";
import { DictionaryWalk } from "./dictionary-walk.ts";
import type { Engine } from "./engine.ts";
import type { Engines } from "./engines.ts";
import { type EntryPlan, EntryPlans } from "./entry-plan.ts";
import { CONTINUATION } from "./ipc-format.ts";
import { LooseEntry, looseFrameBytes } from "./loose-entry.ts";
import { PackedEntry, packedFrameBytes } from "./packed-entry.ts";
import { zstdCompress } from "./zstd.ts";

export interface StreamToEncode {
	/** Its metadata is the user's. */
	readonly schema: SchemaShape;
	readonly batches: readonly BatchShape[];
	readonly header: EntryHeader;
	readonly compression: Compression | undefined;
	/** Bytes that will be written behind the stream. */
	readonly roomBehind: number;
}

/** An entry that can still be written to: its stream is there, its trailer is not. */
export interface OpenEntry {
	readonly byteLength: number;
	/** Memory that it is in, to be released once nobody reads the pieces any more. */
	readonly lease: ArenaLease;
	write(bytes: Uint8Array): void;
	/** The pieces in order; a single array where everything was copied. Nothing is written afterwards. */
	finish(): readonly Uint8Array[];
}

/** From this size on the columns stay where they are: writing them is dearer than another piece to write. */
const LOOSE_BYTES = 256 << 10;

const END_OF_STREAM = new Uint8Array(new Uint32Array([CONTINUATION, 0]).buffer);

/** Encodes streams one after the other; what a call leaves behind is the lease that it gives. */
export class StreamEncoder {
	readonly #plans = new EntryPlans();
	readonly #engines: Engines;
	readonly #arena: Arena;
	readonly #walk: ColumnWalk;
	/** The first `#jobCount` are those of the entry; the objects are used again. */
	readonly #jobs: OpenJob[] = [];
	#jobCount = 0;

	constructor(engines: Engines, arena: Arena) {
		this.#engines = engines;
		this.#arena = arena;
		this.#walk = new ColumnWalk(engines);
	}

	/**
	 * @throws `WAL_INVALID` for a batch without rows, or whose fields differ from the schema's, and for a user's key that
	 * is reserved; `WAL_UNSUPPORTED` for a type that cannot be written.
	 */
	encode({ schema, batches, header, compression, roomBehind }: StreamToEncode): OpenEntry {
		const plan = this.#plans.for(schema, batches[0]);
		const schemaMessage = plan.schemaMessage(schema.metadata, header);
		try {
			this.#takeApart(plan, batches, compression);
			return this.#write(schemaMessage, roomBehind, compression);
		} finally {
			this.#jobCount = 0;
			this.#walk.clear();
		}
	}

	/** Takes batches apart as {@link encode} does, and writes nothing. @throws as that. */
	check({ schema, batches }: Pick<StreamToEncode, "schema" | "batches">): void {
		const plan = this.#plans.for(schema, batches[0]);
		try {
			for (const batch of batches) {
				plan.check(batch);
				plan.columns.forEach((column, index) => {
					this.#walk.column(column, batch.data.children[index], batch.numRows);
				});
			}
		} finally {
			this.#walk.clear();
		}
	}

	#takeApart(plan: EntryPlan, batches: readonly BatchShape[], compression: Compression | undefined): void {
		const dictionaries = plan.hasDictionaries ? this.#dictionaries(plan, compression) : undefined;
		const { columns } = plan;
		for (const batch of batches) {
			plan.check(batch);
			const { children } = batch.data;
			const rows = batch.numRows;
			dictionaries?.columns(columns, children);
			const { nodesEnd, sources } = this.#walk;
			const firstBuffer = sources.size;
			for (let index = 0; index < columns.length; index++) {
				this.#walk.column(columns[index] as ColumnPlan, children[index], rows);
			}
			this.#addJob(plan, compression, rows, nodesEnd, firstBuffer, undefined, batch.metadata);
		}
	}

	#dictionaries(plan: EntryPlan, compression: Compression | undefined): DictionaryWalk {
		return new DictionaryWalk(({ id, values: valuePlan }, values) => {
			const rows = values?.length ?? 0;
			const { nodesEnd, sources } = this.#walk;
			const firstBuffer = sources.size;
			this.#walk.column(valuePlan, values, rows);
			this.#addJob(plan, compression, rows, nodesEnd, firstBuffer, id, undefined);
		});
	}

	/** Makes a job of what has been walked since `firstNode` and `firstBuffer`. */
	#addJob(
		plan: EntryPlan,
		compression: Compression | undefined,
		rows: number,
		firstNode: number,
		firstBuffer: number,
		dictionaryId: number | undefined,
		metadata: ReadonlyMap<string, string> | undefined,
	): void {
		const walk = this.#walk;
		const { sources, nodes, variadicCounts } = walk;
		const nodeCount = (walk.nodesEnd - firstNode) / 2;
		const bufferCount = sources.size - firstBuffer;
		if (variadicCounts.length > 0) walk.variadicCounts = [];
		const isPlain = dictionaryId === undefined && !compression && variadicCounts.length === 0 && !metadata?.size;
		const template = isPlain
			? plan.plainTemplate(nodeCount, bufferCount)
			: plan.template({ nodes: nodeCount, buffers: bufferCount, compression, variadicCounts, metadata, dictionaryId });
		const index = this.#jobCount++;
		this.#jobs[index] ??= {
			template,
			rows,
			nodes,
			firstNode,
			nodeCount,
			sources,
			firstBuffer,
			bufferCount,
			compress: undefined,
		};
		const job = this.#jobs[index] as OpenJob;
		job.template = template;
		job.rows = rows;
		job.firstNode = firstNode;
		job.nodeCount = nodeCount;
		job.firstBuffer = firstBuffer;
		job.bufferCount = bufferCount;
	}

	#write(schemaMessage: Uint8Array, roomBehind: number, compression: Compression | undefined): OpenEntry {
		const around = schemaMessage.length + END_OF_STREAM.length + roomBehind;
		let packedBytes = around;
		for (let index = 0; index < this.#jobCount; index++) {
			packedBytes += packedFrameBytes(this.#jobs[index] as BatchJob, compression);
		}
		const { ts } = this.#engines;
		if (!compression && packedBytes >= LOOSE_BYTES) {
			let looseBytes = around;
			for (let index = 0; index < this.#jobCount; index++) looseBytes += looseFrameBytes(this.#jobs[index] as BatchJob);
			return this.#fill(new LooseEntry(this.#arena.lease(looseBytes)), schemaMessage);
		}
		const operation = compression === "lz4" ? "compress lz4" : "encode";
		const engine = this.#engines.choose(operation, packedBytes);
		try {
			return this.#pack(engine, packedBytes, schemaMessage, compression);
		} catch (error) {
			if (!this.#engines.hasGivenUp(engine, operation, error)) throw error;
			return this.#pack(ts, packedBytes, schemaMessage, compression);
		}
	}

	#pack(
		engine: Engine,
		byteLength: number,
		schemaMessage: Uint8Array,
		compression: Compression | undefined,
	): OpenEntry {
		const packed = compression === "lz4" ? engine.lz4Compress : zstdCompress;
		for (let index = 0; index < this.#jobCount; index++) {
			(this.#jobs[index] as OpenJob).compress = compression && packed;
		}
		return this.#fill(new PackedEntry(engine, this.#arena.lease(byteLength)), schemaMessage);
	}

	#fill(entry: PackedEntry | LooseEntry, schemaMessage: Uint8Array): OpenEntry {
		try {
			entry.write(schemaMessage);
			for (let index = 0; index < this.#jobCount; index++) entry.writeBatch(this.#jobs[index] as BatchJob);
			entry.write(END_OF_STREAM);
			return entry;
		} catch (error) {
			entry.lease.release();
			throw error;
		}
	}
}

/** A job that can be used for another batch. */
type OpenJob = { -readonly [Part in keyof BatchJob]: BatchJob[Part] };
