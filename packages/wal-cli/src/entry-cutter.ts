import type { RecordBatch } from "apache-arrow";
import type { EntryLimits, InputBatch } from "./input-batches.ts";

/** The rows of one entry to be. */
export interface EntryRows {
	readonly batches: readonly RecordBatch[];
	readonly rows: number;
	/** The share of the input that ends with this entry, 0 to 1, where it is known. */
	readonly progress: number | undefined;
}

export interface CutOptions extends EntryLimits {
	/** Rows at the start of the input to leave out. */
	readonly skipRows?: number | undefined;
}

/** Cuts an input into entries of `batchRows` rows, fewer where those would exceed `maxEntryBytes`; the order is kept. */
export async function* cutEntries(
	input: AsyncIterable<InputBatch>,
	{ batchRows, maxEntryBytes, skipRows = 0 }: CutOptions,
): AsyncGenerator<EntryRows, void> {
	let toSkip = skipRows;
	let batches: RecordBatch[] = [];
	let rows = 0;
	let bytes = 0;
	let progress: number | undefined;
	const take = (): EntryRows => {
		const entry = { batches, rows, progress };
		batches = [];
		rows = 0;
		bytes = 0;
		return entry;
	};
	for await (const { batch, progress: span } of input) {
		const rowBytes = batch.data.byteLength / batch.numRows;
		let start = Math.min(toSkip, batch.numRows);
		toSkip -= start;
		while (start < batch.numRows) {
			if (rows > 0 && bytes + rowBytes > maxEntryBytes) yield take();
			const fitting = Math.max(1, Math.floor((maxEntryBytes - bytes) / rowBytes));
			const end = Math.min(batch.numRows, start + Math.min(batchRows - rows, fitting));
			batches.push(start === 0 && end === batch.numRows ? batch : batch.slice(start, end));
			rows += end - start;
			bytes += (end - start) * rowBytes;
			progress = span && span.before + (span.after - span.before) * (end / batch.numRows);
			start = end;
			if (rows === batchRows) yield take();
		}
	}
	if (rows > 0) yield take();
}
