import type { StoredBatch } from "@memwal/wal-index";
import type { RecordBatch } from "apache-arrow";

/** Batches as a memtable has them, the first of them at a position and a row. */
export function stored(batches: readonly RecordBatch[], firstPosition = 0, firstRow = 0): StoredBatch[] {
	let row = firstRow;
	return batches.map((batch, i) => {
		const one = { batch, batchPosition: firstPosition + i, firstRow: row, rows: batch.numRows };
		row += batch.numRows;
		return one;
	});
}
