import { ENTRY_KEYS } from "@memwal/wal-ipc-wasm";
import { WalError } from "@memwal/wal-runtime";
import type { Field, RecordBatch, Schema } from "apache-arrow";
import { fieldDifference } from "./field-difference.ts";

/** What an entry of valid batches will say. */
export interface ValidatedBatches {
	/** The given one, else the first batch's, metadata included; the others' metadata is not kept. */
	readonly schema: Schema;
	readonly rows: number;
}

/**
 * Lets only batches through that every reader can read back from one entry: at least one, each with columns and rows,
 * all with the same fields, no nulls in a column that is declared without, and no metadata key that the log uses itself.
 *
 * Record batches of any copy of apache-arrow will do.
 *
 * @throws TypeError when it is no array of record batches; `WAL_INVALID`, naming the batch and what is wrong with it,
 * otherwise. Nothing was written then.
 */
export function validateBatches(batches: readonly RecordBatch[], given?: Schema): ValidatedBatches {
	if (!Array.isArray(batches)) throw new TypeError("batches must be an array of record batches");
	for (let index = 0; index < batches.length; index++) {
		if (!isRecordBatch(batches[index])) {
			throw new TypeError(`batch ${index} is no Arrow record batch; of a Table, pass \`table.batches\``);
		}
	}
	if (given !== undefined && !isSchema(given)) throw new TypeError("schema must be an Arrow schema");
	const schema = batches[0] && (given ?? batches[0].schema);
	if (schema === undefined) throw invalid("no batch was given; an entry has at least one");
	requireWritableSchema(schema);
	/** Those found equal last: batches mostly share their schema, if not with the one that was given. */
	let equal = schema.fields;
	let rows = 0;
	for (let index = 0; index < batches.length; index++) {
		const batch = batches[index] as RecordBatch;
		if (batch.numRows === 0) throw invalid(`batch ${index} has no rows; leave it out`);
		const { fields } = batch.schema;
		if (fields !== equal) {
			const difference = fieldDifference(schema.fields, fields);
			if (difference !== undefined) {
				const meant = given ? "of the schema that was given" : "of the first";
				throw invalid(`batch ${index} ${difference}; the batches of one entry have the fields ${meant}`);
			}
			equal = fields;
		}
		const column = columnWithStrayNulls(batch);
		if (column !== undefined) {
			throw invalid(
				`batch ${index} has nulls in column "${column}", which is not nullable; other readers would reject the entry`,
			);
		}
		rows += batch.numRows;
	}
	return { schema, rows };
}

/** What an entry of batches will say that were checked against the schema before. */
export function checkedBatches(batches: readonly RecordBatch[], schema: Schema): ValidatedBatches {
	return { schema, rows: batches.reduce((sum, { numRows }) => sum + numRows, 0) };
}

/** @throws `WAL_INVALID` for a schema without columns, or with a metadata key that the log uses itself. */
export function requireWritableSchema({ fields, metadata }: Schema): void {
	const reserved = metadata.size > 0 ? [...ENTRY_KEYS].find((key) => metadata.has(key)) : undefined;
	if (reserved !== undefined) {
		throw invalid(`the schema's metadata has the key ${JSON.stringify(reserved)}, which the log uses itself`);
	}
	if (fields.length === 0) throw invalid("the schema has no columns; rows without columns could not be read back");
}

/** By shape, since the batch may come from another copy of apache-arrow. A Table's `data` is an array, a batch's is not. */
export function isRecordBatch(value: unknown): boolean {
	if (typeof value !== "object" || value === null) return false;
	const { numRows, schema, data } = value as Partial<RecordBatch>;
	return (
		typeof numRows === "number" &&
		isSchema(schema) &&
		Array.isArray(data?.children) &&
		data.children.length === schema.fields.length
	);
}

/** By shape, as a record batch. */
function isSchema(value: unknown): value is Schema {
	const { fields, metadata } = (value ?? {}) as Partial<Schema>;
	return Array.isArray(fields) && typeof metadata?.get === "function";
}

/** The first column that has nulls although its field says that it has none. */
export function columnWithStrayNulls(batch: RecordBatch): string | undefined {
	const { fields } = batch.schema;
	const columns = batch.data.children;
	for (let index = 0; index < fields.length; index++) {
		const field = fields[index] as Field;
		if (field.nullable) continue;
		const column = columns[index];
		// Without a bitmap there is nothing to be null: a Null column and a union have none and count differently.
		if (column !== undefined && column.nullBitmap?.length > 0 && column.nullCount > 0) return field.name;
	}
	return undefined;
}

function invalid(message: string): WalError {
	return new WalError("WAL_INVALID", `nothing was appended: ${message}`, { outcome: "not-written" });
}
