import { decompress } from "fzstd";
import { dataViewOf } from "./data-view.ts";

/** What is used of Node's `zlib`, where it has ZSTD: from 22.15 and 23.8 on. */
interface ZstdZlib {
	zstdCompressSync(bytes: Uint8Array, options?: { readonly pledgedSrcSize?: number }): Uint8Array;
	zstdDecompressSync(bytes: Uint8Array, options?: { readonly maxOutputLength?: number }): Uint8Array;
}

interface NodeLikeProcess {
	getBuiltinModule?(name: string): Partial<ZstdZlib> | undefined;
}

/** Asked for at run time, so that no bundle drags in `node:`. */
function nativeZstd(): ZstdZlib | undefined {
	const zlib = (globalThis as { process?: NodeLikeProcess }).process?.getBuiltinModule?.("node:zlib");
	return zlib?.zstdCompressSync && (zlib as ZstdZlib);
}

const native = nativeZstd();

/** Compresses as `BufferCompressor` says; `undefined` where the runtime cannot. */
export const zstdCompress: ((source: Uint8Array, target: Uint8Array) => number) | undefined =
	native &&
	((source, target) => {
		// With the length in its header a frame says how much a reader needs.
		const frame = native.zstdCompressSync(source, { pledgedSrcSize: source.length });
		if (frame.length > target.length) return 0;
		target.set(frame);
		return frame.length;
	});

/** Thrown for bytes that are not ZSTD frames of the announced length. */
export class ZstdFrameError extends Error {
	constructor(problem: string, options?: ErrorOptions) {
		super(`a ZSTD frame is damaged: ${problem}`, options);
	}
}

/** Frames that need more memory than this to look back are refused, as the format lets a reader do. */
const MAX_WINDOW_BYTES = 8 << 20;

/**
 * Unpacks ZSTD frames, which must have exactly `length` bytes in them.
 *
 * @throws ZstdFrameError
 */
export function zstdDecompress(source: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
	const { contentSize, windowSize } = readFrameHeader(source);
	requireLength(contentSize ?? length, length);
	if (windowSize > Math.max(MAX_WINDOW_BYTES, length)) {
		throw new ZstdFrameError(`it needs a window of ${windowSize} bytes`);
	}
	const content = unpack(source, length, contentSize !== undefined);
	requireLength(content.length, length);
	return content;
}

function requireLength(given: number, length: number): void {
	if (given !== length) throw new ZstdFrameError(`it holds ${given} bytes instead of ${length}`);
}

function unpack(source: Uint8Array, length: number, isSized: boolean): Uint8Array<ArrayBuffer> {
	try {
		if (native) {
			const content = native.zstdDecompressSync(source, { maxOutputLength: Math.max(length, 1) });
			// Small results lie in a pool, at any address.
			return content.byteOffset % 8 === 0 ? (content as Uint8Array<ArrayBuffer>) : content.slice();
		}
		return decompress(source, isSized ? new Uint8Array(length) : undefined) as Uint8Array<ArrayBuffer>;
	} catch (error) {
		throw new ZstdFrameError((error as Error).message, { cause: error });
	}
}

const MAGIC = 0xfd2fb528;

/** RFC 8878, section 3.1.1.1: what a frame says of its size before its first block. */
function readFrameHeader(source: Uint8Array): {
	readonly contentSize: number | undefined;
	readonly windowSize: number;
} {
	const view = dataViewOf(source);
	if (source.length < 6 || view.getUint32(0, true) !== MAGIC) throw new ZstdFrameError("no frame begins here");
	const descriptor = view.getUint8(4);
	const isSingleSegment = (descriptor & 0x20) !== 0;
	const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
	const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
	const sizeAt = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
	if (sizeAt + sizeBytes > source.length) throw new ZstdFrameError("it ends inside its header");
	// Two bytes begin to count where one ends.
	let size = sizeBytes === 2 ? 256 : 0;
	for (let byte = 0; byte < sizeBytes; byte++) size += view.getUint8(sizeAt + byte) * 256 ** byte;
	const contentSize = sizeBytes === 0 ? undefined : size;
	if (isSingleSegment) return { contentSize, windowSize: contentSize ?? 0 };
	const window = view.getUint8(5);
	const base = 2 ** (10 + (window >> 3));
	return { contentSize, windowSize: base + (base / 8) * (window & 7) };
}
