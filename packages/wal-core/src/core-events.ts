import type { CodecChoice } from "@memwal/wal-ipc-wasm";
import type { Observer, WalError } from "@memwal/wal-runtime";

/** What the log tells about itself; every event names its shard. */
export type CoreEvent = { readonly shard: string } & (
	| { readonly type: "manifest.committed"; readonly version: bigint; readonly epoch: bigint }
	/** Harmless: the next reader of the manifest looks a little longer. */
	| { readonly type: "manifest.hint-failed"; readonly error: unknown }
	| { readonly type: "epoch.claimed"; readonly epoch: bigint }
	/** The claim of this epoch may or may not have landed; a higher one is claimed instead. */
	| { readonly type: "epoch.abandoned"; readonly epoch: bigint }
	| { readonly type: "codec.chosen"; readonly choices: readonly CodecChoice[] }
	| { readonly type: "sentinel.written"; readonly entryPosition: bigint; readonly epoch: bigint }
	| {
			readonly type: "entry.appended";
			readonly entryPosition: bigint;
			readonly rows: number;
			readonly bytes: number;
			readonly attempts: number;
			readonly durationMs: number;
	  }
	/** A slot held the sentinel of an opener that lost; the entry goes to the next one. */
	| { readonly type: "entry.moved"; readonly from: bigint; readonly to: bigint }
	| { readonly type: "entry.in-doubt"; readonly entryPosition: bigint; readonly error: WalError }
	| { readonly type: "writer.stopped"; readonly error: WalError }
	/** Batches are durable, and in the indexes where there are some. */
	| {
			readonly type: "flush.done";
			readonly entryPosition: bigint;
			readonly batches: number;
			readonly rows: number;
			readonly bytes: number;
			readonly appendMs: number;
			readonly indexMs: number;
			readonly rowsIndexed: number;
	  }
	/** The first terminal error of whoever flushes: whoever waits is woken with it, and nothing is flushed any more. */
	| { readonly type: "flusher.stopped"; readonly error: WalError }
	/** A memtable's rows are the sink's, and the replay cursor has passed them. */
	| { readonly type: "memtable.sunk"; readonly generation: bigint; readonly entryPosition: bigint }
	/** `offeredAgain`: after a pause. Else the sink is offered nothing any more, since it failed for good or the writer ended. */
	| {
			readonly type: "sink.failed";
			readonly generation: bigint;
			readonly error: unknown;
			readonly offeredAgain: boolean;
	  }
	/** Harmless: the next open searches a little longer for the tip. */
	| { readonly type: "last-seen.failed"; readonly error: unknown }
	| { readonly type: "tail.waiting"; readonly entryPosition: bigint }
);

export type CoreObserver = Observer<CoreEvent>;
