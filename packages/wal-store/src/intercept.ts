import { bodyLength } from "./body.ts";
import type { ObjectMeta, ObjectStore } from "./object-store.ts";

export type StoreOperation = "get" | "head" | "putIfAbsent" | "put" | "list" | "delete" | "sync";

/** One call of a store's method. */
export interface StoreRequest {
	readonly operation: StoreOperation;
	/** The key; of `list` and `sync` the prefix. */
	readonly key: string;
	/** Bytes sent: the length of a put's body, else 0. */
	readonly bytes: number;
	readonly signal: AbortSignal | undefined;
}

/** What a decorator does around every request. */
export interface Interceptor {
	/** Any request but a list; resolves to what `run` resolves to. */
	call<T>(request: StoreRequest, run: () => Promise<T>): Promise<T>;
	list(request: StoreRequest, objects: AsyncIterable<ObjectMeta>): AsyncIterable<ObjectMeta>;
}

/** A store whose every request passes through `interceptor`; it has the optional methods that `store` has. */
export function intercept(store: ObjectStore, interceptor: Interceptor): ObjectStore {
	const { sync, close } = store;
	const request = (operation: StoreOperation, key: string, signal: AbortSignal | undefined, bytes = 0) => ({
		operation,
		key,
		bytes,
		signal,
	});
	return {
		get: (key, options) => interceptor.call(request("get", key, options?.signal), () => store.get(key, options)),
		head: (key, options) => interceptor.call(request("head", key, options?.signal), () => store.head(key, options)),
		putIfAbsent: async (key, body, options) =>
			interceptor.call(request("putIfAbsent", key, options?.signal, bodyLength(body)), () =>
				store.putIfAbsent(key, body, options),
			),
		put: async (key, body, options) =>
			interceptor.call(request("put", key, options?.signal, bodyLength(body)), () => store.put(key, body, options)),
		list: (prefix, options) => interceptor.list(request("list", prefix, options?.signal), store.list(prefix, options)),
		delete: (key, options) =>
			interceptor.call(request("delete", key, options?.signal), () => store.delete(key, options)),
		...(sync && {
			sync: (prefix, options) =>
				interceptor.call(request("sync", prefix, options?.signal), () => sync.call(store, prefix, options)),
		}),
		...(close && { close: () => close.call(store) }),
	};
}

/** The same list, each of whose steps is taken through `pull`. */
export async function* pullThrough(
	objects: AsyncIterable<ObjectMeta>,
	pull: (next: () => Promise<IteratorResult<ObjectMeta>>) => Promise<IteratorResult<ObjectMeta>>,
): AsyncIterable<ObjectMeta> {
	const iterator = objects[Symbol.asyncIterator]();
	try {
		for (;;) {
			const step = await pull(() => iterator.next());
			if (step.done) return;
			yield step.value;
		}
	} finally {
		await iterator.return?.();
	}
}

/** Whether a failed request has to say how far it got. */
export function isWrite({ operation }: StoreRequest): boolean {
	return operation === "putIfAbsent" || operation === "put" || operation === "delete";
}
