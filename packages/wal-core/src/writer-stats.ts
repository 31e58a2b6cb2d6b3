import type { WalError } from "@memwal/wal-runtime";

/** A writer's state and its work so far; durations in milliseconds, summed. */
export interface WriterStats {
	readonly puts: { readonly count: number; readonly rows: number; readonly bytes: number };
	readonly entries: { readonly count: number; readonly bytes: number; readonly appendMs: number };
	readonly index: { readonly rows: number; readonly durationMs: number };
	/** Puts that had to wait, or were refused, because too much was waiting already. */
	readonly heldBack: number;
	/** Bytes of rows that are not in the log. */
	readonly waitingBytes: number;
	/** How many of the writer's batches are in the log; those replayed are among them. */
	readonly durableBatches: number;
	readonly memtables: { readonly count: number; readonly bytes: number };
	/** Full memtables that wait for the sink, or are on their way to it. */
	readonly sinking: number;
	readonly nextEntryPosition: bigint;
	/** What ended the writer. */
	readonly stopped: WalError | undefined;
}
