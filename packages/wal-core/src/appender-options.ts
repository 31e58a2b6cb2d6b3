import type { Schema } from "apache-arrow";
import type { EpochClaim } from "./epoch-claim.ts";
import type { ShardOptions } from "./shard-context.ts";
import type { ShardId } from "./shard-id.ts";

export interface OpenAppenderOptions extends ShardOptions {
	/** Written where the shard does not exist yet; an existing shard keeps its own. Default: 0. */
	readonly shardSpecId?: number | undefined;
	/** A claim of the shard made before; it is consumed. Default: a new one is made. */
	readonly claim?: EpochClaim | undefined;
	/** How long one append goes on while the store fails, in milliseconds. */
	readonly persistDeadlineMs?: number | undefined;
	/** Ends the opening. */
	readonly signal?: AbortSignal | undefined;
}

export interface AppendOptions {
	/** Ends the call: still queued, nothing is written; on its way, the outcome is `unknown`. */
	readonly signal?: AbortSignal | undefined;
	/** The memtable generation of the rows, for whoever reads the entry. Default: none is written. */
	readonly generation?: bigint | undefined;
	/** Written with the entry, metadata included; the batches have its fields. Default: the first batch's. */
	readonly schema?: Schema | undefined;
	/** @internal The batches were checked against `schema` already, by the codec as well. */
	readonly isChecked?: true | undefined;
}

/** An entry that is durable. */
export interface AppendResult {
	readonly shardId: ShardId;
	readonly entryPosition: bigint;
	readonly batches: number;
	readonly rows: number;
	/** Size of the stored object. */
	readonly bytes: number;
	/** Requests that were to create it, all calls and slots counted: 1, unless the store failed or the entry moved. */
	readonly attempts: number;
}
