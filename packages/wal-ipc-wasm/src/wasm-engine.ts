import { aligned, type BatchJob, LENGTH_PREFIX_BYTES, type SourceList } from "./batch-job.ts";
import type { BufferCompressor, Engine, IndexArray, Slab } from "./engine.ts";
import { unsignedLimit } from "./index-check.ts";
import { LZ4_PROBLEMS, Lz4FrameError, type Lz4Problem } from "./lz4-frame-error.ts";
import * as SOURCE from "./source-kind.ts";
import { TsEngine, writeInt64 } from "./ts-engine.ts";
import type { WasmExports, WasmInstance } from "./wasm-instance.ts";
import { align, type WasmMemory } from "./wasm-memory.ts";

/** Checks read their input through a window of so many bytes: what was copied is still in the cache when it is read. */
const WINDOW_BYTES = 128 << 10;
/** Bits that a window has wherever in its first byte they begin. */
const STEP_BITS = (WINDOW_BYTES - 1) * 8;

/** As `Job` and `SourceWords` in `crate/src/exports.rs`. */
const JOB_WORDS = 10;
const SOURCE_WORDS = 8;

/**
 * The engine whose work on bytes is done by WebAssembly, over linear memory: input is copied in once, results are copied
 * out once. Entries lie in plain memory, which, unlike linear memory, stays where it is while they are leased.
 *
 * What needs more linear memory than there may be is done by TypeScript.
 */
export class WasmEngine implements Engine {
	readonly name = "wasm";
	readonly #ts = new TsEngine();
	readonly #memory: WasmMemory;
	readonly #exports: WasmExports;

	constructor({ memory, exports }: WasmInstance) {
		this.#memory = memory;
		this.#exports = exports;
		memory.reserve(WINDOW_BYTES + WINDOW_BYTES / 8 + 64);
	}

	crc32(bytes: Uint8Array, previous = 0): number {
		const { base } = this.#memory;
		let crc = previous;
		for (let start = 0; start < bytes.length; start += WINDOW_BYTES) {
			crc = this.#exports.crc32(base, this.#copyIn(bytes, start), crc);
		}
		return crc >>> 0;
	}

