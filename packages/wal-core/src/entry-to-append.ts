import type { RecordBatch, Schema } from "apache-arrow";
import type { AppendOptions } from "./appender-options.ts";
import { requireU64 } from "./u64.ts";
import { checkedBatches, validateBatches } from "./validate-batches.ts";

/** What makes an entry, until it is its turn. */
export interface EntryToAppend {
	readonly schema: Schema;
	readonly batches: readonly RecordBatch[];
	readonly rows: number;
	readonly generation: bigint | undefined;
	readonly isChecked: true | undefined;
}

/** @throws as {@link validateBatches}; RangeError for a generation that no entry can have. */
export function entryToAppend(
	batches: readonly RecordBatch[],
	{ generation, schema: given, isChecked }: AppendOptions,
): EntryToAppend {
	if (generation !== undefined) requireU64(generation, "generation");
	const { schema, rows } = isChecked && given ? checkedBatches(batches, given) : validateBatches(batches, given);
	// The array may be the caller's buffer, which is filled anew while its entry waits.
	return { schema, batches: [...batches], rows, generation, isChecked };
}
