import { type RecordBatch, Table, Utf8, vectorFromArray } from "apache-arrow";

/** The size of the stored entry that the suites work with: what a client that writes one event at a time makes. */
export const SMALL_ENTRY_BYTES = 600;

/** Arrow pads to 64 bytes, so that an entry's size goes in steps. */
const STEP_BYTES = 64;

/** A batch of one row, whose entry has {@link SMALL_ENTRY_BYTES} but for a step. */
export function smallBatch(id: number): RecordBatch {
	const [batch] = new Table({ event: vectorFromArray([eventOf(id)], new Utf8()) }).batches;
	if (!batch) throw new Error("a table of one row has no batch");
	return batch;
}

/** Throws unless the batch is the one that was made for `id`. */
export function requireSmallBatch(batch: RecordBatch, id: number): void {
	if (batch.numRows !== 1 || batch.getChild("event")?.get(0) !== eventOf(id)) {
		throw new Error(`row ${id} is not what was appended`);
	}
}

/** Throws where the codec no longer makes entries of about the size that the suites speak of. */
export function requireSmallEntry(bytes: number): void {
	if (Math.abs(bytes - SMALL_ENTRY_BYTES) < STEP_BYTES) return;
	throw new Error(`the entry has ${bytes} bytes, not about ${SMALL_ENTRY_BYTES}: fit the batch to the codec`);
}

function eventOf(id: number): string {
	return `event ${id}`.padEnd(STEP_BYTES, ".");
}
