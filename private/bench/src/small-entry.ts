import { type RecordBatch, Table, Utf8, vectorFromArray } from "apache-arrow";

/** The size of the stored entry that the suites work with: what a client that writes one event at a time makes. */
export const SMALL_ENTRY_BYTES = 600;

/** As long as it takes for {@link SMALL_ENTRY_BYTES}; the suites check the size of what they stored. */
const NOTE = "n".repeat(80);

/** A batch of one row, whose entry has {@link SMALL_ENTRY_BYTES}. */
export function smallBatch(id: number): RecordBatch {
	const [batch] = new Table({ id: vectorFromArray([id]), note: vectorFromArray([NOTE], new Utf8()) }).batches;
	if (!batch) throw new Error("a table of one row has no batch");
	return batch;
}
