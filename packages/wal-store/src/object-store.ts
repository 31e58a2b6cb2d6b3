/** An object's bytes: one array, or pieces that are written as one object. */
export type Body = Uint8Array | readonly Uint8Array[];

export interface ObjectMeta {
	readonly key: string;
	/** Size of the whole object in bytes. */
	readonly size: number;
	/** When the store created it, in milliseconds since 1970 by the store's clock. */
	readonly lastModifiedMs: number;
}

export interface StoredObject extends ObjectMeta {
	/** The bytes that were asked for, in a buffer of their own: the store keeps no reference. */
	readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Bytes `[start, end)` of an object. */
export interface ByteRange {
	readonly start: number;
	readonly end: number;
}

export interface ReadOptions {
	readonly signal?: AbortSignal | undefined;
}

export interface GetOptions extends ReadOptions {
	/** Only these bytes; what lies past the object's end is cut off, so a range past it gives no bytes. */
	readonly range?: ByteRange | undefined;
}

export interface PutOptions {
	/** CRC-32 (IEEE) of the whole body, where the caller has it already: a driver may hand it on as the upload's checksum. */
	readonly crc32?: number | undefined;
	readonly signal?: AbortSignal | undefined;
}

export interface ListOptions extends ReadOptions {
	/** Only keys after this one. */
	readonly startAfter?: string | undefined;
}

/**
 * A place for immutable objects, with one atomic operation: create if absent.
 *
 * Reads are strongly consistent: what a finished write created is seen by every later `get`, `head` and `list`.
 * The suite at `@memwal/wal-store/testing` tests each sentence of this interface on any implementation.
 */
export interface ObjectStore {
	/**
	 * The object, or `undefined` where there is none: absence is never an error, and an error never means absence.
	 *
	 * Without a range, an answer whose `bytes` are shorter than its `size` was cut short on the way; see `getWhole`.
	 */
	get(key: string, options?: GetOptions): Promise<StoredObject | undefined>;
	/** Like `get`, without the bytes. */
	head(key: string, options?: ReadOptions): Promise<ObjectMeta | undefined>;
	/**
	 * Creates the object if there is none under `key`: of any number of rivals exactly one gets `"created"`, and its
	 * bytes are stored whole and durable by then; the others get `"exists"`.
	 *
	 * Exactly one attempt. It neither resolves nor rejects while it may still read `body`, and keeps no reference to it.
	 *
	 * @throws WalError whose `outcome` is `"not-written"` (certainly not, and never later) or `"unknown"` (anything
	 * else: a timeout, a reset, a 5xx, 429 or 409). Guessing is forbidden.
	 */
	putIfAbsent(key: string, body: Body, options?: PutOptions): Promise<"created" | "exists">;
	/** Creates or overwrites. For hints only: nothing that correctness needs may be written with it. */
	put(key: string, body: Body, options?: PutOptions): Promise<void>;
	/** All objects whose key starts with `prefix`, ascending by the UTF-8 bytes of their keys. */
	list(prefix: string, options?: ListOptions): AsyncIterable<ObjectMeta>;
	/** Removes the object. Where there is none, it resolves too. */
	delete(key: string, options?: ReadOptions): Promise<void>;
	/**
	 * Only where a read may see what a power cut could still take back (`fs`): resolves once everything that was
	 * listed or read under `prefix` is on disk. Absent where what is visible is durable.
	 */
	sync?(prefix: string, options?: ReadOptions): Promise<void>;
	/** Lets go of handles and connections; the store opens them again when it is used again. */
	close?(): Promise<void>;
}
