import type { WalErrorCode } from "@memwal/wal-runtime";
import type { RowLookups } from "./row-lookup.ts";

/** What a writer process is told when it is started. */
export interface WriterTask {
	readonly url: string;
	readonly source: string;
	readonly batchRows: number;
	/** How many entries it may be ahead of the parent's confirmations. */
	readonly window: number;
	/** A process to kill when the parent dies: one that is stopped could not notice. */
	readonly guardPid?: number | undefined;
}

/** From the parent to a writer. */
export type WriterOrder =
	| { readonly type: "claim" }
	/** The parent has heard of that many entries in all. */
	| { readonly type: "confirmed"; readonly entries: number }
	/** Where processes cannot be stopped (Windows). */
	| { readonly type: "pause" }
	| { readonly type: "resume" }
	| { readonly type: "exit" };

/** From a writer to the parent. */
export type WriterReport =
	| { readonly type: "ready" }
	| { readonly type: "claimed"; readonly epoch: bigint; readonly durableRows: number }
	| {
			readonly type: "appended";
			readonly entryPosition: bigint;
			readonly rows: number;
			/** How long it waited for the acknowledgement. */
			readonly ackMs: number;
	  }
	| { readonly type: "looked-up"; readonly lookups: RowLookups }
	| { readonly type: "finished" }
	| { readonly type: "failed"; readonly code: WalErrorCode | undefined; readonly message: string };
