import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import { type Clock, isolated, type Random, realClock, realRandom, retryRead } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import type { CoreObserver } from "./core-events.ts";
import { DEFAULTS } from "./defaults.ts";
import type { ManifestReader } from "./manifest-reader.ts";
import type { ShardManifestStoreOptions } from "./shard-manifest-store.ts";

/** What everything that opens a shard is told. */
export interface ShardOptions {
	/** Rooted at the log's base path, as `openStore(url)` gives it. It stays the caller's to close. */
	readonly store: ObjectStore;
	/** Name or UUID of the shard. Default: `unsharded`. */
	readonly shard?: string | undefined;
	/** Default: the best one for this machine. */
	readonly codec?: Codec | undefined;
	readonly clock?: Clock | undefined;
	readonly random?: Random | undefined;
	readonly observer?: CoreObserver | undefined;
}

/** One shard with everything that is needed to read it or, with manifests that can be written, to write it. */
export interface ShardContext<Manifests extends ManifestReader = ManifestReader> {
	readonly store: ObjectStore;
	readonly manifests: Manifests;
	readonly codec: Codec;
	readonly clock: Clock;
	readonly random: Random;
	readonly observer: CoreObserver | undefined;
}

/** `Manifests` is told by the caller, so that a reader's bundle contains no writer. */
export async function openShardContext<Manifests extends ManifestReader>(
	options: ShardOptions,
	Manifests: new (options: ShardManifestStoreOptions) => Manifests,
): Promise<ShardContext<Manifests>> {
	const { store, shard, clock = realClock, random = realRandom } = options;
	const observer = isolated(options.observer);
	const manifests = new Manifests({ store, shard, clock, random, observer });
	const codec = options.codec ?? (await loadCodec());
	observer?.({ type: "codec.chosen", shard: manifests.shardId, choices: codec.explain() });
	return { store, manifests, codec, clock, random, observer };
}

/** Repeats a read of this shard while it fails in a way that can pass. */
export function retried<T>(
	{ clock, random }: ShardContext,
	signal: AbortSignal | undefined,
	read: () => Promise<T>,
): Promise<T> {
	return retryRead(read, { clock, random, deadline: DEFAULTS.readDeadlineMs, backoff: DEFAULTS.backoff, signal });
}
