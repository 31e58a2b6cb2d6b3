import { isWalError, WalError } from "@memwal/wal-runtime";
import * as arrow from "apache-arrow";
import { recordBatch } from "./arrow-batch.ts";
import { type DataShape, type DictionaryChunks, localData } from "./arrow-data.ts";
import { type FieldShape, fieldSignature, layoutSignature, localFields } from "./arrow-types.ts";

/** What is read of a schema, whichever copy of apache-arrow made it. */
export interface SchemaShape {
	readonly fields: readonly FieldShape[];
	readonly metadata: ReadonlyMap<string, string>;
}

/** What is read of a record batch. */
export interface BatchShape {
	readonly schema: SchemaShape;
	readonly data: { readonly children: readonly (DataShape & { readonly type: FieldShape["type"] })[] };
	readonly numRows: number;
	readonly metadata?: ReadonlyMap<string, string>;
}

export interface StreamToEncode {
	readonly schema: SchemaShape;
	/** The schema's metadata as it is to be written. */
	readonly metadata: Map<string, string>;
	readonly batches: readonly BatchShape[];
}

/**
 * The parts of one Arrow IPC stream, end-of-stream marker included, written by apache-arrow; views on the columns
 * where their bytes stand in the stream as they are.
 *
 * Its writer starts a second stream inside the first when a batch's schema differs, so every batch is rebuilt under
 * the one schema first.
 *
 * @throws `WAL_INVALID` for a batch whose fields differ from the schema's or that has no rows; `WAL_UNSUPPORTED` for
 * what apache-arrow cannot write.
 */
export function encodeStream({ schema, metadata, batches }: StreamToEncode): readonly Uint8Array[] {
	const meant = meantFields(schema, batches[0]);
	for (const batch of batches) checkBatch(batch, meant);
	const fields = localFields(meant);
	const written = new arrow.Schema(fields, metadata);
	const dictionaryChunks = dictionaryCache();
	const writer = new PartsWriter();
	try {
		writer.reset(undefined, written);
		for (const batch of batches) {
			const columns = fields.map((field, index) =>
				localData(batch.data.children[index] as DataShape, field.type, batch.numRows, dictionaryChunks),
			);
			writer.write(recordBatch({ schema: written, columns, rows: batch.numRows, metadata: batch.metadata }));
		}
		writer.finish();
	} catch (error) {
		if (isWalError(error)) throw error;
		throw new WalError("WAL_UNSUPPORTED", `apache-arrow cannot write these batches: ${(error as Error).message}`, {
			cause: error,
		});
	}
	return writer.parts;
}

/** Keeps what is written part by part: the writer's own result loses bytes where adjacent columns share a buffer. */
class PartsWriter extends arrow.RecordBatchStreamWriter {
	readonly parts: Uint8Array[] = [];

	protected override _write(chunk: ArrayBufferView): this {
		if (chunk.byteLength > 0) this.parts.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
		return this;
	}
}

/**
 * The schema's fields, with the types that the columns have where names repeat: there apache-arrow's own schema of a
 * batch is wrong (see `recordBatch`), and it is usually what a caller has at hand.
 */
function meantFields(schema: SchemaShape, first: BatchShape | undefined): readonly FieldShape[] {
	const repeated = repeatedNames(schema.fields);
	return schema.fields.map((field, index) => {
		const type = repeated.has(field.name) ? first?.data.children[index]?.type : undefined;
		return type ? { name: field.name, nullable: field.nullable, metadata: field.metadata ?? new Map(), type } : field;
	});
}

function repeatedNames(fields: readonly FieldShape[]): ReadonlySet<string> {
	const names = fields.map((field) => field.name);
	return new Set(names.filter((name, index) => names.indexOf(name) !== index));
}

function checkBatch(batch: BatchShape, fields: readonly FieldShape[]): void {
	if (batch.numRows === 0) throw new WalError("WAL_INVALID", "A record batch has no rows. Leave it out.");
	const given = batch.schema.fields;
	if (given.length !== fields.length) {
		throw new WalError(
			"WAL_INVALID",
			`A record batch has ${given.length} columns where the entry's schema has ${fields.length}. Give all batches one schema.`,
		);
	}
	const repeated = repeatedNames(fields);
	fields.forEach((field, index) => {
		const other = given[index] as FieldShape;
		const column = batch.data.children[index]?.type ?? other.type;
		const fieldsEqual = repeated.has(field.name)
			? other.name === field.name
			: other === field || fieldSignature(other) === fieldSignature(field);
		if (fieldsEqual && (column === field.type || layoutSignature(column) === layoutSignature(field.type))) return;
		throw new WalError(
			"WAL_INVALID",
			`Column ${index} of a record batch, "${other.name}: ${column}", differs from the entry's schema, "${field.name}: ${field.type}", in name, type, nullability or metadata. Give all batches one schema.`,
		);
	});
}

/** Converts each chunk once, and makes the writer start a dictionary anew unless it is the last one with more chunks. */
function dictionaryCache(): DictionaryChunks {
	const last = new Map<
		arrow.Dictionary,
		{ readonly chunks: readonly DataShape[]; readonly data: readonly arrow.Data[]; readonly vector: arrow.Vector }
	>();
	const convert: DictionaryChunks = (chunks, type) => {
		const before = last.get(type);
		const extended = before !== undefined && before.chunks.length > 0 && before.chunks.every((c, i) => c === chunks[i]);
		if (extended && before.chunks.length === chunks.length) return before.vector;
		const kept = extended ? before.data : [];
		const added = chunks.slice(kept.length).map((chunk) => localData(chunk, type.dictionary, chunk.length, convert));
		const data = chunks.length === 0 ? [arrow.makeData({ type: type.dictionary, length: 0 })] : [...kept, ...added];
		const vector = new arrow.Vector(data);
		last.set(type, { chunks, data, vector });
		return vector;
	};
	return convert;
}
