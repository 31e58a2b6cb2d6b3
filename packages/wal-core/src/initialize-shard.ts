import { isWalError, outcomeOf, retryRead, WalError, withOutcome } from "@memwal/wal-runtime";
import { DEFAULTS } from "./defaults.ts";
import { sameBytes } from "./same-bytes.ts";
import { firstManifest, NAME_FIELD_ID, type ShardManifest } from "./shard-manifest.ts";
import type { ManifestSurroundings, ShardManifestStore } from "./shard-manifest-store.ts";

export interface InitializeOptions {
	/** Default: 0, a shard that no sharding spec describes. */
	readonly shardSpecId?: number | undefined;
	/** The sharding fields' values as Arrow scalars; the shard's name is added by itself. */
	readonly fieldEntries?: ReadonlyMap<string, Uint8Array> | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** Creates version 1 with epoch 0, or finds that the shard exists as it should. */
export async function initializeShard(
	manifests: ShardManifestStore,
	{ clock, random }: ManifestSurroundings,
	{ shardSpecId = 0, fieldEntries, signal }: InitializeOptions,
): Promise<ShardManifest> {
	const { shardId, shardName: name } = manifests;
	const wanted = firstManifest({ shardId, name, shardSpecId, writerEpoch: 0n, fieldEntries });
	let inDoubt = false;
	const findOrCreate = async (): Promise<ShardManifest> => {
		const existing = await manifests.refreshLatest({ signal });
		if (existing) {
			await manifests.makeDurable(existing.version, { signal });
			return existing;
		}
		try {
			if ((await manifests.create(wanted, { signal })) === "created") return wanted;
		} catch (error) {
			inDoubt ||= outcomeOf(error) === "unknown";
			throw error;
		}
		throw new WalError("WAL_UNAVAILABLE", `shard ${shardId} was created a moment ago and cannot be read yet`, {
			details: { shard: shardId },
		});
	};
	const deadline = DEFAULTS.persistDeadlineMs;
	try {
		// Repeated as a read is: each try begins by looking, and whoever wrote version 1, it is compared with what is wanted.
		const found = await retryRead(findOrCreate, { clock, random, deadline, backoff: DEFAULTS.backoff, signal });
		return requireSameShard(found, wanted);
	} catch (error) {
		throw isWalError(error) ? withOutcome(error, inDoubt ? "unknown" : "not-written") : error;
	}
}

function requireSameShard(existing: ShardManifest, wanted: ShardManifest): ShardManifest {
	const fields = shardingFields(existing);
	const wantedFields = shardingFields(wanted);
	const same =
		existing.shardSpecId === wanted.shardSpecId &&
		fields.size === wantedFields.size &&
		[...wantedFields].every(([field, value]) => sameBytes(fields.get(field), value));
	if (same) return existing;
	throw new WalError(
		"WAL_INVALID",
		`shard ${existing.shardId} exists with spec ${existing.shardSpecId} or other field values; use another shard`,
		{ details: { shard: existing.shardId } },
	);
}

/** Without the name: a shard is fine without one, and has the id that the name leads to. */
function shardingFields({ shardFieldEntries }: ShardManifest): Map<string, Uint8Array> {
	return new Map([...shardFieldEntries].filter(([fieldId]) => fieldId !== NAME_FIELD_ID));
}
