import type { RecordBatch } from "apache-arrow";
import { rowBytesOf } from "./batch-bytes.ts";

/** Batches that go into memory together, measured once. */
export interface Load {
	readonly batches: readonly RecordBatch[];
	readonly rows: number;
	/** Of the rows of each batch, in bytes. */
	readonly sizes: readonly number[];
	/** Of all rows. */
	readonly bytes: number;
}

/** Measures the batches. */
export function loadOf(batches: readonly RecordBatch[]): Load {
	const sizes = batches.map(rowBytesOf);
	let rows = 0;
	let bytes = 0;
	for (let index = 0; index < sizes.length; index++) {
		rows += (batches[index] as RecordBatch).numRows;
		bytes += sizes[index] as number;
	}
	return { batches, rows, sizes, bytes };
}
