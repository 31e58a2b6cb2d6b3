import {
	backoffMs,
	type Clock,
	deadlineAfter,
	isolated,
	isWalError,
	outcomeOf,
	type Random,
	realClock,
	realRandom,
	retryRead,
	WalError,
} from "@memwal/wal-runtime";
import { getWhole, type ObjectStore } from "@memwal/wal-store";
import { type ClaimOptions, claimEpoch } from "./claim-epoch.ts";
import type { CoreEvent, CoreObserver } from "./core-events.ts";
import { DEFAULTS } from "./defaults.ts";
import type { EpochClaim } from "./epoch-claim.ts";
import { fencedError } from "./fenced-error.ts";
import { findLatestVersion } from "./find-latest-version.ts";
import { resolveShard, type ShardId } from "./shard-id.ts";
import { decodeManifest, encodeManifest, firstManifest, type ShardManifest } from "./shard-manifest.ts";
import { manifestKey, manifestPrefix, parseManifestFileName, versionHintKey } from "./shard-paths.ts";
import { checkedSuccessor } from "./successor.ts";
import { encodeVersionHint } from "./version-hint.ts";

export interface ShardManifestStoreOptions {
	/** Rooted at the log's base path. */
	readonly store: ObjectStore;
	/** Name or UUID of the shard. Default: `unsharded`. */
	readonly shard?: string | undefined;
	readonly clock?: Clock | undefined;
	readonly random?: Random | undefined;
	readonly observer?: CoreObserver | undefined;
}

export interface ManifestReadOptions {
	readonly signal?: AbortSignal | undefined;
}

export interface InitializeOptions extends ManifestReadOptions {
	/** Default: 0, a shard that no sharding spec describes. */
	readonly shardSpecId?: number | undefined;
	/** The sharding fields' values as Arrow scalars; the shard's name is added by itself. */
	readonly fieldEntries?: ReadonlyMap<string, Uint8Array> | undefined;
}

/**
 * The manifest of one shard: a sequence of immutable versions without gaps, each created once.
 *
 * A version that was answered for by the store is final; there is no way to change one. Everything here reads through
 * to the store except {@link latest}, which may answer with what this instance last wrote or refreshed.
 */
export class ShardManifestStore {
	readonly shardId: ShardId;
	/** The name that the shard was asked for by; `undefined` where that was a UUID. */
	readonly shardName: string | undefined;
	readonly #store: ObjectStore;
	readonly #clock: Clock;
	readonly #random: Random;
	readonly #observer: CoreObserver | undefined;
	#cached: ShardManifest | undefined;
	/** The highest version written from here: the only ones that are known to be on disk, not just visible. */
	#ownVersion = 0n;
	#commits: Promise<unknown> = Promise.resolve();

	constructor(options: ShardManifestStoreOptions) {
		const { shardId, name } = resolveShard(options.shard ?? DEFAULTS.shard);
		this.shardId = shardId;
		this.shardName = name;
		this.#store = options.store;
		this.#clock = options.clock ?? realClock;
		this.#random = options.random ?? realRandom;
		this.#observer = isolated(options.observer);
	}

	/**
	 * What this instance last wrote or refreshed, else the newest version in the store; `undefined` where there is none.
	 *
	 * @throws `WAL_UNAVAILABLE` when a request failed: never taken for absence. `WAL_CORRUPT` for a damaged manifest.
	 */
	async latest(options?: ManifestReadOptions): Promise<ShardManifest | undefined> {
		return this.#cached ?? (await this.readLatest(options));
	}

	/** The newest version in the store; later calls of {@link latest} answer with it. */
	async refreshLatest(options?: ManifestReadOptions): Promise<ShardManifest | undefined> {
		const latest = await this.readLatest(options);
		this.#adopt(latest);
		return latest;
	}

