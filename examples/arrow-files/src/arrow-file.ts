import { type RecordBatch, RecordBatchFileWriter, Schema, type Table, tableFromIPC } from "apache-arrow";
import { corruptFile, type FileLabel, labelMetadata, labelOf } from "./file-label.ts";
import { portableBatches } from "./portable-batches.ts";

/** What a file holds. */
export interface ArrowFile {
	readonly label: FileLabel;
	readonly table: Table;
}

/**
 * The bytes of a file: the same for the same label and the same rows.
 *
 * Columns with dictionaries share one a file, with 32-bit indices, since a file may not replace a dictionary; all else
 * is as it was.
 */
export function encodeArrowFile(label: FileLabel, schema: Schema, batches: readonly RecordBatch[]): Uint8Array {
	const metadata = new Map([...schema.metadata, ...labelMetadata(label)]);
	const labelled = new Schema(schema.fields, metadata);
	return RecordBatchFileWriter.writeAll(portableBatches(labelled, batches)).toUint8Array(true);
}

/**
 * The file in these bytes.
 *
 * @throws `WAL_CORRUPT` when they are none, or not all of one.
 */
export function decodeArrowFile(key: string, bytes: Uint8Array): ArrowFile {
	const table = tableOf(key, bytes);
	const label = labelOf(table.schema.metadata, key);
	// A reader of apache-arrow ends at the first batch that it does not find, and says nothing.
	if (table.numRows !== label.rows) throw corruptFile(key, `it has ${table.numRows} of ${label.rows} rows`);
	return { label, table };
}

function tableOf(key: string, bytes: Uint8Array): Table {
	try {
		return tableFromIPC(bytes);
	} catch (cause) {
		throw corruptFile(key, "it cannot be read as an Arrow IPC file", cause);
	}
}
