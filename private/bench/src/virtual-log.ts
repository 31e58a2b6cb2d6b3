import { parseEntryFileName, type ShardId, walPrefix } from "@memwal/wal-core";
import type { ObjectStore } from "@memwal/wal-store";

/**
 * A store in which a shard seems to hold the entries from 1 to `entries`: a HEAD is answered by arithmetic, so that a
 * log of any length costs nothing. Everything else goes to `store`.
 */
export function withVirtualEntries(store: ObjectStore, shardId: ShardId, entries: bigint): ObjectStore {
	const prefix = walPrefix(shardId);
	const positionOf = (key: string) =>
		key.startsWith(prefix) ? parseEntryFileName(key.slice(prefix.length)) : undefined;
	return {
		get: (key, options) => {
			if (positionOf(key) !== undefined) throw new Error(`a virtual entry has no bytes: ${key}`);
			return store.get(key, options);
		},
		head: async (key, options) => {
			const position = positionOf(key);
			if (position === undefined) return store.head(key, options);
			return position <= entries ? { key, size: 0, lastModifiedMs: 0 } : undefined;
		},
		putIfAbsent: (key, body, options) => store.putIfAbsent(key, body, options),
		put: (key, body, options) => store.put(key, body, options),
		list: (listed, options) => store.list(listed, options),
		delete: (key, options) => store.delete(key, options),
	};
}
