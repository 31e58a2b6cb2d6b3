import { Arena } from "./arena.ts";
import { aligned, type BatchJob, LENGTH_PREFIX_BYTES, SOURCE, type SourceList } from "./batch-job.ts";
import { countOnes, shiftBits } from "./bitmap.ts";
import { crc32 } from "./crc32.ts";
import type { BufferCompressor, Engine, Slab } from "./engine.ts";
import { badIndex } from "./index-check.ts";
import { compressFrame, decompressFrame } from "./lz4-frame.ts";
import { badOffset } from "./offset-check.ts";
import { badUtf8 } from "./utf8-check.ts";

/** The engine that works everywhere. */
export class TsEngine implements Engine {
	readonly name = "ts";
	readonly arena: Arena = new Arena();
	readonly crc32: Engine["crc32"] = crc32;
	readonly lz4Compress: BufferCompressor = compressFrame;
	readonly lz4Decompress: Engine["lz4Decompress"] = decompressFrame;
	readonly countOnes: Engine["countOnes"] = countOnes;
	readonly shiftBits: Engine["shiftBits"] = shiftBits;
	readonly badOffset: Engine["badOffset"] = badOffset;
	readonly badIndex: Engine["badIndex"] = badIndex;
	readonly badUtf8: Engine["badUtf8"] = badUtf8;

	writeBatch(job: BatchJob, to: Slab, at: number): number {
		const { bytes, words } = to;
		const { sources, compress } = job;
		writeHeader(job, to, at);
		const body = at + job.template.bytes.length;
		let end = body;
		let region = (at + job.template.buffersAt) >>> 2;
		for (let index = job.firstBuffer, last = index + job.bufferCount; index < last; index++) {
			const start = end;
			const length = compress
				? writeCompressed(sources, index, compress, bytes, start)
				: writeSource(sources, index, bytes, start);
			writeRegion(words, region, start - body, length);
			region += 4;
			end = aligned(start + length);
			bytes.fill(0, start + length, end);
		}
		writeInt64(words, (at + job.template.bodyLengthAt) >>> 2, end - body);
		return end;
	}
}

/** All of the header but the places of the buffers and the body's length. */
export function writeHeader({ template, rows, nodes, firstNode, nodeCount }: BatchJob, to: Slab, at: number): void {
	const { bytes, words } = to;
	bytes.set(template.bytes, at);
	writeInt64(words, (at + template.rowsAt) >>> 2, rows);
	let word = (at + template.nodesAt) >>> 2;
	for (let index = firstNode, last = index + nodeCount * 2; index < last; index++, word += 2) {
		writeInt64(words, word, nodes[index] as number);
	}
}

export function writeRegion(words: Int32Array, word: number, offset: number, length: number): void {
	writeInt64(words, word, offset);
	writeInt64(words, word + 2, length);
}

export function writeInt64(words: Int32Array, word: number, value: number): void {
	words[word] = value;
	words[word + 1] = Math.floor(value / 2 ** 32);
}

/** Writes a source to `bytes` from `at` on, and gives its length. */
export function writeSource(sources: SourceList, index: number, bytes: Uint8Array, at: number): number {
	const length = sources.lengths[index] as number;
	const view = sources.views[index];
	const start = sources.starts[index] as number;
	switch (sources.kinds[index]) {
		case SOURCE.bytes:
			copyBytes(view as ArrayBufferView, start, length, bytes, at);
			break;
		case SOURCE.bits:
			shiftBits(view as Uint8Array, start, sources.counts[index] as number, bytes.subarray(at, at + length));
			break;
		case SOURCE.offsets32: {
			const count = sources.counts[index] as number;
			const target = new Int32Array(bytes.buffer, bytes.byteOffset + at, count);
			const offsets = view as Int32Array;
			for (let row = 0; row < count; row++) target[row] = (offsets[row] as number) - start;
			break;
		}
		case SOURCE.offsets64: {
			const count = sources.counts[index] as number;
			const target = new BigInt64Array(bytes.buffer, bytes.byteOffset + at, count);
			const offsets = view as BigInt64Array;
			const base = BigInt(start);
			for (let row = 0; row < count; row++) target[row] = (offsets[row] as bigint) - base;
			break;
		}
	}
	return length;
}

/** Up to this length a loop beats a call. */
const SHORT_BYTES = 32;

function copyBytes(view: ArrayBufferView, start: number, length: number, target: Uint8Array, at: number): void {
	if (view instanceof Uint8Array) {
		if (length <= SHORT_BYTES) {
			for (let index = 0; index < length; index++) target[at + index] = view[start + index] as number;
		} else target.set(start === 0 && length === view.length ? view : view.subarray(start, start + length), at);
		return;
	}
	target.set(new Uint8Array(view.buffer, view.byteOffset + start, length), at);
}

/** The uncompressed length and the compressed bytes; -1 and the bytes as they are where that is not shorter. */
function writeCompressed(
	sources: SourceList,
	index: number,
	compress: BufferCompressor,
	bytes: Uint8Array,
	at: number,
): number {
	const length = sources.lengths[index] as number;
	if (length === 0) return 0;
	const source = sourceBytes(sources, index);
	const content = at + LENGTH_PREFIX_BYTES;
	const compressed = compress(source, bytes.subarray(content, content + length - 1));
	const prefix = new DataView(bytes.buffer, bytes.byteOffset + at, LENGTH_PREFIX_BYTES);
	prefix.setBigInt64(0, BigInt(compressed > 0 ? length : -1), true);
	if (compressed > 0) return LENGTH_PREFIX_BYTES + compressed;
	bytes.set(source, content);
	return LENGTH_PREFIX_BYTES + length;
}

function sourceBytes(sources: SourceList, index: number): Uint8Array {
	const view = sources.views[index] as ArrayBufferView;
	const length = sources.lengths[index] as number;
	if (sources.kinds[index] === SOURCE.bytes) {
		return new Uint8Array(view.buffer, view.byteOffset + (sources.starts[index] as number), length);
	}
	const bytes = new Uint8Array(length);
	writeSource(sources, index, bytes, 0);
	return bytes;
}
