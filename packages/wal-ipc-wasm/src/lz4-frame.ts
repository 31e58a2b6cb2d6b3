import { dataViewOf } from "./data-view.ts";
import { type ByteRegion, compressBlock, decompressBlock } from "./lz4-block.ts";
import { Lz4FrameError } from "./lz4-frame-error.ts";
import { xxh32 } from "./xxh32.ts";

const MAGIC = 0x184d2204;
/** Version 1, blocks that can be read on their own, no checksums: the entry has one over everything. */
const OUR_FLAGS = 0x60;
/** Blocks of 4 MiB at the most. */
const OUR_BLOCK_CLASS = 0x70;
const OUR_HEADER_CHECKSUM = 0x73;
const BLOCK_BYTES = 4 << 20;
const HEADER_BYTES = 7;
const WORD_BYTES = 4;
/** Set in the length of a block that is kept as it is. */
const STORED = 0x80000000;
/** What some writers count in behind a frame: zeros up to the next multiple of their alignment. */
const MAX_PADDING = 63;

const FLAG_VERSION = 0xc0;
const FLAG_INDEPENDENT = 0x20;
const FLAG_BLOCK_CHECKSUM = 0x10;
const FLAG_SIZE = 0x08;
const FLAG_CHECKSUM = 0x04;
const FLAG_RESERVED = 0x02;
const FLAG_DICTIONARY = 0x01;
const VERSION_1 = 0x40;

/** No frame unpacks to more than so many times its bytes: what announces more is refused before anything is allocated. */
export const LZ4_MAX_EXPANSION = 255;

/**
 * Writes `source` as one LZ4 frame to the start of `target`; every reader of the format takes it. Gives its length in
 * bytes, or 0 if it does not fit: a target one byte shorter than the source takes only what shrinks.
 */
export function compressFrame(source: Uint8Array, target: Uint8Array): number {
	const from = dataViewOf(source);
	const to = dataViewOf(target);
	// Room for the end mark is kept from the start.
	const limit = target.length - WORD_BYTES;
	if (HEADER_BYTES > limit) return 0;
	to.setUint32(0, MAGIC, true);
	target[4] = OUR_FLAGS;
	target[5] = OUR_BLOCK_CLASS;
	target[6] = OUR_HEADER_CHECKSUM;
	let at = HEADER_BYTES;
	for (let start = 0; start < source.length; start += BLOCK_BYTES) {
		const end = Math.min(start + BLOCK_BYTES, source.length);
		const block = at + WORD_BYTES;
		const shrunk = Math.min(limit, block + end - start - 1);
		const length = compressBlock(
			{ bytes: source, view: from, start, end },
			{ bytes: target, view: to, start: block, end: shrunk },
		);
		if (length > 0) {
			to.setUint32(at, length, true);
			at = block + length;
		} else {
			const stored = block + end - start;
			if (stored > limit) return 0;
			to.setUint32(at, end - start + STORED, true);
			target.set(source.subarray(start, end), block);
			at = stored;
		}
	}
	to.setUint32(at, 0, true);
	return at + WORD_BYTES;
}

/**
 * Unpacks `source`, one whole LZ4 frame, which must fill `target` exactly. Linked blocks, checksums and blocks of any
 * size are read, dictionaries are not. Zeros that a writer left behind the end mark, fewer than 64, are passed over.
 *
 * Nothing is allocated, and nothing is read or written outside the two; after a failure `target` holds anything.
 *
 * @throws Lz4FrameError
 */
export function decompressFrame(source: Uint8Array, target: Uint8Array): void {
	const view = dataViewOf(source);
	const header = readHeader(source, view, target.length);
	const outView = dataViewOf(target);
	const { blockBytes, flags } = header;
	const checksumBytes = flags & FLAG_BLOCK_CHECKSUM ? WORD_BYTES : 0;
	let from = header.end;
	let at = 0;
	for (;;) {
		need(source, from, WORD_BYTES);
		const word = view.getUint32(from, true);
		if (word === 0) break;
		const length = word & ~STORED;
		if (length > blockBytes) throw new Lz4FrameError("block-too-large", from);
		const start = from + WORD_BYTES;
		const end = start + length;
		need(source, from, WORD_BYTES + length + checksumBytes);
		if (checksumBytes && view.getUint32(end, true) !== xxh32(view, start, end)) {
			throw new Lz4FrameError("block-checksum", end);
		}
		if (word >= STORED) {
			if (length > target.length - at) throw new Lz4FrameError("too-long", from);
			target.set(source.subarray(start, end), at);
			at += length;
		} else {
			const limit = Math.min(target.length, at + blockBytes);
			const region: ByteRegion = { bytes: target, view: outView, start: at, end: limit };
			at = decompressBlock({ bytes: source, view, start, end }, region, flags & FLAG_INDEPENDENT ? at : 0);
		}
		from = end + checksumBytes;
	}
	if (at < target.length) throw new Lz4FrameError("too-short", from);
	from += WORD_BYTES;
	if (flags & FLAG_CHECKSUM) {
		need(source, from, WORD_BYTES);
		if (view.getUint32(from, true) !== xxh32(outView, 0, at)) throw new Lz4FrameError("content-checksum", from);
		from += WORD_BYTES;
	}
	if (source.length - from > MAX_PADDING || source.subarray(from).some((byte) => byte !== 0)) {
		throw new Lz4FrameError("bytes-after-end", from);
	}
}

interface FrameHeader {
	readonly flags: number;
	readonly blockBytes: number;
	readonly end: number;
}

function readHeader(source: Uint8Array, view: DataView, length: number): FrameHeader {
	need(source, 0, HEADER_BYTES);
	if (view.getUint32(0, true) !== MAGIC) throw new Lz4FrameError("not-a-frame", 0);
	const flags = view.getUint8(4);
	const blockClass = view.getUint8(5) >> 4;
	if ((flags & FLAG_VERSION) !== VERSION_1 || flags & FLAG_RESERVED) throw new Lz4FrameError("bad-header", 4);
	if (blockClass < 4 || blockClass > 7 || view.getUint8(5) & 0x0f) throw new Lz4FrameError("bad-header", 5);
	if (flags & FLAG_DICTIONARY) throw new Lz4FrameError("dictionary", 4);
	const checksumAt = flags & FLAG_SIZE ? 14 : 6;
	need(source, 0, checksumAt + 1);
	if (view.getUint8(checksumAt) !== ((xxh32(view, 4, checksumAt) >>> 8) & 0xff)) {
		throw new Lz4FrameError("header-checksum", checksumAt);
	}
	if (flags & FLAG_SIZE && (view.getUint32(6, true) !== length || view.getUint32(10, true) !== 0)) {
		throw new Lz4FrameError("content-size", 6);
	}
	return { flags, blockBytes: 1 << (8 + 2 * blockClass), end: checksumAt + 1 };
}

function need(source: Uint8Array, at: number, bytes: number): void {
	if (bytes > source.length - at) throw new Lz4FrameError("truncated", at);
}