	readonly lz4Compress: BufferCompressor = (source, target) => {
		const { base } = this.#memory;
		const to = align(base + source.length);
		// No frame is longer than this, so more room changes nothing.
		const capacity = Math.min(target.length, longestFrame(source.length));
		if (!this.#memory.reserve(to + capacity - base)) return this.#ts.lz4Compress(source, target);
		this.#memory.bytes.set(source, base);
		const length = this.#exports.lz4_compress(base, source.length, to, capacity) >>> 0;
		target.set(this.#memory.bytes.subarray(to, to + length));
		return length;
	};

	lz4Decompress(source: Uint8Array, target: Uint8Array): void {
		const { base } = this.#memory;
		const to = align(base + source.length);
		if (!this.#memory.reserve(to + target.length - base)) {
			this.#ts.lz4Decompress(source, target);
			return;
		}
		this.#memory.bytes.set(source, base);
		const problem = this.#exports.lz4_decompress(base, source.length, to, target.length);
		if (problem !== 0) throw new Lz4FrameError(LZ4_PROBLEMS[problem] as Lz4Problem, this.#exports.detail() >>> 0);
		target.set(this.#memory.bytes.subarray(to, to + target.length));
	}

	countOnes(bitmap: Uint8Array, bitOffset: number, bits: number): number {
		const { base } = this.#memory;
		let count = 0;
		for (let done = 0; done < bits; done += STEP_BITS) {
			const length = this.#copyIn(bitmap, Math.floor((bitOffset + done) / 8));
			count += this.#exports.count_ones(base, length, bitOffset % 8, Math.min(STEP_BITS, bits - done));
		}
		return count;
	}

	shiftBits(bitmap: Uint8Array, bitOffset: number, bits: number, target: Uint8Array): void {
		const { base } = this.#memory;
		for (let done = 0; done < bits; done += STEP_BITS) {
			const length = this.#copyIn(bitmap, Math.floor((bitOffset + done) / 8));
			const step = Math.min(STEP_BITS, bits - done);
			this.#exports.shift_bits(base, length, bitOffset % 8, step);
			target.set(this.#memory.bytes.subarray(base, base + Math.ceil(step / 8)), done / 8);
		}
	}

	badOffset(offsets: Int32Array | BigInt64Array, limit: number): number {
		const { base } = this.#memory;
		const bytes = bytesOf(offsets);
		const width = offsets.BYTES_PER_ELEMENT;
		let previous = 0;
		for (let start = 0; start < bytes.length; start += WINDOW_BYTES) {
			const count = this.#copyIn(bytes, start) / width;
			const bad =
				width === 4
					? this.#exports.bad_offset32(base, count, previous, Math.min(limit, 0x7fffffff))
					: this.#exports.bad_offset64(base, count, previous, limit);
			if (bad >= 0) return start / width + bad;
			previous = Number(offsets[start / width + count - 1]);
		}
		return -1;
	}

	badIndex(indices: IndexArray, limit: number, validity: Uint8Array | undefined): number {
		const { base } = this.#memory;
		const bytes = bytesOf(indices);
		const width = indices.BYTES_PER_ELEMENT;
		const bound = unsignedLimit(indices, limit);
		// Every index of this width is below it.
		if (width < 8 && bound >= 2 ** (8 * width)) return -1;
		const bitmap = base + WINDOW_BYTES;
		for (let start = 0; start < bytes.length; start += WINDOW_BYTES) {
			const count = this.#copyIn(bytes, start) / width;
			const row = start / width;
			let bitmapBytes = 0;
			if (validity) {
				bitmapBytes = Math.ceil(count / 8);
				this.#memory.bytes.set(validity.subarray(row / 8, row / 8 + bitmapBytes), bitmap);
			}
			const bad = this.#exports.bad_index(base, width, count, bound, bitmap, bitmapBytes, 0);
			if (bad >= 0) return row + bad;
		}
		return -1;
	}

	badUtf8(bytes: Uint8Array): number {
		const { base } = this.#memory;
		for (let start = 0; start < bytes.length; ) {
			let length = this.#copyIn(bytes, start);
			if (start + length < bytes.length) length = wholeSequences(bytes, start, length);
			const bad = this.#exports.bad_utf8(base, length);
			if (bad >= 0) return start + bad;
			start += length;
		}
		return -1;
	}

	writeBatch(job: BatchJob, to: Slab, at: number): number {
		const { template, sources, firstBuffer, bufferCount } = job;
		const compress = job.compress === this.lz4Compress;
		// Another compression than the module's is a function of JavaScript.
		if (job.compress && !compress) return this.#ts.writeBatch(job, to, at);
		const last = firstBuffer + bufferCount;
		let body = 0;
		let staged = 0;
		for (let index = firstBuffer; index < last; index++) {
			const length = sources.lengths[index] as number;
			body += aligned(compress ? LENGTH_PREFIX_BYTES + length : length);
			if (isStaged(sources, index, compress)) staged += align(stagedBytes(sources, index));
		}
		const { base } = this.#memory;
		const capacity = template.bytes.length + body;
		const jobAt = align(base + capacity);
		const templateAt = align(jobAt + 4 * (JOB_WORDS + SOURCE_WORDS * bufferCount + 4 * job.nodeCount));
		const stageAt = align(templateAt + template.bytes.length);
		if (!this.#memory.reserve(stageAt + staged - base)) return this.#writeInTs(job, to, at);

		const { bytes, words } = this.#memory;
		bytes.set(template.bytes, templateAt);
		let word = jobAt >>> 2;
		words[word] = templateAt;
		words[word + 1] = template.bytes.length;
		words[word + 2] = template.rowsAt;
		words[word + 3] = template.bodyLengthAt;
		words[word + 4] = template.nodesAt;
		words[word + 5] = template.buffersAt;
		words[word + 6] = job.rows;
		words[word + 7] = job.nodeCount;
		words[word + 8] = bufferCount;
		words[word + 9] = compress ? 1 : 0;
		word += JOB_WORDS;
		let inPlaceAt = base + template.bytes.length;
		let nextStageAt = stageAt;
		for (let index = firstBuffer; index < last; index++, word += SOURCE_WORDS) {
			const length = sources.lengths[index] as number;
			const start = sources.starts[index] as number;
			const isElsewhere = isStaged(sources, index, compress);
			const sourceAt = isElsewhere ? nextStageAt : inPlaceAt;
			const copied = copySource(sources, index, bytes, sourceAt);
			words[word] = length === 0 ? SOURCE.none : (sources.kinds[index] as number);
			words[word + 1] = isElsewhere ? sourceAt : 0;
			words[word + 2] = copied;
			words[word + 3] = length;
			writeInt64(words, word + 4, sources.kinds[index] === SOURCE.bits ? start % 8 : start);
			words[word + 6] = sources.counts[index] as number;
			if (isElsewhere) nextStageAt = align(nextStageAt + copied);
			inPlaceAt += aligned(length);
		}
		for (let index = job.firstNode, end = index + 2 * job.nodeCount; index < end; index++) {
			words[word++] = job.nodes[index] as number;
		}
		const written = this.#exports.write_frame(jobAt, base, capacity) >>> 0;
		to.bytes.set(this.#memory.bytes.subarray(base, base + written), at);
		return at + written;
	}

	#writeInTs(job: BatchJob, to: Slab, at: number): number {
		return this.#ts.writeBatch(job.compress ? { ...job, compress: this.#ts.lz4Compress } : job, to, at);
	}

	/** Copies a window of `bytes` from `start` on to the start of memory, and gives its length. */
	#copyIn(bytes: Uint8Array, start: number): number {
		const end = Math.min(start + WINDOW_BYTES, bytes.length);
		this.#memory.bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.#memory.base);
		return end - start;
	}
}

/** Whether a source is copied to where it is worked on before it is written, not straight to its place. */
function isStaged(sources: SourceList, index: number, compress: boolean): boolean {
	return (sources.lengths[index] as number) > 0 && (compress || sources.kinds[index] === SOURCE.bits);
}

/** A bitmap is copied from the byte of its first bit to the byte of its last: one more than it will have, at the most. */
function stagedBytes(sources: SourceList, index: number): number {
	return (sources.lengths[index] as number) + 1;
}

/** Copies what a source is made of, and gives its length. */
function copySource(sources: SourceList, index: number, bytes: Uint8Array, at: number): number {
	const length = sources.lengths[index] as number;
	if (length === 0) return 0;
	const view = sources.views[index] as ArrayBufferView;
	const start = sources.starts[index] as number;
	let from = 0;
	let copied = length;
	if (sources.kinds[index] === SOURCE.bytes) from = start;
	else if (sources.kinds[index] === SOURCE.bits) {
		from = Math.floor(start / 8);
		copied = Math.ceil((start + (sources.counts[index] as number)) / 8) - from;
	}
	bytes.set(new Uint8Array(view.buffer, view.byteOffset + from, copied), at);
	return copied;
}

function longestFrame(length: number): number {
	return length + Math.ceil(length / 255) + 64;
}

/** The part of a window that does not end inside a sequence. */
function wholeSequences(bytes: Uint8Array, start: number, length: number): number {
	for (let back = 1; back <= 3; back++) {
		if ((bytes[start + length - back] as number) >= 0xc0) return length - back;
	}
	return length;
}

function bytesOf(view: ArrayBufferView): Uint8Array {
	return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
