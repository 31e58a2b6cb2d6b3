import type { RecordBatch, Schema } from "apache-arrow";
import type { DecodeInWasmOptions, EntryInWasm } from "./entry-in-wasm.ts";

/** What the schema's metadata of an entry says about the entry; these keys are never shown to users. */
export interface EntryHeader {
	/** The writer's epoch, from `writer_epoch`; `undefined` where it is missing or no unsigned 64-bit number. */
	readonly writerEpoch: bigint | undefined;
	/** The memtable generation of the rows, from `generation`. */
	readonly generation?: bigint | undefined;
	/** Whether `fence_sentinel` marks it as a successor's fence. */
	readonly fenceSentinel: boolean;
}

/** What is to become one entry. */
export interface EntryToEncode {
	/** The schema to write: its metadata is the user's. Without fields and batches, a sentinel. */
	readonly schema: Schema;
	/** Batches whose fields equal those of `schema`. */
	readonly batches: readonly RecordBatch[];
	readonly header: EntryHeader & { readonly writerEpoch: bigint };
	/** 16 random bytes that tell this write from every other. */
	readonly writeId: Uint8Array;
	/** {@link Codec.check} took each of the batches with this schema: their fields are not compared once more. */
	readonly isChecked?: true | undefined;
}

/**
 * An encoded entry. Its bytes are leased: valid and unchanging until `release()`, and to be released exactly once.
 *
 * Long columns of a large entry are not copied: its pieces are views on the batches, which must not change until then.
 *
 * Reading `bytes` or `pieces` after `release()`, and a second `release()`, throw `WAL_INTERNAL`.
 */
export interface EncodedEntry {
	/** The whole object in one array; put together when it is first asked for, where the entry is large. */
	readonly bytes: Uint8Array<ArrayBuffer>;
	/** The same bytes as a list to be written in order, without a copy of the columns where that can be had. */
	readonly pieces: readonly Uint8Array[];
	readonly byteLength: number;
	/** CRC-32 (IEEE) of the whole object. */
	readonly crc32: number;
	/** Gives the bytes back, once nobody can read them any more: after the write settled, retries included. */
	release(): void;
}

export interface DecodeOptions {
	/** Only these columns, in this order; unknown names are `WAL_INVALID`. */
	readonly columns?: readonly string[] | undefined;
	/** Named in errors as `details.key`. */
	readonly key?: string | undefined;
	/**
	 * `"structure"`, the default, makes sure that every buffer is there and long enough. `"full"` also looks at every
	 * value that refers to another: offsets, dictionary indices, types and offsets of unions, views; at null counts, and
	 * whether text is UTF-8.
	 */
	readonly validate?: "structure" | "full" | undefined;
}

/** What an entry holds. The batches are views on the bytes that were given: those must not change afterwards. */
export interface DecodedEntry {
	readonly header: EntryHeader;
	/** The write id of the trailer; `undefined` for an entry by another writer, which has no trailer. */
	readonly writeId: Uint8Array | undefined;
	/** The user's schema: without the keys of {@link EntryHeader}. */
	readonly schema: Schema;
	/** The batches that have rows; their schema is `schema`. */
	readonly batches: readonly RecordBatch[];
	readonly rows: number;
}

/** What an entry holds, found but not read: a batch costs nothing before somebody asks for it. */
export interface EntryFrames {
	readonly header: EntryHeader;
	/** As in {@link DecodedEntry}. */
	readonly writeId: Uint8Array | undefined;
	/** As in {@link DecodedEntry}. */
	readonly schema: Schema;
	readonly rows: number;
	/** How many batches have rows. */
	readonly length: number;
	/**
	 * One of these batches, of the columns that are asked for here, else of those that `frames` was asked for. Other
	 * columns' bytes are not touched. What is read once is not kept.
	 *
	 * @throws `WAL_CORRUPT` where it lacks what its columns need; `RangeError` for an index that is none.
	 */
	batch(index: number, options?: { readonly columns?: readonly string[] | undefined }): RecordBatch;
}

/** Which implementation serves an operation, and why. */
export interface CodecChoice {
	readonly operation: string;
	readonly implementation: string;
	readonly reason: string;
}

/** Turns record batches into the bytes of an entry and back. */
export interface Codec {
	/**
	 * Encodes one entry: an Arrow IPC stream with its end-of-stream marker, then the trailer. The same input gives the
	 * same bytes.
	 *
	 * @throws `WAL_INVALID` for a batch without rows or whose fields differ from the schema's, and for a user's key that
	 * is reserved (it would be gone when the entry is read); `WAL_UNSUPPORTED` for a type that cannot be written.
	 */
	encode(entry: EntryToEncode): EncodedEntry;
	/**
	 * Makes sure that {@link encode} will take these batches, so that a bad one is refused before anything is built on it.
	 * It costs as little as their structure: values are not looked at, nor is what dictionaries hold.
	 *
	 * @throws as `encode`; `WAL_INVALID` for a batch whose buffers are not what it says.
	 */
	check(batches: Pick<EntryToEncode, "schema" | "batches">): void;
	/**
	 * Decodes one entry, ours or another engine's, and checks the trailer where there is one.
	 *
	 * @throws `WAL_CORRUPT` with the byte offset when the bytes are not a whole entry: truncated, without end-of-stream
	 * marker, or with a checksum that does not match; `WAL_UNSUPPORTED` for a trailer of a later version.
	 */
	decode(bytes: Uint8Array<ArrayBuffer>, options?: DecodeOptions): DecodedEntry;
	/**
	 * Finds one entry's batches and checks its trailer, as `decode` does, and leaves the batches to be read one by one.
	 *
	 * @throws as `decode`, but for what only the batches' own columns tell.
	 */
	frames(bytes: Uint8Array<ArrayBuffer>, options?: DecodeOptions): EntryFrames;
	/**
	 * Decodes one entry into the linear memory of a WebAssembly instance: what is compressed is unpacked there, all values
	 * are checked there, as by `validate: "full"`, and the columns are handed out there. For flat types, List and Struct.
	 * The bytes may change once the promise is settled.
	 *
	 * For readers that scan a compressed entry and keep little of it, or that are WebAssembly themselves. It needs the
	 * package `arrow-js-ffi`, which is loaded when this is first called. Whatever `prefer` says, it is done in
	 * WebAssembly or not at all.
	 *
	 * @throws `WAL_CORRUPT` as `decode` does; `WAL_UNSUPPORTED` naming the field whose type is another, and where
	 * WebAssembly, `arrow-js-ffi` or the memory cannot be had, saying which.
	 * @example
	 * ```ts
	 * const entry = await codec.decodeInWasm(bytes, { columns: ["price"] });
	 * for (let index = 0; index < entry.length; index++) scan(entry.batch(index));
	 * entry.release();
	 * ```
	 */
	decodeInWasm(bytes: Uint8Array<ArrayBuffer>, options?: DecodeInWasmOptions): Promise<EntryInWasm>;
	/** Which implementation does what, and why. */
	explain(): readonly CodecChoice[];
	/** How many encoded entries, and entries decoded in WebAssembly, have not been released. */
	readonly outstandingLeases: number;
}
