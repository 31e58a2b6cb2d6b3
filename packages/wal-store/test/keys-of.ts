import type { ObjectStore } from "@memwal/wal-store";

/** What a store lists, in its order. */
export async function keysOf(store: ObjectStore, prefix = ""): Promise<string[]> {
	const keys: string[] = [];
	for await (const { key } of store.list(prefix)) keys.push(key);
	return keys;
}
