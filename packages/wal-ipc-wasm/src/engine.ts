import type { BatchJob } from "./batch-job.ts";

/** Compresses `source` to the start of `target`. Gives the length in bytes, or 0 where it does not fit. */
export type BufferCompressor = (source: Uint8Array, target: Uint8Array) => number;

/**
 * What is done with bytes once the Arrow objects have been walked: one interface, two implementations.
 *
 * Both write the same bytes and give the same answers. A call ends in its result, in the failure that it documents, or
 * in an {@link EngineFailure}; after that one, the caller does the same work with `ts`.
 */
export interface Engine {
	readonly name: "ts" | "wasm";
	/**
	 * Writes one framed message and its body to the slab `to`, from `at` on, a multiple of 64, and gives the end, a multiple
	 * of 64 too. There is room for it. Every byte between is written: what lay there before does not show.
	 */
	writeBatch(job: BatchJob, to: Slab, at: number): number;
	/** CRC-32 (IEEE), going on from `previous`. */
	crc32(bytes: Uint8Array, previous?: number): number;
	/** Writes `source` as one LZ4 frame; the same bytes from every engine. */
	readonly lz4Compress: BufferCompressor;
	/**
	 * Unpacks one LZ4 frame, which must fill `target` exactly.
	 *
	 * @throws Lz4FrameError
	 */
	lz4Decompress(source: Uint8Array, target: Uint8Array): void;
	/** How many of the `bits` from `bitOffset` on are set. */
	countOnes(bitmap: Uint8Array, bitOffset: number, bits: number): number;
	/** Moves `bits` bits, from `bitOffset` on, to the start of `target`; the rest of the last byte becomes zero. */
	shiftBits(bitmap: Uint8Array, bitOffset: number, bits: number, target: Uint8Array): void;
	/** The index of the first of `offsets` that is negative, less than the one before it or more than `limit`; or -1. */
	badOffset(offsets: Int32Array | BigInt64Array, limit: number): number;
	/** The row of the first index that is valid, and negative or not less than `limit`; or -1. */
	badIndex(indices: IndexArray, limit: number, validity: Uint8Array | undefined): number;
	/** The position of the first byte that is not part of well-formed UTF-8; or -1. */
	badUtf8(bytes: Uint8Array): number;
}

export type IndexArray =
	| Int8Array
	| Uint8Array
	| Int16Array
	| Uint16Array
	| Int32Array
	| Uint32Array
	| BigInt64Array
	| BigUint64Array;

/** Memory for entries, a multiple of 64 bytes. */
export interface Slab {
	readonly bytes: Uint8Array<ArrayBuffer>;
	/** The same memory, as the others are: an array is copied fastest to one of its kind. */
	readonly words: Int32Array<ArrayBuffer>;
	readonly longs: BigInt64Array<ArrayBuffer>;
	readonly floats: Float32Array<ArrayBuffer>;
	readonly doubles: Float64Array<ArrayBuffer>;
}

/** Thrown where an engine itself cannot go on, whatever the input: a trap, or memory that cannot be had. */
export class EngineFailure extends Error {
	constructor(message: string, options?: ErrorOptions) {
		super(message, options);
		this.name = "EngineFailure";
	}
}
