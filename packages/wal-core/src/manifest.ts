/**
 * The manifest of a shard: versions, epochs, and the right to write.
 *
 * @module
 */
export type { ClaimOptions } from "./claim-epoch.ts";
export { EpochClaim } from "./epoch-claim.ts";
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
export {
	type InitializeOptions,
	type ManifestReadOptions,
	ShardManifestStore,
	type ShardManifestStoreOptions,
} from "./shard-manifest-store.ts";
export { successorOf } from "./successor.ts";
