import type { Codec } from "@memwal/wal-ipc-wasm";
import { WalError } from "@memwal/wal-runtime";
import {
	Data,
	type DataType,
	type Dictionary,
	type Field,
	makeBuilder,
	makeData,
	RecordBatch,
	type Schema,
	Struct,
	Vector,
} from "apache-arrow";
import { fieldDifference } from "./field-difference.ts";
import { ownSchema } from "./own-schema.ts";
import { columnWithStrayNulls, isRecordBatch, requireWritableSchema } from "./validate-batches.ts";

/** The schema of one writer, and how batches come to have it. */
export class WriterSchema {
	readonly schema: Schema;
	/** What to do with the batches of the schema that was met last. */
	#last: { readonly schema: Schema; readonly verdict: "as it is" | "relabelled" };
	/** Of this package's copy of apache-arrow, as the batches that are made here. */
	readonly #own: Schema;
	readonly #type: Struct;

	/** @throws TypeError when it is no schema; `WAL_INVALID` or `WAL_UNSUPPORTED` for one that no entry can have. */
	constructor(schema: Schema, codec: Codec) {
		if (!Array.isArray(schema?.fields) || typeof schema.metadata?.get !== "function") {
			throw new TypeError("schema must be an Arrow schema");
		}
		requireWritableSchema(schema);
		const names = schema.fields.map(({ name }) => name);
		const twice = names.find((name, index) => names.indexOf(name) !== index);
		if (twice !== undefined)
			throw invalid(`the schema has two columns called "${twice}"; columns are told apart by name`);
		this.schema = schema;
		this.#own = ownSchema(schema, codec);
		this.#type = new Struct(this.#own.fields);
		this.#last = { schema, verdict: "as it is" };
	}

	/**
	 * The batches of one put, all with this very schema.
	 *
	 * Columns must have the schema's names, order and types. Metadata and what is said of their nulls may differ: the
	 * values count.
	 *
	 * @throws TypeError when it is no array of record batches; `WAL_INVALID` naming the batch and the column otherwise.
	 */
	ofPut(batches: readonly RecordBatch[]): readonly RecordBatch[] {
		if (!Array.isArray(batches)) throw new TypeError("batches must be an array of record batches");
		if (batches.length === 0) throw invalid("no batch was given; an empty batch list has nothing to acknowledge");
		return batches.map((batch, index) => {
			if (!isRecordBatch(batch)) {
				throw new TypeError(`batch ${index} is no Arrow record batch; of a Table, pass \`table.batches\``);
			}
			if (batch.numRows === 0) throw invalid(`batch ${index} is empty; leave it out`);
			const labelled = this.#verdict(batch.schema, index) === "as it is" ? batch : this.#relabelled(batch.data);
			const column = columnWithStrayNulls(labelled);
			if (column !== undefined) throw invalid(`batch ${index} has nulls in column "${column}", which is not nullable`);
			return labelled;
		});
	}

	/**
	 * A batch of the log with this schema: columns are found by name, one that the log lacks is null, one that the schema
	 * lacks is left out.
	 *
	 * @throws `WAL_INVALID` where a column has another type, or would be null and may not be; `WAL_UNSUPPORTED` for rows
	 * that delete others, and for a union that the log lacks.
	 */
	ofLog(batch: RecordBatch): RecordBatch {
		const { fields } = this.#own;
		const found = new Map(batch.schema.fields.map((field, index) => [field.name, { field, index }]));
		if (!fields.some(({ name }) => name === TOMBSTONE) && hasTombstones(batch, found.get(TOMBSTONE)?.index)) {
			throw new WalError("WAL_UNSUPPORTED", "the log holds deletes, which only the engine that wrote them can replay");
		}
		const children = fields.map((field): Data => {
			const column = found.get(field.name);
			const data = column && batch.data.children[column.index];
			if (!column || !data) return this.#nulls(field, batch.numRows);
			const difference = fieldDifference([field], [column.field], "fitting");
			if (difference !== undefined) {
				throw invalid(`the log's column "${field.name}" does not fit the writer's schema: it ${difference}`);
			}
			return underType(data, field.type);
		});
		const data = makeData({ type: this.#type, length: batch.numRows, nullCount: 0, children });
		const conformed = new RecordBatch(this.#own, data as Data<Struct>);
		const column = columnWithStrayNulls(conformed);
		if (column !== undefined)
			throw invalid(`the log has nulls in column "${column}", which the writer's schema forbids`);
		return conformed;
	}

	#verdict(schema: Schema, index: number): "as it is" | "relabelled" {
		if (schema === this.#last.schema) return this.#last.verdict;
		const { fields } = this.schema;
		let verdict: "as it is" | "relabelled" = "as it is";
		if (fieldDifference(fields, schema.fields) !== undefined) {
			const difference = fieldDifference(fields, schema.fields, "fitting");
			if (difference !== undefined)
				throw invalid(`batch ${index} ${difference}; the writer was opened with another schema`);
			verdict = "relabelled";
		}
		this.#last = { schema, verdict };
		return verdict;
	}

	#relabelled({ length, children: columns }: Data): RecordBatch {
		const children = this.#own.fields.map(({ type }, index) => underType(columns[index] as Data, type));
		return new RecordBatch(this.#own, makeData({ type: this.#type, length, nullCount: 0, children }) as Data<Struct>);
	}

	#nulls(field: Field, length: number): Data<DataType> {
		if (field.type.typeId === UNION) {
			const message = `the log lacks column "${field.name}", and a union has no null to be put there`;
			throw new WalError("WAL_UNSUPPORTED", message);
		}
		if (!field.nullable) {
			throw invalid(`the log lacks column "${field.name}", which the writer's schema says is never null`);
		}
		const builder = makeBuilder({ type: field.type, nullValues: [null] });
		for (let row = 0; row < length; row++) builder.append(null);
		return builder.flush();
	}
}

/** Arrow's type id, which every copy of apache-arrow shares. */
const UNION = 14;

/** The column by which the engine marks rows that delete others. */
const TOMBSTONE = "_tombstone";

function hasTombstones(batch: RecordBatch, index: number | undefined): boolean {
	if (index === undefined) return false;
	const column = batch.getChildAt(index);
	return column !== null && [...column].some((value) => value === true);
}

/** The same values under a type of this copy of apache-arrow, whose labels may differ inside of it. */
function underType(data: Data, type: DataType): Data {
	const { offset, length, nullCount, valueOffsets, values, nullBitmap, typeIds, children, dictionary } = data;
	const inner = children.map((child, index) => underType(child, type.children[index]?.type ?? child.type));
	const chunks = dictionary?.data.map((chunk: Data) => underType(chunk, (type as Dictionary).dictionary));
	const buffers = [valueOffsets, values, nullBitmap, typeIds] as unknown as Data["buffers"];
	return new Data(type, offset, length, nullCount, buffers, inner, chunks && new Vector(chunks), data.variadicBuffers);
}

function invalid(message: string): WalError {
	return new WalError("WAL_INVALID", message, { outcome: "not-written" });
}
