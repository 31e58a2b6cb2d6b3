import type { RecordBatch } from "apache-arrow";
import { BatchReader } from "./batch-reader.ts";
import type { DecodingEngines, EntryBytes } from "./body-reader.ts";
import type { DecodedEntry, DecodeOptions, EntryFrames } from "./codec.ts";
import { checkColumn } from "./column-check.ts";
import type { Engine } from "./engine.ts";
import { decodeTrailer } from "./entry-trailer.ts";
import { project, ReadPlan } from "./read-plan.ts";
import { type ScannedStream, scanStream } from "./stream-scan.ts";

/** Decodes entries one after the other; what it remembers of the last one is how to read its schema. */
export class EntryDecoder {
	readonly #engines: DecodingEngines & Pick<Engine, "crc32">;
	#plan: ReadPlan | undefined;

	constructor(engines: DecodingEngines & Pick<Engine, "crc32">) {
		this.#engines = engines;
	}

	frames(bytes: Uint8Array<ArrayBuffer>, { columns, key, validate = "structure" }: DecodeOptions = {}): EntryFrames {
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		const scanned = scanStream(view, key);
		const writeId = decodeTrailer(bytes, scanned.streamLength, key, this.#engines.crc32);
		const plan = this.#planFor(bytes, view, scanned, key);
		const entry: EntryBytes = { bytes, view, key, engines: this.#engines };
		const reader = new BatchReader(entry, plan, scanned.messages, validate === "full" ? checkColumn : undefined);
		const whole = project(plan, columns);
		return {
			header: plan.header,
			writeId,
			schema: whole.schema,
			rows: reader.rows,
			length: reader.batches.length,
			batch(index, options) {
				const message = reader.batches[index];
				if (!message) throw new RangeError(`there is no batch ${index}: the entry has ${reader.batches.length}`);
				return reader.read(message, options?.columns ? project(plan, options.columns) : whole);
			},
		};
	}

	decode(bytes: Uint8Array<ArrayBuffer>, options?: DecodeOptions): DecodedEntry {
		const frames = this.frames(bytes, options);
		const { header, writeId, schema, rows } = frames;
		const batches: RecordBatch[] = [];
		for (let index = 0; index < frames.length; index++) batches.push(frames.batch(index));
		return { header, writeId, schema, batches, rows };
	}

	#planFor(bytes: Uint8Array, view: DataView, { schema }: ScannedStream, key: string | undefined): ReadPlan {
		if (!this.#plan?.isOf(bytes, schema)) this.#plan = new ReadPlan(view, schema, key);
		return this.#plan;
	}
}
