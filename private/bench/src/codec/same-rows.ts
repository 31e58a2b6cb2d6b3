import { isDeepStrictEqual } from "node:util";
import { type RecordBatch, tableFromIPC } from "apache-arrow";
import type { Workload } from "./workloads.ts";

const SAMPLED_ROWS = 20;

/** @throws unless apache-arrow finds in the stream what was to be encoded. */
export function requireStreamOf(stream: Uint8Array, workload: Workload, who: string): void {
	requireRowsOf(tableFromIPC(stream).batches, workload, who);
}

/** @throws unless there are as many rows, and every one that is looked at, evenly spread, is the same. */
export function requireRowsOf(found: readonly RecordBatch[], { name, batches }: Workload, who: string): void {
	const complain = (what: string) => new Error(`${who}: ${what} of ${name} is not what was given`);
	if (found.length !== batches.length) throw complain("the number of batches");
	batches.forEach((given, index) => {
		const batch = found[index];
		if (batch?.numRows !== given.numRows) throw complain(`the number of rows in batch ${index}`);
		for (let row = 0; row < given.numRows; row += Math.max(1, Math.floor(given.numRows / SAMPLED_ROWS))) {
			if (!isDeepStrictEqual(valuesOf(batch, row), valuesOf(given, row)))
				throw complain(`row ${row} in batch ${index}`);
		}
	});
}

function valuesOf(batch: RecordBatch, row: number): unknown[] {
	return batch.schema.fields.map((_, column) => {
		const value: unknown = batch.getChildAt(column)?.get(row);
		return typeof value === "object" && value !== null && "toArray" in value
			? (value as { toArray(): unknown }).toArray()
			: value;
	});
}
