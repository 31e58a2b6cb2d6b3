import { create, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { WalError } from "@memwal/wal-runtime";
import {
	ShardFieldEntrySchema,
	ShardManifestSchema,
	SsTableSchema,
	UUIDSchema,
} from "./gen/memwal/v1/shard_manifest_pb.ts";
import { resolveShard, type ShardId, shardIdFromBytes, shardIdToBytes } from "./shard-id.ts";
import { requireU64 } from "./u64.ts";

/** Fields that this version does not know, in the order in which they were found; to be passed on untouched. */
export type UnknownFields = NonNullable<MessageShape<typeof ShardManifestSchema>["$unknown"]>;

/** A memtable that was flushed to a Lance dataset in the shard's folder. */
export interface SsTable {
	readonly generation: bigint;
	/** The dataset's folder, relative to the shard's. */
	readonly path: string;
	/** These three are unknown where absent, which is not the same as 0. */
	readonly inMemoryBytes?: bigint | undefined;
	readonly physicalRows?: bigint | undefined;
	readonly primaryKeyBytes?: bigint | undefined;
	readonly unknownFields?: UnknownFields | undefined;
}

/** A sealed shard may be read, but not claimed: its table is being dropped. */
export type ShardStatus = "active" | "sealed";

/**
 * One immutable version of a shard's manifest. See "Manifest" in docs/format.md.
 *
 * The next version is made with `{ ...manifest, version: manifest.version + 1n, … }`, which carries along what this
 * version of memwal does not know.
 */
export interface ShardManifest {
	/** The number in its file's name; the first is 1. */
	readonly version: bigint;
	/** The epoch that may write; 0: nobody has claimed the shard yet. */
	readonly writerEpoch: bigint;
	/** Entries up to this position are stored elsewhere, and may be gone; 0: none is. */
	readonly replayAfterEntryPosition: bigint;
	/** A hint: an entry that exists, or 0. Later ones may exist too. */
	readonly lastSeenEntryPosition: bigint;
	/** The generation that the next memtable gets. */
	readonly currentGeneration: bigint;
	readonly sstables: readonly SsTable[];
	/** The table's sharding rule that made this shard; 0: made by hand. */
	readonly shardSpecId: number;
	readonly shardId: ShardId;
	/** Values by name, in the order in which they are stored; {@link shardName} reads one of them. */
	readonly shardFieldEntries: ReadonlyMap<string, Uint8Array>;
	readonly status: ShardStatus;
	readonly unknownFields?: UnknownFields | undefined;
}

export interface FirstManifestOptions {
	readonly shardId: ShardId;
	/** Kept under `memwal.name`. */
	readonly name?: string | undefined;
	/** 0 unless told otherwise. */
	readonly shardSpecId?: number | undefined;
	/** Beside the name; none unless told otherwise. */
	readonly fieldEntries?: ReadonlyMap<string, Uint8Array> | undefined;
	/** 0 unless told otherwise: the shard exists, and nobody has claimed it. */
	readonly writerEpoch?: bigint | undefined;
}

/** The field id under which whoever creates version 1 keeps the shard's name. */
export const NAME_FIELD_ID = "memwal.name";

const STATUSES: readonly ShardStatus[] = ["active", "sealed"];

/** Version 1 of a shard that has no entry yet. */
export function firstManifest(options: FirstManifestOptions): ShardManifest {
	const shardFieldEntries = new Map(options.fieldEntries);
	if (options.name !== undefined) shardFieldEntries.set(NAME_FIELD_ID, new TextEncoder().encode(options.name));
	return {
		version: 1n,
		writerEpoch: options.writerEpoch ?? 0n,
		replayAfterEntryPosition: 0n,
		lastSeenEntryPosition: 0n,
		currentGeneration: 1n,
		sstables: [],
		shardSpecId: options.shardSpecId ?? 0,
		shardId: options.shardId,
		shardFieldEntries,
		status: "active",
	};
}

/** The name that resolves to this very shard, if whoever created it gave it one. */
export function shardName(manifest: ShardManifest): string | undefined {
	const bytes = manifest.shardFieldEntries.get(NAME_FIELD_ID);
	if (bytes === undefined) return undefined;
	try {
		const resolved = resolveShard(decodeUtf8(bytes));
		return resolved.shardId === manifest.shardId ? resolved.name : undefined;
	} catch {
		// Somebody else's idea of a name: it would lead to another shard, or could not be shown.
		return undefined;
	}
}

/**
 * The manifest's bytes: equal to those of Lance's engine for the same manifest. Fields that were unknown come last.
 *
 * @throws RangeError or TypeError when a number does not fit its field; `WAL_INVALID` when the shard's id is no UUID.
 */
export function encodeManifest(manifest: ShardManifest): Uint8Array<ArrayBuffer> {
	const message = create(ShardManifestSchema, {
		version: requireU64(manifest.version, "a manifest version", 1n),
		writerEpoch: requireU64(manifest.writerEpoch, "a writer epoch"),
		replayAfterWalEntryPosition: requireU64(manifest.replayAfterEntryPosition, "replayAfterEntryPosition"),
		walEntryPositionLastSeen: requireU64(manifest.lastSeenEntryPosition, "lastSeenEntryPosition"),
		currentGeneration: requireU64(manifest.currentGeneration, "a generation"),
		sstables: manifest.sstables.map(toSsTableMessage),
		shardSpecId: requireU32(manifest.shardSpecId, "a shard spec id"),
		shardId: create(UUIDSchema, { uuid: shardIdToBytes(manifest.shardId) }),
		shardFieldEntries: Array.from(manifest.shardFieldEntries, ([fieldId, value]) =>
			create(ShardFieldEntrySchema, { fieldId: new TextEncoder().encode(fieldId), value }),
		),
		status: STATUSES.indexOf(manifest.status),
	});
	if (manifest.unknownFields) message.$unknown = [...manifest.unknownFields];
	return toBinary(ShardManifestSchema, message);
}

/**
 * The manifest in these bytes, with every field that this version does not know kept for {@link encodeManifest}. (Only
 * inside an id or a field entry unknown fields are dropped, and of two entries with one field id the last one counts,
 * as in Lance's engine.)
 *
 * @throws `WAL_CORRUPT` with `key` when the bytes are no manifest, or one without version or shard id;
 * `WAL_UNSUPPORTED` for a status of a later version.
 */
export function decodeManifest(bytes: Uint8Array, key: string): ShardManifest {
	const message = parse(bytes, key);
	if (message.version === 0n) throw corrupt(key, "has no version");
	if (message.shardId?.uuid.length !== 16) throw corrupt(key, "has no shard id");
	const status = STATUSES[message.status];
	if (status === undefined) {
		throw new WalError("WAL_UNSUPPORTED", `manifest ${key} has the unknown status ${message.status}; upgrade memwal`, {
			details: { key },
		});
	}
	return {
		version: message.version,
		writerEpoch: message.writerEpoch,
		replayAfterEntryPosition: message.replayAfterWalEntryPosition,
		lastSeenEntryPosition: message.walEntryPositionLastSeen,
		currentGeneration: message.currentGeneration,
		sstables: message.sstables.map((sstable) => fromSsTableMessage(sstable, key)),
		shardSpecId: message.shardSpecId,
		shardId: shardIdFromBytes(message.shardId.uuid),
		shardFieldEntries: new Map(
			message.shardFieldEntries.map(({ fieldId, value }) => [textOf(fieldId, key, "a field id"), value]),
		),
		status,
		...(message.$unknown ? { unknownFields: message.$unknown } : {}),
	};
}

function toSsTableMessage(sstable: SsTable): MessageShape<typeof SsTableSchema> {
	const message = create(SsTableSchema, {
		generation: requireU64(sstable.generation, "a generation"),
		path: new TextEncoder().encode(sstable.path),
	});
	if (sstable.inMemoryBytes !== undefined) message.inMemoryBytes = requireU64(sstable.inMemoryBytes, "inMemoryBytes");
	if (sstable.physicalRows !== undefined) message.physicalRows = requireU64(sstable.physicalRows, "physicalRows");
	if (sstable.primaryKeyBytes !== undefined) {
		message.primaryKeyBytes = requireU64(sstable.primaryKeyBytes, "primaryKeyBytes");
	}
	if (sstable.unknownFields) message.$unknown = [...sstable.unknownFields];
	return message;
}

function fromSsTableMessage(message: MessageShape<typeof SsTableSchema>, key: string): SsTable {
	return {
		generation: message.generation,
		path: textOf(message.path, key, "the path of an SSTable"),
		...(message.inMemoryBytes === undefined ? {} : { inMemoryBytes: message.inMemoryBytes }),
		...(message.physicalRows === undefined ? {} : { physicalRows: message.physicalRows }),
		...(message.primaryKeyBytes === undefined ? {} : { primaryKeyBytes: message.primaryKeyBytes }),
		...(message.$unknown ? { unknownFields: message.$unknown } : {}),
	};
}

function parse(bytes: Uint8Array, key: string): MessageShape<typeof ShardManifestSchema> {
	try {
		return fromBinary(ShardManifestSchema, bytes);
	} catch (cause) {
		throw corrupt(key, `is no protobuf message (${bytes.length} bytes)`, cause);
	}
}

function textOf(bytes: Uint8Array, key: string, what: string): string {
	try {
		return decodeUtf8(bytes);
	} catch (cause) {
		throw corrupt(key, `has ${what} that is not UTF-8`, cause);
	}
}

/** Strict, and a byte order mark is a character like any other: what was read is written again the same. */
function decodeUtf8(bytes: Uint8Array): string {
	return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

function requireU32(value: number, noun: string): number {
	if (typeof value !== "number") throw new TypeError(`${noun} must be a number, not ${typeof value}`);
	if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
		throw new RangeError(`${noun} must be a whole number from 0 to 2^32−1, not ${value}`);
	}
	return value;
}

function corrupt(key: string, what: string, cause?: unknown): WalError {
	return new WalError("WAL_CORRUPT", `manifest ${key} ${what}; restore it from a copy`, {
		details: { key },
		...(cause === undefined ? {} : { cause }),
	});
}
