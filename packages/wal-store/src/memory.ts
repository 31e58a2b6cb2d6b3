/**
 * A store in this process's memory, for tests: as atomic as the real ones, and gone with the process.
 *
 * ```ts
 * import { openMemoryStore } from "@memwal/wal-store/memory";
 *
 * const store = openMemoryStore();
 * console.log(await store.putIfAbsent("a/b", new Uint8Array([1, 2, 3]))); // "created"
 * console.log(await store.putIfAbsent("a/b", new Uint8Array([4]))); // "exists"
 * ```
 *
 * @module
 */
import { type Clock, realClock, throwIfAborted } from "@memwal/wal-runtime";
import { copyBody } from "./body.ts";
import { checkRange, clipRange } from "./byte-range.ts";
import { checkKey, checkPrefix, compareKeys } from "./object-key.ts";
import type {
	Body,
	GetOptions,
	ListOptions,
	ObjectMeta,
	ObjectStore,
	PutOptions,
	ReadOptions,
	StoredObject,
} from "./object-store.ts";

export interface OpenMemoryStoreOptions {
	/** Where `lastModifiedMs` comes from; the real clock by default. */
	readonly clock?: Clock | undefined;
}

/** An empty store of its own; every call takes effect whole, at once, and in the order of the calls. */
export function openMemoryStore({ clock = realClock }: OpenMemoryStoreOptions = {}): ObjectStore {
	return new MemoryStore(clock);
}

interface MemoryObject {
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly lastModifiedMs: number;
}

class MemoryStore implements ObjectStore {
	readonly #clock: Clock;
	readonly #objects = new Map<string, MemoryObject>();

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	async get(key: string, { range, signal }: GetOptions = {}): Promise<StoredObject | undefined> {
		checkKey(key);
		checkRange(range);
		throwIfAborted(signal);
		const object = this.#objects.get(key);
		if (!object) return undefined;
		const { start, end } = clipRange(range, object.bytes.length);
		return { ...metaOf(key, object), bytes: object.bytes.slice(start, end) };
	}

	async head(key: string, { signal }: ReadOptions = {}): Promise<ObjectMeta | undefined> {
		checkKey(key);
		throwIfAborted(signal);
		const object = this.#objects.get(key);
		return object && metaOf(key, object);
	}

	async putIfAbsent(key: string, body: Body, { signal }: PutOptions = {}): Promise<"created" | "exists"> {
		checkKey(key, "not-written");
		throwIfAborted(signal, "not-written");
		const bytes = copyBody(body);
		if (this.#objects.has(key)) return "exists";
		this.#objects.set(key, { bytes, lastModifiedMs: this.#clock.now() });
		return "created";
	}

	async put(key: string, body: Body, { signal }: PutOptions = {}): Promise<void> {
		checkKey(key, "not-written");
		throwIfAborted(signal, "not-written");
		this.#objects.set(key, { bytes: copyBody(body), lastModifiedMs: this.#clock.now() });
	}

	async *list(prefix: string, { startAfter, signal }: ListOptions = {}): AsyncIterable<ObjectMeta> {
		checkPrefix(prefix);
		throwIfAborted(signal);
		const found = [...this.#objects]
			.filter(([key]) => key.startsWith(prefix) && (startAfter === undefined || compareKeys(key, startAfter) > 0))
			.map(([key, object]) => metaOf(key, object))
			.sort((a, b) => compareKeys(a.key, b.key));
		for (const meta of found) {
			throwIfAborted(signal);
			yield meta;
		}
	}

	async delete(key: string, { signal }: ReadOptions = {}): Promise<void> {
		checkKey(key, "not-written");
		throwIfAborted(signal, "not-written");
		this.#objects.delete(key);
	}
}

function metaOf(key: string, { bytes, lastModifiedMs }: MemoryObject): ObjectMeta {
	return { key, size: bytes.length, lastModifiedMs };
}
