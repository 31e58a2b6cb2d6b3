import { WalError } from "@memwal/wal-runtime";
import type { ShardManifest } from "./shard-manifest.ts";

/**
 * The right to write one shard under one epoch, to be used once.
 *
 * An epoch belongs to exactly one appender: equal bytes under a slot are taken for its own. So whoever opens a writer
 * consumes the claim, and a second use throws.
 */
export class EpochClaim {
	readonly epoch: bigint;
	/** The manifest that the claim wrote. */
	readonly manifest: ShardManifest;
	#consumed = false;

	constructor(manifest: ShardManifest) {
		this.epoch = manifest.writerEpoch;
		this.manifest = manifest;
	}

	/** @throws `WAL_INTERNAL` when the claim was consumed before. */
	consume(): void {
		if (this.#consumed) {
			throw new WalError(
				"WAL_INTERNAL",
				`epoch ${this.epoch} of shard ${this.manifest.shardId} has an appender already; claim a new epoch`,
				{ details: { shard: this.manifest.shardId } },
			);
		}
		this.#consumed = true;
	}
}
