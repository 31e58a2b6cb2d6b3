/**
 * LZ4 blocks. What the compressor writes is decided by the bytes given and by nothing else: the crate's compressor
 * (`crate/src/lz4_block.rs`) makes the same decisions, and both write the same bytes.
 *
 * @module
 */
import { Lz4FrameError } from "./lz4-frame-error.ts";

/** The shortest match there is. */
const MIN_MATCH = 4;
/** Of a block, so many bytes at the end are literals, and no match begins in the last twelve: readers rely on it. */
const LAST_LITERALS = 5;
const MATCH_FREE_TAIL = 12;
const MAX_DISTANCE = 65535;
/** Four bytes a position: 16 KiB, which stay in the first cache. */
const HASH_BITS = 12;
const HASH_SHIFT = 32 - HASH_BITS;
const HASH_MULTIPLIER = 0x9e3779b1;
/** After every 2⁶ misses the search takes a longer step, so that noise is passed over quickly. */
const SKIP_BITS = 6;
/** Below this, a loop beats the call of `set` or `copyWithin`. */
const SHORT_COPY = 24;

const positions = new Int32Array(1 << HASH_BITS);

/** A stretch of `bytes`, and a view over all of them. */
export interface ByteRegion {
	readonly bytes: Uint8Array;
	readonly view: DataView;
	readonly start: number;
	readonly end: number;
}

/**
 * Writes one block that holds `source` to the start of `target`. Gives its length in bytes, or 0 if it does not fit.
 */
export function compressBlock(source: ByteRegion, target: ByteRegion): number {
	const { bytes, view, start, end } = source;
	const out = target.bytes;
	const limit = target.end;
	const lastMatchStart = end - MATCH_FREE_TAIL;
	const matchEnd = end - LAST_LITERALS;
	let at = target.start;
	let anchor = start;
	let cursor = start + 1;
	positions.fill(start);
	for (;;) {
		let misses = 1 << SKIP_BITS;
		let match = 0;
		while (cursor <= lastMatchStart) {
			const sequence = view.getInt32(cursor, true);
			const slot = Math.imul(sequence, HASH_MULTIPLIER) >>> HASH_SHIFT;
			match = positions[slot] as number;
			positions[slot] = cursor;
			if (cursor - match <= MAX_DISTANCE && view.getInt32(match, true) === sequence) break;
			cursor += misses++ >> SKIP_BITS;
		}
		if (cursor > lastMatchStart) break;
		while (cursor > anchor && match > start && bytes[cursor - 1] === bytes[match - 1]) {
			cursor--;
			match--;
		}
		const literals = cursor - anchor;
		const distance = cursor - match;
		cursor = matchEndingAt(source, cursor + MIN_MATCH, match + MIN_MATCH, matchEnd);
		const beyond = cursor - anchor - literals - MIN_MATCH;
		if (at + 3 + literals + lengthBytes(literals) + lengthBytes(beyond) > limit) return 0;
		const token = at++;
		at = writeLiterals(source, anchor, literals, out, at);
		out[at] = distance;
		out[at + 1] = distance >> 8;
		at += 2;
		if (beyond < 15) out[token] = ((literals < 15 ? literals : 15) << 4) | beyond;
		else {
			out[token] = ((literals < 15 ? literals : 15) << 4) | 15;
			at = writeLength(out, at, beyond - 15);
		}
		anchor = cursor;
		if (cursor > lastMatchStart) break;
		positions[Math.imul(view.getInt32(cursor - 2, true), HASH_MULTIPLIER) >>> HASH_SHIFT] = cursor - 2;
	}
	const literals = end - anchor;
	if (at + 1 + literals + lengthBytes(literals) > limit) return 0;
	out[at] = (literals < 15 ? literals : 15) << 4;
	at = writeLiterals(source, anchor, literals, out, at + 1);
	return at - target.start;
}

/** Where the match at `cursor` with `match` ends, at the latest at `limit`. */
function matchEndingAt({ bytes, view }: ByteRegion, cursor: number, match: number, limit: number): number {
	for (const wordEnd = limit - 3; cursor < wordEnd; cursor += 4, match += 4) {
		const difference = view.getInt32(cursor, true) ^ view.getInt32(match, true);
		// Bytes before the lowest bit that differs are equal.
		if (difference !== 0) return cursor + ((31 - Math.clz32(difference & -difference)) >> 3);
	}
	while (cursor < limit && bytes[cursor] === bytes[match]) {
		cursor++;
		match++;
	}
	return cursor;
}

