import type { BufferCompressor } from "./engine.ts";
import * as SOURCE from "./source-kind.ts";

/**
 * The body buffers of an entry's batches, in the order in which they are written; every array has an element a buffer.
 *
 * Arrays of numbers rather than an object a buffer: an entry of a hundred columns has hundreds, and they are gone a
 * moment later.
 */
export class SourceList {
	size = 0;
	readonly kinds: SOURCE.SourceKind[] = [];
	readonly views: (ArrayBufferView | undefined)[] = [];
	readonly starts: number[] = [];
	readonly counts: number[] = [];
	/** Bytes in the body, before padding and compression. */
	readonly lengths: number[] = [];

	addNone(): void {
		this.#add(SOURCE.none, undefined, 0, 0, 0);
	}

	addBytes(view: ArrayBufferView, start: number, length: number): void {
		this.#add(SOURCE.bytes, view, start, length, length);
	}

	addBits(bitmap: Uint8Array, start: number, bits: number): void {
		this.#add(SOURCE.bits, bitmap, start, bits, (bits + 7) >>> 3);
	}

	addOffsets(offsets: Int32Array | BigInt64Array, base: number, count: number): void {
		const kind = offsets.BYTES_PER_ELEMENT === 8 ? SOURCE.offsets64 : SOURCE.offsets32;
		this.#add(kind, offsets, base, count, count * offsets.BYTES_PER_ELEMENT);
	}

	/** Empties the list, so that it keeps nobody's memory alive. */
	clear(): void {
		// Mostly a handful, for which the call of a built-in function costs more.
		for (let index = 0; index < this.size; index++) this.views[index] = undefined;
		this.size = 0;
	}

	#add(kind: SOURCE.SourceKind, view: ArrayBufferView | undefined, start: number, count: number, length: number): void {
		const index = this.size++;
		this.kinds[index] = kind;
		this.views[index] = view;
		this.starts[index] = start;
		this.counts[index] = count;
		this.lengths[index] = length;
	}
}

/** A framed message, prefix and padding included, whose numbers are still to be filled in; `…At` are byte positions. */
export interface BatchTemplate {
	readonly bytes: Uint8Array<ArrayBuffer>;
	/** The same memory. */
	readonly words: Int32Array<ArrayBuffer>;
	/** Each a multiple of 8, and what stands there is 64 bits wide. */
	readonly rowsAt: number;
	readonly bodyLengthAt: number;
	/** Pairs of length and null count. */
	readonly nodesAt: number;
	/** Pairs of offset in the body and length. */
	readonly buffersAt: number;
}

/** One message with a body: a record batch or a dictionary batch. */
export interface BatchJob {
	readonly template: BatchTemplate;
	readonly rows: number;
	/** Length and null count of each node, from `nodes[firstNode]` on. */
	readonly nodes: readonly number[];
	readonly firstNode: number;
	readonly nodeCount: number;
	/** Its buffers are `sources[firstBuffer, firstBuffer + bufferCount)`. */
	readonly sources: SourceList;
	readonly firstBuffer: number;
	readonly bufferCount: number;
	/** Set where the template says that buffers are compressed. The engine's own where it is LZ4. */
	readonly compress: BufferCompressor | undefined;
}

/** Where buffers and messages begin: what engines write, and what SIMD likes. */
export const ALIGNMENT = 64;

/** Bytes from `length` up to the next multiple of the alignment. */
export function paddingOf(length: number): number {
	return -length & (ALIGNMENT - 1);
}

export function aligned(length: number): number {
	return length + paddingOf(length);
}

/** A buffer of this compressed length means that the bytes that follow are as they are. */
export const STORED_LENGTH = -1;
export const LENGTH_PREFIX_BYTES = 8;
