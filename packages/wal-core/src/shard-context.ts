import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import {
	type Clock,
	isolated,
	type Random,
	type RetryOptions,
	realClock,
	realRandom,
	retryRead,
} from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import type { CoreObserver } from "./core-events.ts";
import { DEFAULTS } from "./defaults.ts";
import { ShardManifestStore } from "./shard-manifest-store.ts";

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

/** One shard with everything that is needed to read or write it. */
export interface ShardContext {
	readonly store: ObjectStore;
	readonly manifests: ShardManifestStore;
	readonly codec: Codec;
	readonly clock: Clock;
	readonly random: Random;
	readonly observer: CoreObserver | undefined;
}

export async function openShardContext(options: ShardOptions): Promise<ShardContext> {
	const { store, shard, clock = realClock, random = realRandom } = options;
	const observer = isolated(options.observer);
	const manifests = new ShardManifestStore({ store, shard, clock, random, observer });
	const codec = options.codec ?? (await loadCodec());
	observer?.({ type: "codec.chosen", shard: manifests.shardId, choices: codec.explain() });
	return { store, manifests, codec, clock, random, observer };
}

/** How a read of this shard is repeated. */
export function readRetry({ clock, random }: ShardContext, signal: AbortSignal | undefined): RetryOptions {
	return { clock, random, deadline: DEFAULTS.readDeadlineMs, backoff: DEFAULTS.backoff, signal };
}

/** Repeats a read of this shard while it fails in a way that can pass. */
export function retried<T>(context: ShardContext, signal: AbortSignal | undefined, read: () => Promise<T>): Promise<T> {
	return retryRead(read, readRetry(context, signal));
}