	/** The newest version in the store, now. */
	async readLatest({ signal }: ManifestReadOptions = {}): Promise<ShardManifest | undefined> {
		const known = this.#cached;
		const version = await findLatestVersion(this.#store, this.shardId, { knownVersion: known?.version, signal });
		if (version === known?.version) return known;
		if (version === 0n) return undefined;
		const manifest = await this.readVersion(version, { signal });
		if (manifest) return manifest;
		throw new WalError("WAL_UNAVAILABLE", `manifest version ${version} was there and could not be read; try again`, {
			details: { shard: this.shardId, key: manifestKey(this.shardId, version) },
		});
	}

	/** One version, or `undefined` where it does not exist. */
	async readVersion(version: bigint, { signal }: ManifestReadOptions = {}): Promise<ShardManifest | undefined> {
		const key = manifestKey(this.shardId, version);
		const object = await getWhole(this.#store, key, { signal });
		if (!object) return undefined;
		const manifest = decodeManifest(object.bytes, key);
		if (manifest.version !== version || manifest.shardId !== this.shardId) {
			throw new WalError(
				"WAL_CORRUPT",
				`${key} says that it is version ${manifest.version} of shard ${manifest.shardId}`,
				{ details: { shard: this.shardId, key } },
			);
		}
		return manifest;
	}

	/** All versions in the store, ascending, by listing: for inspection, never for deciding. */
	async listVersions({ signal }: ManifestReadOptions = {}): Promise<bigint[]> {
		const prefix = manifestPrefix(this.shardId);
		const versions: bigint[] = [];
		for await (const { key } of this.#store.list(prefix, { signal })) {
			const version = parseManifestFileName(key.slice(prefix.length));
			if (version !== undefined) versions.push(version);
		}
		return versions.sort((a, b) => (a < b ? -1 : 1));
	}

	/**
	 * Makes sure that the shard exists, without claiming it: version 1 with epoch 0.
	 *
	 * Where it exists already with the same spec and field values, that manifest is returned, whatever its version.
	 *
	 * @throws `WAL_INVALID` when it exists with others.
	 */
	async initialize(options: InitializeOptions = {}): Promise<ShardManifest> {
		const { signal } = options;
		const wanted = firstManifest({
			shardId: this.shardId,
			name: this.shardName,
			shardSpecId: options.shardSpecId ?? 0,
			writerEpoch: 0n,
			fieldEntries: options.fieldEntries,
		});
		const deadline = deadlineAfter(this.#clock, DEFAULTS.persistDeadlineMs);
		for (let round = 0; ; round++) {
			const existing = await this.refreshLatest({ signal });
			if (existing) return this.#requireSameShard(existing, wanted);
			try {
				if ((await this.create(wanted, { signal })) === "created") return wanted;
			} catch (error) {
				// Whoever wrote version 1, it is read and compared in the next round.
				if (!isWalError(error) || !error.retryable || deadline.expired) throw error;
				await this.#pause(round, deadline.remainingMs(), signal);
			}
		}
	}

	/**
	 * Claims the next epoch: from its return on, every older writer of the shard is fenced as soon as it meets what the
	 * new one writes.
	 *
	 * @throws `WAL_FENCED` when another opener won this race (it is not entered again: no epoch war), `WAL_SEALED`
	 * before anything is written, `WAL_UNAVAILABLE` when too many claims in a row ended in doubt.
	 */
	async claimEpoch(options: ClaimOptions = {}): Promise<EpochClaim> {
		return claimEpoch(this, { clock: this.#clock, random: this.#random, observer: this.#observer }, options);
	}

	/**
	 * Resolves while no higher epoch was claimed, by reading the store now.
	 *
	 * @throws `WAL_FENCED` when one was.
	 */
	async checkFenced(epoch: bigint, options?: ManifestReadOptions): Promise<void> {
		const latest = await this.readLatest(options);
		if (latest && latest.writerEpoch > epoch) throw fencedError(this.shardId, epoch, latest.writerEpoch);
	}

	/**
	 * Creates one version, in exactly one attempt.
	 *
	 * @throws `WAL_CONFLICT` when the version is taken; any other failure carries its `outcome`. Both make this instance
	 * forget what it knew, so that the next read asks the store.
	 */
	async write(manifest: ShardManifest, options?: ManifestReadOptions): Promise<void> {
		if ((await this.create(manifest, options)) === "created") return;
		throw new WalError("WAL_CONFLICT", `manifest version ${manifest.version} of shard ${this.shardId} is taken`, {
			details: { shard: this.shardId, key: manifestKey(this.shardId, manifest.version) },
			outcome: "not-written",
		});
	}

	/**
	 * Changes the manifest as the owner of `epoch`: `change` is applied to the newest version until its result is
	 * stored, so it may run several times. It returns the successor (see `successorOf`), or `undefined` when what it
	 * wants is there already. Cursors never move back, and `lastSeenEntryPosition` never falls below
	 * `replayAfterEntryPosition`.
	 *
	 * Commits of one instance are made one at a time. Doubt is settled by reading what was stored.
	 *
	 * @throws `WAL_FENCED` when a higher epoch was claimed, `WAL_NOT_FOUND` without a manifest, `WAL_CONFLICT` after too
	 * many lost races, `WAL_TIMEOUT` with its `outcome` when the store was away for too long.
	 */
	async commitUpdate(
		epoch: bigint,
		change: (current: ShardManifest) => ShardManifest | undefined,
		options: ManifestReadOptions = {},
	): Promise<ShardManifest> {
		const commit = this.#commits.then(() => this.#commit(epoch, change, options.signal));
		this.#commits = commit.catch(() => undefined);
		return commit;
	}

	/** One attempt to create a version; the answer of the store as it is. For claims, which settle doubt differently. */
	async create(manifest: ShardManifest, { signal }: ManifestReadOptions = {}): Promise<"created" | "exists"> {
		const previous = manifest.version - 1n;
		if (previous > this.#ownVersion) await this.#store.sync?.(manifestPrefix(this.shardId), { signal });
		const cachedBefore = this.#cached;
		this.#cached = undefined;
		const answer = await this.#store.putIfAbsent(
			manifestKey(this.shardId, manifest.version),
			encodeManifest(manifest),
			{ signal },
		);
		if (answer === "exists") return "exists";
		if (manifest.version > this.#ownVersion) this.#ownVersion = manifest.version;
		this.#adopt(cachedBefore);
		this.#adopt(manifest);
		const { version, writerEpoch: epoch } = manifest;
		this.#observer?.({ type: "manifest.committed", shard: this.shardId, version, epoch });
		await this.#publishHint(version);
		return "created";
	}

	async #commit(
		epoch: bigint,
		change: (current: ShardManifest) => ShardManifest | undefined,
		signal: AbortSignal | undefined,
	): Promise<ShardManifest> {
		const deadline = deadlineAfter(this.#clock, DEFAULTS.persistDeadlineMs);
		const retried = <T>(read: () => Promise<T>): Promise<T> =>
			retryRead(read, {
				clock: this.#clock,
				random: this.#random,
				deadline,
				backoff: DEFAULTS.backoff,
				signal,
			});
		const refresh = () => retried(() => this.refreshLatest({ signal }));
		let current = this.#cached ?? (await refresh());
		let inDoubt: ShardManifest | undefined;
		let conflicts = 0;
		for (let round = 0; ; round++) {
			if (!current) throw this.#notFound();
			if (current.writerEpoch > epoch)
				throw fencedError(this.shardId, epoch, current.writerEpoch, inDoubt && "unknown");
			if (current.writerEpoch < epoch) throw this.#neverClaimed(epoch, current.writerEpoch);
			const doubted = inDoubt;
			if (doubted && (await retried(() => this.#isStored(doubted, signal)))) return current;
			const wanted = change(current);
			if (!wanted) return current;
			const next = checkedSuccessor(current, wanted);
			try {
				if ((await this.create(next, { signal })) === "created") return next;
				if (++conflicts >= DEFAULTS.commitConflicts) throw this.#lostTooOften(next.version, conflicts);
			} catch (error) {
				if (!isWalError(error) || !error.retryable || isWalError(error, "WAL_CONFLICT")) throw error;
				if (outcomeOf(error) === "unknown") inDoubt = next;
				if (deadline.expired) throw this.#commitTimedOut(error, inDoubt !== undefined);
				await this.#pause(round, deadline.remainingMs(), signal);
			}
			current = await refresh();
		}
	}

	/** An epoch has one owner and its commits are queued, so equal bytes at that version are this commit. */
	async #isStored(manifest: ShardManifest, signal: AbortSignal | undefined): Promise<boolean> {
		const stored = await this.readVersion(manifest.version, { signal });
		return stored !== undefined && sameBytes(encodeManifest(stored), encodeManifest(manifest));
	}

	#adopt(manifest: ShardManifest | undefined): void {
		if (manifest && manifest.version > (this.#cached?.version ?? 0n)) this.#cached = manifest;
	}

	async #publishHint(version: bigint): Promise<void> {
		try {
			await this.#store.put(versionHintKey(this.shardId), encodeVersionHint(version));
		} catch (error) {
			this.#observer?.({ type: "manifest.hint-failed", shard: this.shardId, error } satisfies CoreEvent);
		}
	}

	async #pause(round: number, remainingMs: number, signal: AbortSignal | undefined): Promise<void> {
		await this.#clock.sleep(Math.min(backoffMs(round, this.#random, DEFAULTS.backoff), remainingMs), { signal });
	}

	#requireSameShard(existing: ShardManifest, wanted: ShardManifest): ShardManifest {
		const same =
			existing.shardSpecId === wanted.shardSpecId &&
			existing.shardFieldEntries.size === wanted.shardFieldEntries.size &&
			[...wanted.shardFieldEntries].every(([field, value]) => {
				const other = existing.shardFieldEntries.get(field);
				return other !== undefined && sameBytes(other, value);
			});
		if (same) return existing;
		throw new WalError(
			"WAL_INVALID",
			`shard ${this.shardId} exists with spec ${existing.shardSpecId} or other field values; use another shard`,
			{ details: { shard: this.shardId }, outcome: "not-written" },
		);
	}

	#notFound(): WalError {
		return new WalError("WAL_NOT_FOUND", `shard ${this.shardId} has no manifest`, {
			details: { shard: this.shardId },
			outcome: "not-written",
		});
	}

	#neverClaimed(epoch: bigint, current: bigint): WalError {
		return new WalError("WAL_INTERNAL", `epoch ${epoch} was never claimed; the manifest is at epoch ${current}`, {
			details: { shard: this.shardId },
			outcome: "not-written",
		});
	}

	#lostTooOften(version: bigint, conflicts: number): WalError {
		return new WalError("WAL_CONFLICT", `lost manifest version ${version} and ${conflicts - 1} before it; try again`, {
			details: { shard: this.shardId },
			outcome: "not-written",
		});
	}

	#commitTimedOut(cause: WalError, inDoubt: boolean): WalError {
		return new WalError(
			"WAL_TIMEOUT",
			`a commit to the manifest of shard ${this.shardId} did not get through in ${DEFAULTS.persistDeadlineMs} ms`,
			{
				details: { shard: this.shardId, deadlineMs: DEFAULTS.persistDeadlineMs },
				outcome: inDoubt ? "unknown" : "not-written",
				cause,
			},
		);
	}
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
