import * as arrow from "apache-arrow";
import { BodyReader, type EntryBytes } from "./body-reader.ts";
import type { ColumnPlan } from "./column-plan.ts";
import { type DictionaryLookup, NO_BYTES, readColumn } from "./column-reader.ts";
import { type CheckColumn, dictionaryTimeline } from "./dictionary-timeline.ts";
import { FlatbufferReader } from "./flatbuffer-reader.ts";
import { MESSAGE_METADATA } from "./ipc-format.ts";
import type { ColumnStart, Projection, ReadPlan } from "./read-plan.ts";
import { readMetadata } from "./schema-reader.ts";
import type { BatchMessage } from "./stream-scan.ts";

/** The batches of one entry, each read when it is asked for. */
export class BatchReader {
	/** The batches that have rows. */
	readonly batches: readonly BatchMessage[];
	readonly rows: number;
	readonly #entry: EntryBytes;
	readonly #plan: ReadPlan;
	readonly #check: CheckColumn | undefined;
	readonly #messages: readonly BatchMessage[];
	#dictionaryOf: DictionaryLookup | undefined;

	constructor(entry: EntryBytes, plan: ReadPlan, messages: readonly BatchMessage[], check: CheckColumn | undefined) {
		this.#entry = entry;
		this.#plan = plan;
		this.#messages = messages;
		this.#check = check;
		this.batches = messages.filter((message) => !message.dictionary && message.rows > 0);
		this.rows = this.batches.reduce((rows, batch) => rows + batch.rows, 0);
	}

	/** @throws `WAL_CORRUPT` where the message does not have what its columns need. */
	read(message: BatchMessage, { indices, schema, struct }: Projection): arrow.RecordBatch {
		const { columns, starts } = this.#plan;
		const reader = this.#entry.openBody?.(message) ?? new BodyReader(this.#entry, message);
		this.#dictionaryOf ??= dictionaryTimeline(this.#entry, this.#messages, this.#plan.dictionaryIds, this.#check);
		const children: arrow.Data[] = [];
		const count = indices ? indices.length : columns.length;
		for (let position = 0; position < count; position++) {
			const index = indices ? (indices[position] as number) : position;
			const plan = columns[index] as ColumnPlan;
			if (indices) reader.seek(starts[index] as ColumnStart);
			const data = readColumn(plan, reader, this.#dictionaryOf);
			if (data.length !== message.rows) {
				throw reader.damaged(`a batch of ${message.rows} rows has a column of ${data.length}`);
			}
			this.#check?.(plan, data, reader);
			children.push(data);
		}
		return recordBatch(schema, struct, children, message.rows, this.#metadata(message));
	}

	#metadata({ start, bodyStart, metadataTable }: BatchMessage): Map<string, string> {
		if (metadataTable === 0) return new Map();
		const { view, key } = this.#entry;
		return readMetadata(new FlatbufferReader(view, start, bodyStart, key), metadataTable, MESSAGE_METADATA);
	}
}

interface BatchFields {
	schema: arrow.Schema;
	data: arrow.Data;
	_metadata: Map<string, string>;
}

/**
 * A record batch of these columns, whose schema is the very object that was given.
 *
 * apache-arrow's constructor looks at every column again, and makes a schema of its own, in which columns with equal
 * names share the last one's type. What it sets besides is set here.
 */
export function recordBatch(
	schema: arrow.Schema,
	struct: arrow.Struct,
	children: arrow.Data[],
	rows: number,
	metadata: Map<string, string>,
): arrow.RecordBatch {
	const batch = Object.create(arrow.RecordBatch.prototype) as arrow.RecordBatch & BatchFields;
	batch.schema = schema;
	batch.data = new arrow.Data(struct, 0, rows, 0, [undefined, undefined, NO_BYTES] as never, children);
	batch._metadata = metadata;
	return batch;
}
