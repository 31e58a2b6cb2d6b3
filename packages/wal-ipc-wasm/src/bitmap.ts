/**
 * Bitmaps as Arrow has them: bit `i` is bit `i % 8` of byte `i >> 3`.
 *
 * @module
 */
import { dataViewOf } from "./data-view.ts";

/** A bit that the bitmap does not have is not set. */
export function isSet(bitmap: Uint8Array, at: number): boolean {
	return (((bitmap[at >>> 3] as number) >>> (at & 7)) & 1) === 1;
}

export function setBit(bitmap: Uint8Array, at: number): void {
	bitmap[at >>> 3] = (bitmap[at >>> 3] as number) | (1 << (at & 7));
}

/** How many of the `bits` from `bitOffset` on are set. */
export function countOnes(bitmap: Uint8Array, bitOffset: number, bits: number): number {
	if (bits === 0) return 0;
	const end = bitOffset + bits;
	const last = Math.ceil(end / 8) - 1;
	let at = Math.floor(bitOffset / 8);
	// Less what is beside the bits in the first and the last byte.
	let count = -onesOf((bitmap[at] as number) & ((1 << (bitOffset % 8)) - 1));
	if (end % 8 !== 0) count -= onesOf((bitmap[last] as number) >>> (end % 8));
	const view = dataViewOf(bitmap);
	for (; at <= last - 3; at += 4) count += onesOf(view.getInt32(at, true));
	for (; at <= last; at++) count += onesOf(bitmap[at] as number);
	return count;
}

/** Set bits of a word: counted in pairs, then in fours, then in bytes, which a multiplication sums up. */
function onesOf(word: number): number {
	const pairs = word - ((word >>> 1) & 0x55555555);
	const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
	return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Moves `bits` bits, from `bitOffset` on, to the start of `target`; the rest of the last byte becomes zero. */
export function shiftBits(bitmap: Uint8Array, bitOffset: number, bits: number, target: Uint8Array): void {
	if (bits === 0) return;
	const first = Math.floor(bitOffset / 8);
	const shift = bitOffset % 8;
	const length = Math.ceil(bits / 8);
	if (shift === 0) target.set(bitmap.subarray(first, first + length));
	else {
		const end = Math.ceil((bitOffset + bits) / 8);
		const source = new DataView(bitmap.buffer, bitmap.byteOffset, end);
		const to = new DataView(target.buffer, target.byteOffset, length);
		let at = 0;
		// A step reads five bytes for the four that it writes.
		for (; at + 4 <= length && first + at + 5 <= end; at += 4) {
			const next = source.getUint8(first + at + 4) << (32 - shift);
			to.setInt32(at, (source.getInt32(first + at, true) >>> shift) | next, true);
		}
		for (; at < length; at++) {
			const next = first + at + 1 < end ? source.getUint8(first + at + 1) << (8 - shift) : 0;
			to.setUint8(at, (source.getUint8(first + at) >>> shift) | next);
		}
	}
	if (bits % 8 !== 0) target[length - 1] = (target[length - 1] as number) & ((1 << (bits % 8)) - 1);
}
