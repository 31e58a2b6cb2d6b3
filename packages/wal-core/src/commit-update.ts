import {
	backoffMs,
	deadlineAfter,
	isWalError,
	outcomeOf,
	retryRead,
	WalError,
	type WriteOutcome,
	withOutcome,
} from "@memwal/wal-runtime";
import { DEFAULTS } from "./defaults.ts";
import { fencedError } from "./fenced-error.ts";
import { sameBytes } from "./same-bytes.ts";
import { encodeManifest, type ShardManifest } from "./shard-manifest.ts";
import type { ManifestSurroundings, ShardManifestStore } from "./shard-manifest-store.ts";
import { checkedSuccessor } from "./successor.ts";

/** Makes the successor of a manifest, or `undefined` where it holds already what is wanted. */
export type ChangeManifest = (current: ShardManifest) => ShardManifest | undefined;

/**
 * Commits a change to the manifest as the owner of `epoch`.
 *
 * A version whose attempt is in doubt is attempted again with the same bytes until it is known whose it is; only then
 * the change is made anew. So a change that adds something adds it once.
 */
export async function commitUpdate(
	manifests: ShardManifestStore,
	{ clock, random }: ManifestSurroundings,
	epoch: bigint,
	change: ChangeManifest,
	signal: AbortSignal | undefined,
): Promise<ShardManifest> {
	const { shardId } = manifests;
	const deadline = deadlineAfter(clock, DEFAULTS.persistDeadlineMs);
	let inDoubt: ShardManifest | undefined;
	let conflicts = 0;
	const outcome = (): WriteOutcome => (inDoubt ? "unknown" : "not-written");
	/** Repeats what may be repeated, and adds the outcome where it fails for good. */
	const patiently = async <T>(read: () => Promise<T>): Promise<T> => {
		try {
			return await retryRead(read, { clock, random, deadline, backoff: DEFAULTS.backoff, signal });
		} catch (error) {
			throw isWalError(error) ? withOutcome(error, outcome()) : error;
		}
	};
	const refresh = () => patiently(() => manifests.refreshLatest({ signal }));
	const durable = async (current: ShardManifest): Promise<ShardManifest> => {
		await patiently(() => manifests.makeDurable(current.version, { signal }));
		return current;
	};

	let current = await patiently(() => manifests.latest({ signal }));
	// What is cached may be older than the claim.
	if (!current || current.writerEpoch < epoch) current = await refresh();
	for (let round = 0; ; round++) {
		if (!current) throw notFound(shardId);
		if (current.writerEpoch > epoch) throw fencedError(shardId, epoch, current.writerEpoch, outcome());
		if (current.writerEpoch < epoch) throw neverClaimed(shardId, epoch, current.writerEpoch);
		if (inDoubt && current.version >= inDoubt.version) {
			const { version } = inDoubt;
			const stored = await patiently(() => manifests.readVersion(version, { signal }));
			// An epoch has one owner and its commits are queued, so equal bytes at that version are this commit.
			if (stored && sameBytes(encodeManifest(stored), encodeManifest(inDoubt))) return durable(current);
			inDoubt = undefined;
		}
		if (conflicts >= DEFAULTS.commitConflicts) throw lostTooOften(shardId, conflicts, outcome());
		let next = inDoubt;
		if (!next) {
			const wanted = change(current);
			if (!wanted) return durable(current);
			next = checkedSuccessor(current, wanted);
		}
		try {
			if ((await manifests.create(next, { signal })) === "created") return next;
			conflicts++;
		} catch (error) {
			if (!isWalError(error)) throw error;
			if (outcomeOf(error) === "unknown") inDoubt = next;
			// An attempt in doubt is settled whatever its reason.
			const canPass = error.retryable || (error.kind === "unavailable" && outcomeOf(error) === "unknown");
			if (!canPass) throw withOutcome(error, outcome());
			if (deadline.expired) throw timedOut(shardId, error, outcome());
			const pauseMs = Math.min(backoffMs(round, random, DEFAULTS.backoff), deadline.remainingMs());
			await patiently(() => clock.sleep(pauseMs, { signal }));
		}
		current = await refresh();
	}
}

function notFound(shard: string): WalError {
	return new WalError("WAL_NOT_FOUND", `shard ${shard} has no manifest`, {
		details: { shard },
		outcome: "not-written",
	});
}

function neverClaimed(shard: string, epoch: bigint, current: bigint): WalError {
	return new WalError("WAL_INTERNAL", `epoch ${epoch} was never claimed; the manifest is at epoch ${current}`, {
		details: { shard },
		outcome: "not-written",
	});
}

function lostTooOften(shard: string, conflicts: number, outcome: WriteOutcome): WalError {
	return new WalError(
		"WAL_CONFLICT",
		`lost ${conflicts} manifest versions of shard ${shard} to other commits; try again`,
		{
			details: { shard },
			outcome,
		},
	);
}

function timedOut(shard: string, cause: WalError, outcome: WriteOutcome): WalError {
	const deadlineMs = DEFAULTS.persistDeadlineMs;
	return new WalError(
		"WAL_TIMEOUT",
		`a commit to the manifest of shard ${shard} did not get through in ${deadlineMs} ms`,
		{
			details: { shard, deadlineMs },
			outcome,
			cause,
		},
	);
}
