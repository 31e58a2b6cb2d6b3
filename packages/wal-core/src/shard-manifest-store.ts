import {
	type Clock,
	isolated,
	isWalError,
	type Random,
	realClock,
	realRandom,
	WalError,
	withOutcome,
} from "@memwal/wal-runtime";
import { type ClaimOptions, claimEpoch } from "./claim-epoch.ts";
import { type ChangeManifest, commitUpdate } from "./commit-update.ts";
import type { CoreObserver } from "./core-events.ts";
import type { EpochClaim } from "./epoch-claim.ts";
import { type InitializeOptions, initializeShard } from "./initialize-shard.ts";
import { ManifestReader, type ManifestReaderOptions, type ManifestReadOptions } from "./manifest-reader.ts";
import { encodeManifest, type ShardManifest } from "./shard-manifest.ts";
import { manifestKey, manifestPrefix, versionHintKey } from "./shard-paths.ts";
import { TurnQueue } from "./turn-queue.ts";
import { MAX_U64 } from "./u64.ts";
import { encodeVersionHint } from "./version-hint.ts";

export interface ShardManifestStoreOptions extends ManifestReaderOptions {
	readonly clock?: Clock | undefined;
	readonly random?: Random | undefined;
	readonly observer?: CoreObserver | undefined;
}

/** What the procedures that write manifests need beside the store. */
export interface ManifestSurroundings {
	readonly clock: Clock;
	readonly random: Random;
	readonly observer: CoreObserver | undefined;
}

/**
 * The manifest of one shard: a sequence of immutable versions without gaps, each created once.
 *
 * A version that was answered for by the store is final; there is no way to change one. Nothing is built on a version
 * that a power cut could still take back.
 */
export class ShardManifestStore extends ManifestReader {
	readonly #surroundings: ManifestSurroundings;
	readonly #commits = new TurnQueue();
	/** Every version up to this one is on disk, not just visible. */
	#durableVersion = 0n;

	constructor(options: ShardManifestStoreOptions) {
		super(options);
		const { clock = realClock, random = realRandom } = options;
		this.#surroundings = { clock, random, observer: isolated(options.observer) };
	}

	/**
	 * Makes sure that the shard exists, without claiming it: version 1 with epoch 0.
	 *
	 * Where it exists already with the same spec and field values, that manifest is returned, whatever its version.
	 *
	 * @throws `WAL_INVALID` when it exists with others; `WAL_UNAVAILABLE` with its `outcome` when the store was away for
	 * too long.
	 */
	async initialize(options: InitializeOptions = {}): Promise<ShardManifest> {
		return initializeShard(this, this.#surroundings, options);
	}

	/**
	 * Claims the next epoch: from its return on, every older writer of the shard is fenced as soon as it meets what the
	 * new one writes.
	 *
	 * @throws `WAL_FENCED` when another opener won this race (it is not entered again: no epoch war), `WAL_SEALED`
	 * before anything is written, `WAL_UNAVAILABLE` when too many claims in a row ended in doubt, `WAL_CONFLICT` when
	 * other commits took too many versions.
	 */
	async claimEpoch(options: ClaimOptions = {}): Promise<EpochClaim> {
		return claimEpoch(this, this.#surroundings, options);
	}

	/**
	 * Changes the manifest as the owner of `epoch`: `change` is applied to the newest version until its result is
	 * stored, so it may run several times. It returns the successor (see `successorOf`), or `undefined` when what it
	 * wants is there already. Cursors never move back, and `lastSeenEntryPosition` never falls below
	 * `replayAfterEntryPosition`. What it resolves with is on disk, change and all.
	 *
	 * Commits of one instance are made one at a time. Doubt is settled by reading what was stored.
	 *
	 * @throws `WAL_FENCED` when a higher epoch was claimed, `WAL_NOT_FOUND` without a manifest, `WAL_CONFLICT` after too
	 * many lost races, `WAL_TIMEOUT` or the last error when the store was away for too long: each with its `outcome`.
	 */
	async commitUpdate(
		epoch: bigint,
		change: ChangeManifest,
		{ signal }: ManifestReadOptions = {},
	): Promise<ShardManifest> {
		return this.#commits.run(() => commitUpdate(this, this.#surroundings, epoch, change, signal), signal);
	}

	/**
	 * Creates one version, in exactly one attempt.
	 *
	 * @throws `WAL_CONFLICT` when the version is taken, `WAL_INVALID` when the one before it does not exist; any other
	 * failure carries its `outcome`. Each makes this instance forget what it knew, so that the next read asks the store.
	 */
	async write(manifest: ShardManifest, options: ManifestReadOptions = {}): Promise<void> {
		const { version } = manifest;
		const key = manifestKey(this.shardId, version);
		if (version > 1n && this.cached?.version !== version - 1n && !(await this.#exists(version - 1n, options))) {
			throw this.#invalid(`manifest version ${version} of shard ${this.shardId} would leave a gap below it`);
		}
		if ((await this.create(manifest, options)) === "created") return;
		throw new WalError("WAL_CONFLICT", `manifest version ${version} of shard ${this.shardId} is taken`, {
			details: { shard: this.shardId, key },
			outcome: "not-written",
		});
	}

	/**
	 * One attempt to create the version after one that exists; the answer of the store as it is, for callers that settle
	 * doubt in their own ways.
	 */
	async create(manifest: ShardManifest, { signal }: ManifestReadOptions = {}): Promise<"created" | "exists"> {
		const { version, writerEpoch: epoch } = manifest;
		if (manifest.shardId !== this.shardId) {
			throw this.#invalid(`a manifest of shard ${manifest.shardId} does not belong to shard ${this.shardId}`);
		}
		if (version > MAX_U64 || epoch > MAX_U64) {
			throw this.#invalid(`shard ${this.shardId} has no free version or epoch left; use another shard`);
		}
		const bytes = encodeManifest(manifest);
		try {
			await this.makeDurable(version - 1n, { signal });
		} catch (error) {
			throw isWalError(error) ? withOutcome(error, "not-written") : error;
		}
		const before = this.cached;
		this.cached = undefined;
		if ((await this.store.putIfAbsent(manifestKey(this.shardId, version), bytes, { signal })) === "exists") {
			return "exists";
		}
		if (version > this.#durableVersion) this.#durableVersion = version;
		this.adopt(before);
		this.adopt(manifest);
		this.#surroundings.observer?.({ type: "manifest.committed", shard: this.shardId, version, epoch });
		await this.#publishHint(version, signal);
		return "created";
	}

	/**
	 * Resolves when a version that was read here is on disk, with all before it: another process may have made it visible
	 * and not durable yet.
	 */
	async makeDurable(version: bigint, { signal }: ManifestReadOptions = {}): Promise<void> {
		if (version <= this.#durableVersion) return;
		await this.store.sync?.(manifestPrefix(this.shardId), { signal });
		if (version > this.#durableVersion) this.#durableVersion = version;
	}

	async #exists(version: bigint, options: ManifestReadOptions): Promise<boolean> {
		return (await this.store.head(manifestKey(this.shardId, version), options)) !== undefined;
	}

	async #publishHint(version: bigint, signal: AbortSignal | undefined): Promise<void> {
		try {
			await this.store.put(versionHintKey(this.shardId), encodeVersionHint(version), { signal });
		} catch (error) {
			this.#surroundings.observer?.({ type: "manifest.hint-failed", shard: this.shardId, error });
		}
	}

	#invalid(message: string): WalError {
		return new WalError("WAL_INVALID", message, { details: { shard: this.shardId }, outcome: "not-written" });
	}
}
