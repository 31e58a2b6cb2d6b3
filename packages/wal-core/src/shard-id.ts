import { WalError } from "@memwal/wal-runtime";
import { v5 } from "uuid";

/** A shard's id: a UUID in lower case with hyphens, as in the names of its folders. */
export type ShardId = string;

/** A shard as it was asked for. */
export interface ResolvedShard {
	readonly shardId: ShardId;
	/** The name that was given; `undefined` where an id was. */
	readonly name: string | undefined;
}

/** Any UUID, whatever its version and variant: ids are chosen by clients. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** LanceDB's namespace for the ids of shards. Not a valid UUID by its version bits, hence the bytes. */
const NAMESPACE: Uint8Array = new TextEncoder().encode("LSMWRITE_SHARD01");

/** Enough for any sensible name, and short enough to be shown in one line. */
const MAX_NAME_BYTES = 200;

/**
 * The shard that a name or a UUID means: the same one for everybody, without a request.
 *
 * A UUID in any case is taken as it is, in lower case. Anything else is a name, whose id is the UUIDv5 of its UTF-8
 * bytes in LanceDB's namespace: `unsharded` and `bucket-3` are the shards that LanceDB uses.
 *
 * @throws TypeError when it is no string; `WAL_INVALID` for a name that is empty, longer than 200 bytes of UTF-8, or
 * has control characters or unpaired surrogates.
 *
 * @example
 * ```ts
 * resolveShard("unsharded").shardId; // "aa48498d-ac91-59e2-8452-69f46010ace2"
 * ```
 */
export function resolveShard(nameOrUuid: string): ResolvedShard {
	if (typeof nameOrUuid !== "string") throw new TypeError(`a shard must be a string, not ${typeof nameOrUuid}`);
	if (UUID.test(nameOrUuid)) return { shardId: nameOrUuid.toLowerCase(), name: undefined };
	const flaw = flawOfName(nameOrUuid);
	if (flaw) throw new WalError("WAL_INVALID", `the shard name ${JSON.stringify(nameOrUuid)} ${flaw}; choose another`);
	return { shardId: shardIdOf(new TextEncoder().encode(nameOrUuid)), name: nameOrUuid };
}

/** The id that LanceDB derives from these bytes: those of a name, or `identity-` and a value. */
export function shardIdOf(nameBytes: Uint8Array): ShardId {
	return v5(nameBytes, NAMESPACE);
}

/** The 16 bytes of an id, in the order in which it is printed. */
export function shardIdToBytes(shardId: ShardId): Uint8Array<ArrayBuffer> {
	if (!UUID.test(shardId)) {
		throw new WalError("WAL_INVALID", `${JSON.stringify(shardId)} is no UUID`);
	}
	return Uint8Array.from(shardId.replaceAll("-", "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** The id with these 16 bytes. */
export function shardIdFromBytes(bytes: Uint8Array): ShardId {
	const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
	return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function flawOfName(name: string): string | undefined {
	if (name === "") return "is empty";
	if (/\p{Control}/u.test(name)) return "has control characters";
	if (/\p{Surrogate}/u.test(name)) return "has unpaired surrogates";
	const bytes = new TextEncoder().encode(name).length;
	if (bytes > MAX_NAME_BYTES) return `has ${bytes} bytes, more than ${MAX_NAME_BYTES}`;
	return undefined;
}
