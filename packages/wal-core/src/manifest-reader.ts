import { WalError } from "@memwal/wal-runtime";
import { getWhole, type ObjectStore } from "@memwal/wal-store";
import { DEFAULTS } from "./defaults.ts";
import { fencedError } from "./fenced-error.ts";
import { findLatestVersion } from "./find-latest-version.ts";
import { resolveShard, type ShardId } from "./shard-id.ts";
import { decodeManifest, type ShardManifest } from "./shard-manifest.ts";
import { manifestKey, manifestPrefix, parseManifestFileName } from "./shard-paths.ts";

export interface ManifestReaderOptions {
	/** Rooted at the log's base path. */
	readonly store: ObjectStore;
	/** Name or UUID of the shard. Default: `unsharded`. */
	readonly shard?: string | undefined;
}

export interface ManifestReadOptions {
	readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the manifest of one shard, and never writes.
 *
 * Everything reads through to the store except {@link latest}, which may answer with what this instance last wrote or
 * refreshed. A failed request is an error, never taken for absence: `WAL_UNAVAILABLE` and the like. `WAL_CORRUPT` for a
 * damaged manifest.
 */
export class ManifestReader {
	readonly shardId: ShardId;
	/** The name that the shard was asked for by; `undefined` where that was a UUID. */
	readonly shardName: string | undefined;
	protected readonly store: ObjectStore;
	/** What this instance last wrote or refreshed. A higher version may exist, a lower one is history. */
	protected cached: ShardManifest | undefined;

	constructor({ store, shard = DEFAULTS.shard }: ManifestReaderOptions) {
		const { shardId, name } = resolveShard(shard);
		this.shardId = shardId;
		this.shardName = name;
		this.store = store;
	}

	/** What this instance last wrote or refreshed, else the newest version in the store; `undefined` where there is none. */
	async latest(options?: ManifestReadOptions): Promise<ShardManifest | undefined> {
		return this.cached ?? (await this.readLatest(options));
	}

	/** The newest version in the store; later calls of {@link latest} answer with it. */
	async refreshLatest(options?: ManifestReadOptions): Promise<ShardManifest | undefined> {
		const latest = await this.readLatest(options);
		this.adopt(latest);
		return latest;
	}

	/** The newest version in the store, now. */
	async readLatest({ signal }: ManifestReadOptions = {}): Promise<ShardManifest | undefined> {
		const known = this.cached;
		const version = await findLatestVersion(this.store, this.shardId, { knownVersion: known?.version, signal });
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
		const object = await getWhole(this.store, key, { signal });
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
		for await (const { key } of this.store.list(prefix, { signal })) {
			const version = parseManifestFileName(key.slice(prefix.length));
			if (version !== undefined) versions.push(version);
		}
		return versions.sort((a, b) => (a < b ? -1 : 1));
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

	/** Remembers the manifest, unless a later version is known. */
	protected adopt(manifest: ShardManifest | undefined): void {
		if (manifest && manifest.version > (this.cached?.version ?? 0n)) this.cached = manifest;
	}
}
