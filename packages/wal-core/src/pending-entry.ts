import type { EncodedEntry } from "@memwal/wal-ipc-wasm";
import type { EntryToAppend } from "./entry-to-append.ts";

/** An entry between its encoding and the moment when its fate is known; its bytes stay leased all the while. */
export interface PendingEntry {
	readonly encoded: EncodedEntry;
	readonly batches: number;
	readonly rows: number;
	readonly startedMs: number;
	entryPosition: bigint;
	attempts: number;
	/** Whether any attempt, at this slot or an earlier one, was ever in doubt. */
	everInDoubt: boolean;
	/** Whether an attempt at this slot was. */
	slotInDoubt: boolean;
}

/** An entry of which nobody has tried to write anything. */
export function pendingEntry(
	encoded: EncodedEntry,
	{ batches, rows }: EntryToAppend,
	entryPosition: bigint,
	startedMs: number,
): PendingEntry {
	return {
		encoded,
		batches: batches.length,
		rows,
		startedMs,
		entryPosition,
		attempts: 0,
		everInDoubt: false,
		slotInDoubt: false,
	};
}
