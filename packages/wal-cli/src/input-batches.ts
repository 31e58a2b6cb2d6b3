import type { RecordBatch } from "apache-arrow";

/** Some rows of an input, in order. */
export interface InputBatch {
	readonly batch: RecordBatch;
	/** The share of the input that lies before and after this batch, 0 to 1, where it is known. */
	readonly progress?: { readonly before: number; readonly after: number } | undefined;
}

/** How rows are cut into entries: by rows, and by bytes where rows are large. */
export interface EntryLimits {
	readonly batchRows: number;
	readonly maxEntryBytes: number;
}

/** Rows an entry: some hundred kilobytes of usual rows, so that a PUT is worth its round trip and memory stays small. */
export const DEFAULT_BATCH_ROWS = 8_192;
/** Bytes an entry, at most, unless a single row has more: what one PUT uploads well within its deadline. */
export const MAX_ENTRY_BYTES: number = 16 * 1024 * 1024;
/** Lines that the schema of NDJSON is taken from, unless told otherwise. */
export const DEFAULT_INFER_LINES = 1_000;

export const INPUT_FORMATS = ["arrow-file", "arrow-stream", "ndjson"] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];
