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
	const sizes: number[] = [];
	let rows = 0;
	let bytes = 0;
	for (const batch of batches) {
		const size = rowBytesOf(batch);
		sizes.push(size);
		rows += batch.numRows;
		bytes += size;
	}
	return { batches, rows, sizes, bytes };
}
