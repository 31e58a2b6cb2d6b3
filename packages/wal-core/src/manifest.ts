/**
 * The manifest of a shard: versions, epochs, and the right to write.
 *
 * @module
 */
export type { ClaimOptions } from "./claim-epoch.ts";
export type { ChangeManifest } from "./commit-update.ts";
export { EpochClaim } from "./epoch-claim.ts";
export type { InitializeOptions } from "./initialize-shard.ts";
export type { ManifestReader, ManifestReaderOptions, ManifestReadOptions } from "./manifest-reader.ts";
export { type ResolvedShard, resolveShard, type ShardId } from "./shard-id.ts";
export {
	decodeManifest,
	encodeManifest,
	type ShardManifest,
	type ShardStatus,
	type SsTable,
	shardName,
	type UnknownFields,
} from "./shard-manifest.ts";
export { ShardManifestStore, type ShardManifestStoreOptions } from "./shard-manifest-store.ts";
export { successorOf } from "./successor.ts";
