import { checkKey, checkPrefix } from "./object-key.ts";
import type { ObjectMeta, ObjectStore } from "./object-store.ts";

/**
 * The part of `store` below `folder/`, as a store of its own: no key of it leads anywhere else.
 *
 * @throws `WAL_INVALID` if `folder` is not a valid key.
 */
export function withPrefix(store: ObjectStore, folder: string): ObjectStore {
	const base = folder.endsWith("/") ? folder : `${folder}/`;
	checkKey(base.slice(0, -1));
	const { sync, close } = store;
	const below = (key: string, outcome?: "not-written"): string => {
		checkKey(key, outcome);
		return base + key;
	};
	const stripped = <Meta extends ObjectMeta>(meta: Meta): Meta => ({ ...meta, key: meta.key.slice(base.length) });

	return {
		async get(key, options) {
			const object = await store.get(below(key), options);
			return object && stripped(object);
		},
		async head(key, options) {
			const meta = await store.head(below(key), options);
			return meta && stripped(meta);
		},
		putIfAbsent: async (key, body, options) => store.putIfAbsent(below(key, "not-written"), body, options),
		put: async (key, body, options) => store.put(below(key, "not-written"), body, options),
		async *list(prefix, options = {}) {
			checkPrefix(prefix);
			const { startAfter, signal } = options;
			const after = startAfter === undefined ? undefined : base + startAfter;
			for await (const meta of store.list(base + prefix, { startAfter: after, signal })) yield stripped(meta);
		},
		delete: async (key, options) => store.delete(below(key, "not-written"), options),
		...(sync && {
			sync: async (prefix, options) => {
				checkPrefix(prefix);
				return sync.call(store, base + prefix, options);
			},
		}),
		...(close && { close: () => close.call(store) }),
	};
}
