import { WalError } from "@memwal/wal-runtime";
import type { ShardManifest } from "./shard-manifest.ts";
import { highest } from "./u64.ts";

/** `current` with some fields changed, as the version that follows it. */
export function successorOf(
	current: ShardManifest,
	changes: Partial<Omit<ShardManifest, "version" | "shardId">>,
): ShardManifest {
	return { ...current, ...changes, version: current.version + 1n };
}

/**
 * `wanted` if it may follow `current`: the next version, of the same epoch; its cursors merged by the higher value.
 *
 * @throws `WAL_INTERNAL` if it may not.
 */
export function checkedSuccessor(current: ShardManifest, wanted: ShardManifest): ShardManifest {
	if (wanted.version !== current.version + 1n || wanted.writerEpoch !== current.writerEpoch) {
		throw new WalError(
			"WAL_INTERNAL",
			`manifest version ${wanted.version} (epoch ${wanted.writerEpoch}) is not the successor of version ${current.version} (epoch ${current.writerEpoch})`,
			{ details: { shard: current.shardId }, outcome: "not-written" },
		);
	}
	const replayAfterEntryPosition = highest(wanted.replayAfterEntryPosition, current.replayAfterEntryPosition);
	const lastSeenEntryPosition = highest(
		replayAfterEntryPosition,
		wanted.lastSeenEntryPosition,
		current.lastSeenEntryPosition,
	);
	return { ...wanted, replayAfterEntryPosition, lastSeenEntryPosition };
}