/** How many bytes a length takes beyond the four bits in the token. */
function lengthBytes(length: number): number {
	return length < 15 ? 0 : Math.floor((length - 15) / 255) + 1;
}

function writeLength(out: Uint8Array, at: number, rest: number): number {
	for (; rest >= 255; rest -= 255) out[at++] = 255;
	out[at] = rest;
	return at + 1;
}

function writeLiterals(source: ByteRegion, from: number, literals: number, out: Uint8Array, at: number): number {
	if (literals >= 15) at = writeLength(out, at, literals - 15);
	if (literals > SHORT_COPY) out.set(source.bytes.subarray(from, from + literals), at);
	else for (let index = 0; index < literals; index++) out[at + index] = source.bytes[from + index] as number;
	return at + literals;
}

/**
 * Unpacks one block into `target`; matches reach back to `history` at the most. Gives where the output ends.
 *
 * Nothing is read outside `source` or written outside `target`, whatever the bytes say; what lies in `target` behind
 * the output may be written over.
 *
 * @throws Lz4FrameError with the offset of the sequence that is not as it must be.
 */
export function decompressBlock(source: ByteRegion, target: ByteRegion, history: number): number {
	const { bytes, start, end } = source;
	const words = source.view;
	const out = target.bytes;
	const view = target.view;
	const limit = target.end;
	let from = start;
	let at = target.start;
	for (;;) {
		const sequence = from;
		if (from >= end) throw new Lz4FrameError("truncated", sequence);
		const token = bytes[from++] as number;
		let literals = token >> 4;
		if (literals === 15) {
			let more = 255;
			while (more === 255) {
				if (from >= end) throw new Lz4FrameError("truncated", sequence);
				more = bytes[from++] as number;
				literals += more;
			}
		}
		if (literals > end - from) throw new Lz4FrameError("truncated", sequence);
		if (literals > limit - at) throw new Lz4FrameError("too-long", sequence);
		// Words are quicker than bytes, and what the last one copies too much is written over later.
		if (literals > SHORT_COPY) out.set(bytes.subarray(from, from + literals), at);
		else if (literals + 3 <= end - from && literals + 3 <= limit - at) {
			for (let done = 0; done < literals; done += 4) view.setInt32(at + done, words.getInt32(from + done, true), true);
		} else for (let done = 0; done < literals; done++) out[at + done] = bytes[from + done] as number;
		from += literals;
		at += literals;
		if (from === end) return at;
		if (end - from < 2) throw new Lz4FrameError("truncated", sequence);
		const distance = (bytes[from] as number) | ((bytes[from + 1] as number) << 8);
		from += 2;
		let length = token & 15;
		if (length === 15) {
			let more = 255;
			while (more === 255) {
				if (from >= end) throw new Lz4FrameError("truncated", sequence);
				more = bytes[from++] as number;
				length += more;
			}
		}
		length += MIN_MATCH;
		if (distance === 0 || distance > at - history) throw new Lz4FrameError("bad-distance", sequence);
		if (length > limit - at) throw new Lz4FrameError("too-long", sequence);
		if (distance >= 4 && length <= SHORT_COPY && length + 3 <= limit - at) {
			const match = at - distance;
			for (let done = 0; done < length; done += 4) view.setInt32(at + done, view.getInt32(match + done, true), true);
		} else copyMatch(out, at, distance, length);
		at += length;
	}
}

/** Copies one byte after the other, as far as it shows. */
function copyMatch(out: Uint8Array, start: number, distance: number, length: number): void {
	const from = start - distance;
	const end = start + length;
	let at = start;
	if (length <= SHORT_COPY) {
		for (; at < end; at++) out[at] = out[at - distance] as number;
		return;
	}
	// Each round doubles what may be copied without overlap.
	for (let stretch = distance; stretch < end - at; stretch = at - from) {
		out.copyWithin(at, from, at);
		at += stretch;
	}
	out.copyWithin(at, from, from + end - at);
}
