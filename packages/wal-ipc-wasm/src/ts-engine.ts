import { newSlab } from "./arena.ts";
import { aligned, type BatchJob, LENGTH_PREFIX_BYTES, paddingOf, type SourceList, STORED_LENGTH } from "./batch-job.ts";
import { countOnes, shiftBits } from "./bitmap.ts";
import { crc32 } from "./crc32.ts";
import type { BufferCompressor, Engine, Slab } from "./engine.ts";
import { badIndex } from "./index-check.ts";
import { isLoose, type LooseEntry } from "./loose-entry.ts";
import { compressFrame, decompressFrame } from "./lz4-frame.ts";
import { badOffset } from "./offset-check.ts";
import * as SOURCE from "./source-kind.ts";
import { badUtf8 } from "./utf8-check.ts";

/** The engine that works everywhere. */
export class TsEngine implements Engine {
	readonly name = "ts";
	readonly crc32: Engine["crc32"] = crc32;
	readonly lz4Compress: BufferCompressor = compressFrame;
	readonly lz4Decompress: Engine["lz4Decompress"] = decompressFrame;
	readonly countOnes: Engine["countOnes"] = countOnes;
	readonly shiftBits: Engine["shiftBits"] = shiftBits;
	readonly badOffset: Engine["badOffset"] = badOffset;
	readonly badIndex: Engine["badIndex"] = badIndex;
	readonly badUtf8: Engine["badUtf8"] = badUtf8;

	/** Buffers that `loose` has a use for are left to it. */
	writeBatch(job: BatchJob, to: Slab, at: number, loose?: LooseEntry): number {
		const { words } = to;
		const { template, sources, firstNode, nodes, firstBuffer, compress } = job;
		words.set(template.words, at >>> 2);
		writeInt64(words, (at + template.rowsAt) >>> 2, job.rows);
		let word = (at + template.nodesAt) >>> 2;
		for (let index = firstNode; index < firstNode + job.nodeCount * 2; index++, word += 2) {
			writeInt64(words, word, nodes[index] as number);
		}
		word = (at + template.buffersAt) >>> 2;
		let end = at + template.bytes.length;
		let offset = 0;
		for (let index = firstBuffer; index < firstBuffer + job.bufferCount; index++, word += 4) {
			let length = sources.lengths[index] as number;
			if (loose && isLoose(sources, index)) end = loose.add(sources, index, end);
			else {
				length = compress ? writeCompressed(sources, index, compress, to, end) : writeSource(sources, index, to, end);
				end += length;
			}
			writeInt64(words, word, offset);
			writeInt64(words, word + 2, length);
			const padding = paddingOf(length);
			writeZeros(to, end, end + padding);
			end += padding;
			offset += length + padding;
		}
		writeInt64(words, (at + template.bodyLengthAt) >>> 2, offset);
		return end;
	}
}

/** `word` is where the lower half goes. */
export function writeInt64(words: Int32Array, word: number, value: number): void {
	words[word] = value;
	words[word + 1] = value >= 0 && value <= 0xffffffff ? 0 : Math.floor(value / 2 ** 32);
}

/** Fewer than 64 zeros, up to `end`, a multiple of 4. */
function writeZeros({ bytes, words }: Slab, at: number, end: number): void {
	while (at < end && (at & 3) !== 0) bytes[at++] = 0;
	for (let word = at >>> 2; word < end >>> 2; word++) words[word] = 0;
}

/** Writes a source to the slab from `at` on, a multiple of 8, and gives its length. */
function writeSource(sources: SourceList, index: number, to: Slab, at: number): number {
	const length = sources.lengths[index] as number;
	const view = sources.views[index];
	const start = sources.starts[index] as number;
	switch (sources.kinds[index]) {
		case SOURCE.bytes:
			copyBytes(view as ArrayBufferView, start, length, to, at);
			break;
		case SOURCE.bits:
			shiftBits(view as Uint8Array, start, sources.counts[index] as number, to.bytes.subarray(at, at + length));
			break;
		case SOURCE.offsets32:
			writeOffsets32(view as Int32Array, start, sources.counts[index] as number, to.words, at >>> 2);
			break;
		case SOURCE.offsets64:
			writeOffsets64(view as BigInt64Array, start, sources.counts[index] as number, to.longs, at / 8);
			break;
	}
	return length;
}

