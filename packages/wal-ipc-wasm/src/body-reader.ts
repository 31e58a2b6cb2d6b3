import { LENGTH_PREFIX_BYTES, STORED_LENGTH } from "./batch-job.ts";
import type { Compression } from "./batch-template.ts";
import type { Engine } from "./engine.ts";
import { corruptEntry } from "./entry-error.ts";
import { int64At } from "./flatbuffer-reader.ts";
import { LZ4_MAX_EXPANSION } from "./lz4-frame.ts";
import { Lz4FrameError } from "./lz4-frame-error.ts";
import type { ColumnStart } from "./read-plan.ts";
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
	/** Reads a message otherwise than by leaving buffers where they lie. */
	readonly openBody?: ((message: BatchMessage) => BodyReader) | undefined;
}

/** Below this, no length that the batch itself justifies is refused for what it is compressed to. */
const UNSUSPECTED_BYTES = 64 << 20;
/** ZSTD can pack a constant into next to nothing; columns of a log that do that are small. */
export const ZSTD_MAX_EXPANSION = 1024;

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
	seek({ node, buffer, variadic }: ColumnStart): void {
		this.#node = node;
		this.#buffer = buffer;
		for (let index = 0; index < variadic; index++) this.#buffer += this.#variadicCount(index);
		this.#variadic = variadic;
	}

	nextNode(): void {
		const { message, entry } = this;
		if (this.#node >= message.nodeCount) throw this.#fewer("columns");
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
		if (this.#buffer >= message.bufferCount) throw this.#fewer("buffers");
		const at = message.buffersAt + this.#buffer++ * 16;
		const start = message.bodyStart + int64At(entry.view, at);
		const length = int64At(entry.view, at + 8);
		if (message.compression === undefined || length === 0) {
			this.found(entry.bytes.buffer, entry.bytes.byteOffset + start, length);
		} else this.#decompress(start, length, path, most);
		if (this.byteLength < needed) {
			throw this.damaged(`column "${path}" has a buffer of ${this.byteLength} bytes and needs ${needed}`);
		}
	}

	skipBuffer(): void {
		if (this.#buffer++ >= this.message.bufferCount) throw this.#fewer("buffers");
	}

	/** How many buffers the next column of views has. */
	nextVariadicCount(): number {
		return this.#variadicCount(this.#variadic++);
	}

	damaged(problem: string, cause?: unknown): Error {
		return corruptEntry(problem, this.entry.key, this.message.start, cause);
	}

	#fewer(what: string): Error {
		return this.damaged(`it has fewer ${what} than the schema`);
	}

	#variadicCount(index: number): number {
		const { message, entry } = this;
		if (index >= message.variadicCount) throw this.#fewer("columns of views");
		const count = int64At(entry.view, message.variadicAt + index * 8);
		if (count < 0 || count > message.bufferCount) throw this.damaged(`views cannot have ${count} buffers`);
		return count;
	}

	#decompress(start: number, length: number, path: string, most: number): void {
		const { entry, message } = this;
		if (length < LENGTH_PREFIX_BYTES) throw this.damaged(`column "${path}" has a buffer without its length`);
		const announced = int64At(entry.view, start);
		const content = entry.bytes.subarray(start + LENGTH_PREFIX_BYTES, start + length);
		if (announced === STORED_LENGTH) {
			this.#foundIn(content);
			return;
		}
		// Writers pad to 64 bytes at the most.
		const limit = Math.min(most + 64, mostUnpacked(message.compression as Compression, content.length));
		if (announced < 0 || announced > limit) {
			throw this.damaged(`column "${path}" has a buffer of ${announced} bytes, more than ${limit}`);
		}
		try {
			if (message.compression === "lz4") {
				const unpacked = this.take(announced);
				entry.engines.lz4Decompress(content, unpacked);
				this.#foundIn(unpacked);
			} else this.#foundIn(zstdDecompress(content, announced));
		} catch (error) {
			if (!(error instanceof Lz4FrameError || error instanceof ZstdFrameError || error instanceof RangeError))
				throw error;
			throw this.damaged(`column "${path}" has a buffer that cannot be unpacked (${error.message})`, error);
		}
	}

	#foundIn({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): void {
		this.found(buffer, byteOffset, byteLength);
	}

	/** Memory for what is unpacked. */
	protected take(byteLength: number): Uint8Array<ArrayBuffer> {
		return new Uint8Array(byteLength);
	}

	/** Says where a buffer lies. */
	protected found(buffer: ArrayBuffer, byteOffset: number, byteLength: number): void {
		this.buffer = buffer;
		this.byteOffset = byteOffset;
		this.byteLength = byteLength;
	}
}

/** The most that so many compressed bytes may unpack to. */
export function mostUnpacked(compression: Compression, packedBytes: number): number {
	return compression === "lz4"
		? packedBytes * LZ4_MAX_EXPANSION
		: Math.max(UNSUSPECTED_BYTES, packedBytes * ZSTD_MAX_EXPANSION);
}
