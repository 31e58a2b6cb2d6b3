import type { WalEntry } from "@memwal/wal-core";
import type { RecordBatch } from "apache-arrow";
import type { ResumePoint } from "./row-window.ts";

/** Takes the rows that are read, and prints them in its format. */
export interface RowSink {
	/** The rows of one entry that are to be shown, in order; at least one. */
	rows(batches: readonly RecordBatch[], entry: WalEntry): Promise<void>;
	/** After the last row. */
	end(resume: ResumePoint): Promise<void>;
}
