import type { RecordBatch } from "apache-arrow";
import { BatchReader } from "./batch-reader.ts";
import type { DecodingEngines, EntryBytes } from "./body-reader.ts";
import type { DecodedEntry, DecodeOptions, EntryFrames } from "./codec.ts";
import { checkColumn } from "./column-check.ts";
import { dataViewOf } from "./data-view.ts";
import type { Engine } from "./engine.ts";
import { decodeTrailer } from "./entry-trailer.ts";
import { project, ReadPlan } from "./read-plan.ts";
import { scanStream } from "./stream-scan.ts";

/** Decodes entries one after the other; what it remembers of the last one is how to read its schema. */
export class EntryDecoder {
	readonly #engines: DecodingEngines & Pick<Engine, "crc32">;
	#plan: ReadPlan | undefined;

	constructor(engines: DecodingEngines & Pick<Engine, "crc32">) {
		this.#engines = engines;
	}

	frames(bytes: Uint8Array<ArrayBuffer>, { key, columns, validate }: DecodeOptions = {}): EntryFrames {
		const view = dataViewOf(bytes);
		const scanned = scanStream(view, key);
		const writeId = decodeTrailer(bytes, scanned.streamLength, key, this.#engines.crc32);
		if (!this.#plan?.isOf(view, scanned.schema)) this.#plan = new ReadPlan(view, scanned.schema, key);
		const entry: EntryBytes = { bytes, view, key, engines: this.#engines };
		const check = validate === "full" ? checkColumn : undefined;
		const plan = this.#plan;
		const asked = project(plan, columns);
		const reader = new BatchReader(entry, plan, scanned.messages, check);
		const { batches, rows } = reader;
		const { length } = batches;
		return {
			header: plan.header,
			writeId,
			schema: asked.schema,
			rows,
			length,
			batch(index, { columns } = {}) {
				const message = batches[index];
				if (!message) throw new RangeError(`there is no batch ${index}: the entry has ${length}`);
				return reader.read(message, columns ? project(plan, columns) : asked);
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
}
