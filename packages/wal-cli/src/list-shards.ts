import { MEM_WAL_PREFIX, type ShardManifest, ShardManifestStore } from "@memwal/wal-core";
import type { ObjectStore } from "@memwal/wal-store";

/** Sorts after `/` and before everything else that may follow an id: listing from there skips the folder. */
const afterSlash = "0";
const shardFolder = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The newest manifest of every shard of a log, by id: a listing and a read or two for each, however many entries it has. */
export async function* listShards(
	store: ObjectStore,
	{ signal }: { readonly signal: AbortSignal },
): AsyncGenerator<ShardManifest, void> {
	let startAfter: string | undefined;
	for (;;) {
		const key = await firstKey(store, startAfter, signal);
		if (key === undefined) return;
		const folder = key.slice(MEM_WAL_PREFIX.length).split("/", 1)[0] ?? "";
		if (shardFolder.test(folder)) {
			const manifest = await new ShardManifestStore({ store, shard: folder }).readLatest({ signal });
			if (manifest) yield manifest;
		}
		startAfter = `${MEM_WAL_PREFIX}${folder}${afterSlash}`;
	}
}

async function firstKey(
	store: ObjectStore,
	startAfter: string | undefined,
	signal: AbortSignal,
): Promise<string | undefined> {
	for await (const { key } of store.list(MEM_WAL_PREFIX, { startAfter, signal })) return key;
	return undefined;
}