function writeOffsets32(offsets: Int32Array, base: number, count: number, target: Int32Array, at: number): void {
	for (let row = 0; row < count; row++) target[at + row] = (offsets[row] as number) - base;
}

function writeOffsets64(offsets: BigInt64Array, base: number, count: number, target: BigInt64Array, at: number): void {
	const wideBase = BigInt(base);
	for (let row = 0; row < count; row++) target[at + row] = (offsets[row] as bigint) - wideBase;
}

/** Up to so many elements a loop beats a call. */
const SHORT = 32;
/** Up to so many elements a loop beats the making of a view on a part of an array. */
const SHORT_PART = 96;

/**
 * Making a view costs more than copying a short column, so arrays are copied as what they are, and whole, wherever
 * possible: builders round lengths up, and what is copied too much lies where zeros are written next.
 */
function copyBytes(view: ArrayBufferView, start: number, length: number, to: Slab, at: number): void {
	const isWhole = start === 0 && view.byteLength <= aligned(length);
	if (view instanceof Uint8Array) {
		if (length <= (isWhole ? SHORT : SHORT_PART)) copyShortBytes(view, start, length, to.bytes, at);
		else to.bytes.set(isWhole ? view : view.subarray(start, start + length), at);
	} else if (view instanceof Int32Array && length >>> 2 <= SHORT)
		copyShortWords(view, start >>> 2, length >>> 2, to.words, at >>> 2);
	else if (isWhole && view instanceof Int32Array) to.words.set(view, at >>> 2);
	else if (isWhole && view instanceof BigInt64Array) to.longs.set(view, at >>> 3);
	else if (isWhole && view instanceof Float64Array) to.doubles.set(view, at >>> 3);
	else if (isWhole && view instanceof Float32Array) to.floats.set(view, at >>> 2);
	else to.bytes.set(new Uint8Array(view.buffer, view.byteOffset + start, length), at);
}

function copyShortBytes(from: Uint8Array, start: number, length: number, target: Uint8Array, at: number): void {
	for (let index = 0; index < length; index++) target[at + index] = from[start + index] as number;
}

function copyShortWords(from: Int32Array, start: number, count: number, target: Int32Array, at: number): void {
	for (let index = 0; index < count; index++) target[at + index] = from[start + index] as number;
}

/** The uncompressed length and the compressed bytes; -1 and the bytes as they are where that is not shorter. */
function writeCompressed(
	sources: SourceList,
	index: number,
	compress: BufferCompressor,
	{ bytes, words }: Slab,
	at: number,
): number {
	const length = sources.lengths[index] as number;
	if (length === 0) return 0;
	const source = sourceBytes(sources, index);
	const content = at + LENGTH_PREFIX_BYTES;
	const compressed = compress(source, bytes.subarray(content, content + length - 1));
	writeInt64(words, at >>> 2, compressed > 0 ? length : STORED_LENGTH);
	if (compressed > 0) return LENGTH_PREFIX_BYTES + compressed;
	bytes.set(source, content);
	return LENGTH_PREFIX_BYTES + length;
}

function sourceBytes(sources: SourceList, index: number): Uint8Array {
	const length = sources.lengths[index] as number;
	if (sources.kinds[index] === SOURCE.bytes) {
		const view = sources.views[index] as ArrayBufferView;
		return new Uint8Array(view.buffer, view.byteOffset + (sources.starts[index] as number), length);
	}
	const slab = newSlab(length);
	return slab.bytes.subarray(0, writeSource(sources, index, slab, 0));
}
