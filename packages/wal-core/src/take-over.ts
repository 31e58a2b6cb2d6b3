import { deadlineAfter, isWalError, throwIfAborted, WalError } from "@memwal/wal-runtime";
import { createOnce, getWhole } from "@memwal/wal-store";
import { Schema } from "apache-arrow";
import { sealedError } from "./claim-epoch.ts";
import { DEFAULTS } from "./defaults.ts";
import { MAX_ENTRY_POSITION } from "./entry-position.ts";
import type { EpochClaim } from "./epoch-claim.ts";
import { fencedError } from "./fenced-error.ts";
import { findTip } from "./find-tip.ts";
import { retried, type ShardContext } from "./shard-context.ts";
import type { ShardManifest } from "./shard-manifest.ts";
import type { ShardManifestStore } from "./shard-manifest-store.ts";
import { entryKey, walPrefix } from "./shard-paths.ts";
import { successorOf } from "./successor.ts";
import { earlierEntry } from "./taken-slot.ts";
import { decodeWalEntry, type WalEntry } from "./wal-entry.ts";

export interface TakeOverOptions {
	/** A claim made before; it is consumed. Default: a claim is made here. */
	readonly claim?: EpochClaim | undefined;
	readonly shardSpecId?: number | undefined;
	/** How long the sentinel may stay in doubt, in milliseconds. */
	readonly persistDeadlineMs: number;
	/** Throws where the newest rows above the replay cursor show that the opening must fail; nobody is fenced then. */
	readonly checkNewest?: ((entry: WalEntry) => void) | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** A shard as its new owner found it. */
export interface TakenOver {
	readonly epoch: bigint;
	/** Where the first entry of the new epoch goes; every slot below, down to the replay cursor, is written. */
	readonly nextEntryPosition: bigint;
	/** Read after the fence was in place. */
	readonly manifest: ShardManifest;
}

/**
 * Makes the caller the one writer of a shard: claims an epoch and fences whoever wrote before.
 *
 * When it resolves, no earlier writer's append can succeed any more: each goes for the slot of the fence sentinel
 * first, and finds it taken. What can be checked without owning anything is checked before the claim, so that an open
 * that must fail fences nobody.
 *
 * @throws RangeError for a claim of another shard; `WAL_SEALED`, `WAL_FENCED`, `WAL_CORRUPT` or `WAL_GAP` for what stands in the way; `WAL_UNAVAILABLE` and
 * `WAL_TIMEOUT` when the store was away for too long.
 */
export async function takeOver(
	context: ShardContext<ShardManifestStore>,
	options: TakeOverOptions,
): Promise<TakenOver> {
	const { manifests, store } = context;
	const { signal } = options;
	const claimed = options.claim?.manifest.shardId ?? manifests.shardId;
	if (claimed !== manifests.shardId) {
		throw new RangeError(`the claim is for shard ${claimed}, not ${manifests.shardId}`);
	}
	throwIfAborted(signal);
	const expectedTip = await checkBeforeClaim(context, options);
	const claim = options.claim ?? (await manifests.claimEpoch({ shardSpecId: options.shardSpecId, signal }));
	claim.consume();
	const { epoch } = claim;

	let { manifest } = claim;
	let hint = expectedTip - 1n;
	for (let restart = 0; restart < DEFAULTS.openRestarts; restart++) {
		const tip = await retried(context, signal, () => findTip({ ...context, manifest, hints: [hint], signal }));
		let next = tip;
		if (epoch > FIRST_EPOCH) {
			// A sentinel on top of entries that a power cut takes back would leave a gap below it.
			await retried(context, signal, async () => store.sync?.(walPrefix(manifests.shardId), { signal }));
			next = (await writeSentinel(context, epoch, tip, options)) + 1n;
		}
		manifest = await ownManifest(context, epoch, signal);
		// Else the slot was free because it had been collected, and nobody would ever collide with the sentinel there.
		if (next > manifest.replayAfterEntryPosition + (epoch > FIRST_EPOCH ? 1n : 0n)) {
			return { epoch, nextEntryPosition: next, manifest };
		}
		hint = next - 1n;
	}
	throw collectedTooOften(manifests.shardId);
}

/**
 * The manifest as it is now, for the owner of `epoch`.
 *
 * @throws `WAL_FENCED` when there is a newer one.
 */
export async function ownManifest(
	context: ShardContext,
	epoch: bigint,
	signal: AbortSignal | undefined,
): Promise<ShardManifest> {
	const { manifests } = context;
	const now = await retried(context, signal, () => manifests.readLatest({ signal }));
	if (!now || now.writerEpoch < epoch) throw vanished(context, epoch);
	if (now.writerEpoch > epoch) throw fencedError(manifests.shardId, epoch, now.writerEpoch);
	return now;
}

/**
 * Writes `lastSeen` into the manifest, where the next open and every reader begin to look for the tip. A hint: only the
 * loss of the epoch is an error.
 *
 * @throws `WAL_FENCED`.
 */
export async function publishLastSeen(
	{ manifests, observer }: ShardContext<ShardManifestStore>,
	epoch: bigint,
	entryPosition: bigint,
	signal?: AbortSignal,
): Promise<void> {
	try {
		await manifests.commitUpdate(
			epoch,
			(current) =>
				current.lastSeenEntryPosition >= entryPosition
					? undefined
					: successorOf(current, { lastSeenEntryPosition: entryPosition }),
			{ signal },
		);
	} catch (error) {
		if (isWalError(error, "WAL_FENCED")) throw error;
		observer?.({ type: "last-seen.failed", shard: manifests.shardId, error });
	}
}

/** The first writer of a shard has nobody to fence. */
const FIRST_EPOCH = 1n;

/** Checks the manifest and the newest entry, and returns the tip as it is now. */
async function checkBeforeClaim(
	context: ShardContext,
	{ checkNewest, signal }: Pick<TakeOverOptions, "checkNewest" | "signal">,
): Promise<bigint> {
	const { manifests } = context;
	// Remembered, so that every later look only asks for what came after it.
	const manifest = await retried(context, signal, () => manifests.refreshLatest({ signal }));
	if (manifest?.status === "sealed") throw sealedError(manifests.shardId);
	const tip = await retried(context, signal, () => findTip({ ...context, manifest, signal }));
	if (tip > MAX_ENTRY_POSITION) throw fullError(manifests.shardId);
	const replayAfter = manifest?.replayAfterEntryPosition ?? 0n;
	// What the cursor covers is settled: it is read no more, and whoever moved the cursor past it had no lower epoch.
	if (tip - 1n <= replayAfter) return tip;
	const newest = await retried(context, signal, () => readEntry(context, tip - 1n, signal));
	if (newest && checkNewest) {
		const withRows = await newestWithRows(context, newest, replayAfter, signal);
		if (withRows) checkNewest(withRows);
	}
	if (!newest || newest.writerEpoch <= (manifest?.writerEpoch ?? 0n)) return tip;
	const now = await retried(context, signal, () => manifests.readLatest({ signal }));
	const ownEpoch = now?.writerEpoch ?? 0n;
	if (newest.writerEpoch > ownEpoch) throw fencedError(manifests.shardId, ownEpoch + 1n, newest.writerEpoch);
	return tip;
}

/** The newest entry above the cursor that has rows: a few openers may have left their sentinels on top of it. */
async function newestWithRows(
	context: ShardContext,
	newest: WalEntry,
	replayAfter: bigint,
	signal: AbortSignal | undefined,
): Promise<WalEntry | undefined> {
	let entry: WalEntry | undefined = newest;
	for (let sentinels = 0; entry; sentinels++) {
		if (entry.rows > 0) return entry;
		const below: bigint = entry.entryPosition - 1n;
		if (below <= replayAfter || sentinels === DEFAULTS.absenceWindow) break;
		entry = await retried(context, signal, () => readEntry(context, below, signal));
	}
	return undefined;
}

async function readEntry(
	{ store, manifests: { shardId }, codec }: ShardContext,
	entryPosition: bigint,
	signal: AbortSignal | undefined,
): Promise<WalEntry | undefined> {
	const object = await getWhole(store, entryKey(shardId, entryPosition), { signal });
	return object && decodeWalEntry(object, { shardId, entryPosition }, codec);
}

/** Writes the sentinel to the first slot from `tip` on that is free, and returns its position. */
async function writeSentinel(
	context: ShardContext,
	epoch: bigint,
	tip: bigint,
	{ persistDeadlineMs, signal }: TakeOverOptions,
): Promise<bigint> {
	const { store, manifests, codec, clock, random, observer } = context;
	const { shardId } = manifests;
	const deadline = deadlineAfter(clock, persistDeadlineMs);
	const sentinel = codec.encode({
		schema: new Schema([]),
		batches: [],
		header: { writerEpoch: epoch, fenceSentinel: true },
		writeId: random.bytes(16),
	});
	try {
		let entryPosition = tip;
		for (let taken = 1; ; taken++) {
			if (entryPosition > MAX_ENTRY_POSITION) throw fullError(shardId);
			const created = await createOnce(store, entryKey(shardId, entryPosition), sentinel.pieces, {
				clock,
				random,
				deadlineMs: deadline.remainingMs(),
				crc32: sentinel.crc32,
				signal,
			});
			if (created.result === "written") {
				observer?.({ type: "sentinel.written", shard: shardId, entryPosition, epoch });
				return entryPosition;
			}
			earlierEntry(created.existing, { shardId, entryPosition }, epoch, codec);
			if (deadline.expired) throw outrun(shardId, taken, persistDeadlineMs);
			entryPosition =
				taken % DEFAULTS.takenSlotsBeforeSearch === 0
					? await retried(context, signal, () => findTip({ ...context, hints: [entryPosition], signal }))
					: entryPosition + 1n;
		}
	} finally {
		sentinel.release();
	}
}

/** The error of a log that has used up its positions. */
export function fullError(shard: string): WalError<"WAL_INVALID"> {
	return new WalError("WAL_INVALID", `shard ${shard} has no free entry position left; use another shard`, {
		details: { shard },
		outcome: "not-written",
	});
}

/** The error of an open whose log was collected under it again and again. */
export function collectedTooOften(shard: string): WalError<"WAL_UNAVAILABLE"> {
	return new WalError(
		"WAL_UNAVAILABLE",
		`the log of shard ${shard} was collected ${DEFAULTS.openRestarts} times while it was opened; try again`,
		{ details: { shard } },
	);
}

function outrun(shard: string, taken: number, deadlineMs: number): WalError {
	return new WalError(
		"WAL_TIMEOUT",
		`${taken} slots of shard ${shard} were taken by earlier writers before the fence sentinel got one in ${deadlineMs} ms`,
		{ details: { shard, deadlineMs }, outcome: "not-written" },
	);
}

function vanished({ manifests: { shardId } }: ShardContext, epoch: bigint): WalError {
	return new WalError(
		"WAL_INTERNAL",
		`the manifest of shard ${shardId} no longer knows epoch ${epoch}, claimed just now`,
		{
			details: { shard: shardId },
		},
	);
}
