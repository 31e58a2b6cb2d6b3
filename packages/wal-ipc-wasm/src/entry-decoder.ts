import type { RecordBatch, Schema } from "apache-arrow";
import { BatchReader } from "./batch-reader.ts";
import type { DecodingEngines, EntryBytes } from "./body-reader.ts";
import type { DecodedEntry, DecodeOptions, EntryFrames, EntryHeader } from "./codec.ts";
import { checkColumn } from "./column-check.ts";
import type { Engine } from "./engine.ts";
import { decodeTrailer } from "./entry-trailer.ts";
import { type Projection, project, ReadPlan } from "./read-plan.ts";
import { scanStream } from "./stream-scan.ts";

/** Decodes entries one after the other; what it remembers of the last one is how to read its schema. */
export class EntryDecoder {
	readonly #engines: DecodingEngines & Pick<Engine, "crc32">;
	#plan: ReadPlan | undefined;

	constructor(engines: DecodingEngines & Pick<Engine, "crc32">) {
		this.#engines = engines;
	}

	frames(bytes: Uint8Array<ArrayBuffer>, options: DecodeOptions = {}): EntryFrames {
		const { key, columns } = options;
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		const scanned = scanStream(view, key);
		const writeId = decodeTrailer(bytes, scanned.streamLength, key, this.#engines.crc32);
		if (!this.#plan?.isOf(view, scanned.schema)) this.#plan = new ReadPlan(view, scanned.schema, key);
		const entry: EntryBytes = { bytes, view, key, engines: this.#engines };
		const check = options.validate === "full" ? checkColumn : undefined;
		const reader = new BatchReader(entry, this.#plan, scanned.messages, check);
		return new FoundBatches(reader, this.#plan, project(this.#plan, columns), writeId);
	}

	decode(bytes: Uint8Array<ArrayBuffer>, options?: DecodeOptions): DecodedEntry {
		const frames = this.frames(bytes, options);
		const { header, writeId, schema, rows } = frames;
		const batches: RecordBatch[] = [];
		for (let index = 0; index < frames.length; index++) batches.push(frames.batch(index));
		return { header, writeId, schema, batches, rows };
	}
}

class FoundBatches implements EntryFrames {
	readonly header: EntryHeader;
	readonly writeId: Uint8Array | undefined;
	readonly schema: Schema;
	readonly rows: number;
	readonly length: number;
	readonly #reader: BatchReader;
	readonly #plan: ReadPlan;
	readonly #asked: Projection;

	constructor(reader: BatchReader, plan: ReadPlan, asked: Projection, writeId: Uint8Array | undefined) {
		this.header = plan.header;
		this.writeId = writeId;
		this.schema = asked.schema;
		this.rows = reader.rows;
		this.length = reader.batches.length;
		this.#reader = reader;
		this.#plan = plan;
		this.#asked = asked;
	}

	batch(index: number, options?: { readonly columns?: readonly string[] | undefined }): RecordBatch {
		const message = this.#reader.batches[index];
		if (!message) throw new RangeError(`there is no batch ${index}: the entry has ${this.length}`);
		const { columns } = options ?? {};
		return this.#reader.read(message, columns ? project(this.#plan, columns) : this.#asked);
	}
}
