import { LENGTH_PREFIX_BYTES, STORED_LENGTH } from "./batch-job.ts";
import type { Compression } from "./batch-template.ts";
import { corruptEntry } from "./corrupt-entry.ts";
import type { Engine } from "./engine.ts";
import { int64At } from "./flatbuffer-reader.ts";
import { LZ4_MAX_EXPANSION } from "./lz4-frame.ts";
import { Lz4FrameError } from "./lz4-frame-error.ts";
import type { BatchMessage } from "./stream-scan.ts";
import { ZstdFrameError, zstdDecompress } from "./zstd.ts";

/** What the decoder needs of the engines. */
export type DecodingEngines = Pick<Engine, "lz4Decompress" | "badOffset" | "badIndex" | "badUtf8" | "countOnes">;

/** What entries are made of while they are decoded. */
export interface EntryBytes {
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly view: DataView;
	readonly key: string | undefined;
	readonly engines: DecodingEngines;
	/** Where buffers are put. Without it they stay where they lie, and what is unpacked gets memory of its own. */
	readonly destination?: BufferDestination | undefined;
}

export interface BufferDestination {
	/** Memory for one buffer, at an address that is a multiple of 64. */
	take(byteLength: number): Uint8Array<ArrayBuffer>;
}

/** Below this, no length that the batch itself justifies is refused for what it is compressed to. */
const UNSUSPECTED_BYTES = 64 << 20;
/** ZSTD can pack a constant into next to nothing; columns of a log that do that are small. */
const ZSTD_MAX_EXPANSION = 1024;

/** Goes through the nodes and buffers of one message in the order of its columns. */
export class BodyReader {
	readonly entry: EntryBytes;
	readonly message: BatchMessage;
	/** Of the node that `nextNode` came to. */
	rows = 0;
	nulls = 0;
	/** Where the buffer lies that `nextBuffer` came to. */
	buffer: ArrayBuffer;
	byteOffset = 0;
	byteLength = 0;
	#node = 0;
	#buffer = 0;
	#variadic = 0;

	constructor(entry: EntryBytes, message: BatchMessage) {
		this.entry = entry;
		this.message = message;
		this.buffer = entry.bytes.buffer;
	}

	/** Goes on at these places of the lists. */
	seek(node: number, buffer: number, variadic: number): void {
		this.#node = node;
		for (let index = 0; index < variadic; index++) buffer += this.#variadicCount(index);
		this.#buffer = buffer;
		this.#variadic = variadic;
	}

	nextNode(): void {
		const { message, entry } = this;
		if (this.#node >= message.nodeCount) throw this.damaged("it has fewer columns than the schema");
		const at = message.nodesAt + this.#node++ * 16;
		this.rows = int64At(entry.view, at);
		this.nulls = int64At(entry.view, at + 8);
	}

	/**
	 * Comes to the next buffer, which must have `needed` bytes and, where it is compressed, unpacks to not much more:
	 * what a message's own numbers do not justify is refused before anything is allocated.
	 */
	nextBuffer(needed: number, path: string, most: number = needed): void {
		const { message, entry } = this;
		if (this.#buffer >= message.bufferCount) throw this.#tooFewBuffers();
		const at = message.buffersAt + this.#buffer++ * 16;
		const start = message.bodyStart + int64At(entry.view, at);
		const length = int64At(entry.view, at + 8);
		if (message.compression === undefined || length === 0) {
			if (entry.destination) this.#found(this.#placed(entry.bytes.subarray(start, start + length)));
			else {
				this.buffer = entry.bytes.buffer;
				this.byteOffset = entry.bytes.byteOffset + start;
				this.byteLength = length;
			}
		} else this.#decompress(start, length, path, most);
		if (this.byteLength < needed) {
			throw this.damaged(`column "${path}" has a buffer of ${this.byteLength} bytes where it needs ${needed}`);
		}
	}

	skipBuffer(): void {
		if (this.#buffer++ >= this.message.bufferCount) throw this.#tooFewBuffers();
	}

	/** How many buffers the next column of views has. */
	nextVariadicCount(): number {
		return this.#variadicCount(this.#variadic++);
	}

	damaged(problem: string, cause?: unknown): Error {
		return corruptEntry(problem, { key: this.entry.key, offset: this.message.start }, cause);
	}

	#tooFewBuffers(): Error {
		return this.damaged("it has fewer buffers than the schema asks for");
	}

	#variadicCount(index: number): number {
		const { message, entry } = this;
		if (index >= message.variadicCount) throw this.damaged("it does not say how many buffers its views have");
		const count = int64At(entry.view, message.variadicAt + index * 8);
		if (count < 0 || count > message.bufferCount) throw this.damaged(`views cannot have ${count} buffers`);
		return count;
	}

	#decompress(start: number, length: number, path: string, most: number): void {
		const { entry, message } = this;
		if (length < LENGTH_PREFIX_BYTES) throw this.damaged(`column "${path}" has a compressed buffer without its length`);
		const announced = int64At(entry.view, start);
		const content = entry.bytes.subarray(start + LENGTH_PREFIX_BYTES, start + length);
		if (announced === STORED_LENGTH) {
			this.#found(this.#placed(content));
			return;
		}
		// Writers pad to 64 bytes at the most.
		const limit = Math.min(most + 64, mostUnpacked(message.compression, content.length));
		if (announced < 0 || announced > limit) {
			throw this.damaged(
				`column "${path}" has a buffer that announces ${announced} bytes, where at most ${limit} can be`,
			);
		}
		try {
			if (message.compression === "lz4") {
				const unpacked = entry.destination?.take(announced) ?? new Uint8Array(announced);
				entry.engines.lz4Decompress(content, unpacked);
				this.#found(unpacked);
			} else this.#found(this.#placed(zstdDecompress(content, announced)));
		} catch (error) {
			if (!(error instanceof Lz4FrameError || error instanceof ZstdFrameError || error instanceof RangeError))
				throw error;
			throw this.damaged(`column "${path}" has a buffer that cannot be unpacked (${error.message})`, error);
		}
	}

	#placed(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
		const target = this.entry.destination?.take(bytes.length);
		if (!target) return bytes;
		target.set(bytes);
		return target;
	}

	#found({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): void {
		this.buffer = buffer;
		this.byteOffset = byteOffset;
		this.byteLength = byteLength;
	}
}

/** The most that so many compressed bytes may unpack to. */
export function mostUnpacked(compression: Compression | undefined, packedBytes: number): number {
	const common = commonlyUnpacked(compression, packedBytes);
	return compression === "zstd" ? Math.max(UNSUSPECTED_BYTES, common) : common;
}

/** What they unpack to at the most, but for a ZSTD column that is almost constant. */
export function commonlyUnpacked(compression: Compression | undefined, packedBytes: number): number {
	if (!compression) return packedBytes;
	return packedBytes * (compression === "lz4" ? LZ4_MAX_EXPANSION : ZSTD_MAX_EXPANSION);
}
