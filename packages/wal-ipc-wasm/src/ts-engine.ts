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
	readonly crc32: Engine["crc32"] = crc32;
	readonly lz4Compress: BufferCompressor = compressFrame;
	readonly lz4Decompress: Engine["lz4Decompress"] = decompressFrame;
	readonly countOnes: Engine["countOnes"] = countOnes;
	readonly shiftBits: Engine["shiftBits"] = shiftBits;
	readonly badOffset: Engine["badOffset"] = badOffset;
	readonly badIndex: Engine["badIndex"] = badIndex;
	readonly badUtf8: Engine["badUtf8"] = badUtf8;

	writeBatch(job: BatchJob, to: Slab, at: number): number {
		const { words } = to;
		const { sources, compress } = job;
		writeHeader(job, to, at);
		const body = at + job.template.bytes.length;
		let end = body;
		let region = (at + job.template.buffersAt) >>> 2;
		for (let index = job.firstBuffer, last = index + job.bufferCount; index < last; index++) {
			const start = end;
			const length = compress
				? writeCompressed(sources, index, compress, to.bytes, start)
				: writeSource(sources, index, to, start);
			writeInt64(words, region, start - body);
			writeInt64(words, region + 2, length);
			region += 4;
			end = aligned(start + length);
			writeZeros(to, start + length, end);
		}
		writeInt64(words, (at + job.template.bodyLengthAt) >>> 2, end - body);
		return end;
	}
}

/** All of the header but the places of the buffers and the body's length. */
export function writeHeader({ template, rows, nodes, firstNode, nodeCount }: BatchJob, to: Slab, at: number): void {
	const { words } = to;
	words.set(template.words, at >>> 2);
	writeInt64(words, (at + template.rowsAt) >>> 2, rows);
	let word = (at + template.nodesAt) >>> 2;
	for (let index = firstNode, last = index + nodeCount * 2; index < last; index++, word += 2) {
		writeInt64(words, word, nodes[index] as number);
	}
}

/** `word` is where the lower half goes. */
export function writeInt64(words: Int32Array, word: number, value: number): void {
	words[word] = value;
	words[word + 1] = value >= 0 && value <= 0xffffffff ? 0 : Math.floor(value / 2 ** 32);
}

/** Fewer than 64 zeros, up to `end`, a multiple of 4. */
export function writeZeros({ bytes, words }: Slab, at: number, end: number): void {
	while (at < end && (at & 3) !== 0) bytes[at++] = 0;
	for (let word = at >>> 2; word < end >>> 2; word++) words[word] = 0;
}

/** Writes a source to the slab from `at` on, a multiple of 8, and gives its length. */
export function writeSource(sources: SourceList, index: number, to: Slab, at: number): number {
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
	const start = sources.starts[index] as number;
	const count = sources.counts[index] as number;
	if (sources.kinds[index] === SOURCE.bytes) return new Uint8Array(view.buffer, view.byteOffset + start, length);
	const bytes = new Uint8Array(length);
	if (sources.kinds[index] === SOURCE.bits) shiftBits(view as Uint8Array, start, count, bytes);
	else if (sources.kinds[index] === SOURCE.offsets32) {
		writeOffsets32(view as Int32Array, start, count, new Int32Array(bytes.buffer), 0);
	} else writeOffsets64(view as BigInt64Array, start, count, new BigInt64Array(bytes.buffer), 0);
	return bytes;
}
