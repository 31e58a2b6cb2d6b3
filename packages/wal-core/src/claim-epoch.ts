import { backoffMs, deadlineAfter, isWalError, outcomeOf, retryRead, WalError, withOutcome } from "@memwal/wal-runtime";
import { DEFAULTS } from "./defaults.ts";
import { EpochClaim } from "./epoch-claim.ts";
import { fencedError } from "./fenced-error.ts";
import { firstManifest, type ShardManifest } from "./shard-manifest.ts";
import type { ManifestSurroundings, ShardManifestStore } from "./shard-manifest-store.ts";
import { successorOf } from "./successor.ts";
import { highest } from "./u64.ts";

export interface ClaimOptions {
	/** Written where the shard does not exist yet; an existing shard keeps its own. Default: 0. */
	readonly shardSpecId?: number | undefined;
	readonly signal?: AbortSignal | undefined;
}

/**
 * Claims an epoch by creating the next manifest version, one attempt a version.
 *
 * A claim is never settled by comparing bytes: two openers that race for one epoch write the same ones. So a claim in
 * doubt is abandoned, and the next asks for an epoch above every one that this call asked for: its own late write can
 * neither fence it nor be mistaken for it.
 */
export async function claimEpoch(
	manifests: ShardManifestStore,
	{ clock, random, observer }: ManifestSurroundings,
	{ shardSpecId = 0, signal }: ClaimOptions,
): Promise<EpochClaim> {
	const shard = manifests.shardId;
	const deadline = deadlineAfter(clock, DEFAULTS.persistDeadlineMs);
	/** The highest epoch that was asked for in doubt: its claim may land at any time. */
	let abandoned = 0n;
	let doubts = 0;
	/** The epoch of the last claim that certainly lost its version to somebody else's commit. */
	let lost: bigint | undefined;
	let conflicts = 0;
	const readLatest = () =>
		retryRead(() => manifests.refreshLatest({ signal }), {
			clock,
			random,
			deadline,
			backoff: DEFAULTS.backoff,
			signal,
		});
	const claim = async (): Promise<EpochClaim> => {
		for (let round = 0; ; round++) {
			const latest = await readLatest();
			const latestEpoch = latest?.writerEpoch ?? 0n;
			if (latest?.status === "sealed") throw sealedError(shard);
			if (lost !== undefined && doubts === 0 && latestEpoch >= lost) throw fencedError(shard, lost, latestEpoch);
			const epoch = highest(latestEpoch, abandoned) + 1n;
			const claimed = nextClaim(manifests, latest, epoch, shardSpecId);
			const answer = await attempt(manifests, claimed, signal);
			if (answer === "created") {
				observer?.({ type: "epoch.claimed", shard, epoch });
				return new EpochClaim(claimed);
			}
			if (answer === "exists" && doubts === 0) {
				if (++conflicts >= DEFAULTS.claimConflicts) throw lostTooOften(shard, conflicts);
				lost = epoch;
				continue;
			}
			if (answer === "exists" || outcomeOf(answer) === "unknown") {
				// In doubt itself, or refused a version that an earlier claim of ours may hold.
				abandoned = epoch;
				observer?.({ type: "epoch.abandoned", shard, epoch });
				const cause = answer === "exists" ? undefined : answer;
				if (++doubts > DEFAULTS.claimsInDoubt || deadline.expired) throw tooMuchDoubt(shard, doubts, cause);
			} else if (!answer.retryable || deadline.expired) {
				throw answer;
			}
			await clock.sleep(Math.min(backoffMs(round, random, DEFAULTS.backoff), deadline.remainingMs()), { signal });
		}
	};
	try {
		return await claim();
	} catch (error) {
		if (!isWalError(error)) throw error;
		throw withOutcome(error, doubts > 0 || error.outcome === "unknown" ? "unknown" : "not-written");
	}
}

/** One attempt to create the claim's version: the store's answer, or the error of a store that was away. */
async function attempt(
	manifests: ShardManifestStore,
	claimed: ShardManifest,
	signal: AbortSignal | undefined,
): Promise<"created" | "exists" | WalError> {
	try {
		return await manifests.create(claimed, { signal });
	} catch (error) {
		if (isWalError(error) && error.kind === "unavailable") return error;
		throw error;
	}
}

function nextClaim(
	manifests: ShardManifestStore,
	latest: ShardManifest | undefined,
	writerEpoch: bigint,
	shardSpecId: number,
): ShardManifest {
	return latest
		? successorOf(latest, { writerEpoch })
		: firstManifest({ shardId: manifests.shardId, name: manifests.shardName, shardSpecId, writerEpoch });
}

/** The error of whoever asks for a sealed shard. */
export function sealedError(shard: string): WalError<"WAL_SEALED"> {
	return new WalError("WAL_SEALED", `shard ${shard} is sealed; refusing to claim it (its table is being dropped)`, {
		details: { shard },
		outcome: "not-written",
	});
}

function lostTooOften(shard: string, conflicts: number): WalError {
	return new WalError("WAL_CONFLICT", `lost ${conflicts} manifest versions of shard ${shard} to other commits`, {
		details: { shard },
	});
}

function tooMuchDoubt(shard: string, doubts: number, cause: WalError | undefined): WalError {
	return new WalError(
		"WAL_UNAVAILABLE",
		`${doubts} claims of shard ${shard} ended in doubt; the store loses replies. Try again when it is healthy`,
		{ details: { shard }, ...(cause ? { cause } : {}) },
	);
}
