import { dataViewOf } from "./data-view.ts";

/**
 * The position of the first byte that is not part of well-formed UTF-8; or -1. Stray and missing continuation bytes,
 * overlong forms, surrogates and what lies beyond U+10FFFF are not well-formed; the position is where they begin.
 */
export function badUtf8(bytes: Uint8Array): number {
	const view = dataViewOf(bytes);
	const { length } = bytes;
	let at = 0;
	while (at < length) {
		while (at + 8 <= length && ((view.getInt32(at, true) | view.getInt32(at + 4, true)) & 0x80808080) === 0) at += 8;
		// Through the eight bytes that are not ASCII alone, then look for such again.
		for (const end = Math.min(length, at + 8); at < end; ) {
			const first = bytes[at] as number;
			if (first < 0x80) at++;
			else {
				const sequence = sequenceBytes(bytes, at, first);
				if (sequence === 0) return at;
				at += sequence;
			}
		}
	}
	return -1;
}

/** The length of the sequence of several bytes at `at`, 0 where it is none; bytes past the end read as `undefined`. */
function sequenceBytes(bytes: Uint8Array, at: number, first: number): number {
	if (first < 0xc2 || first > 0xf4) return 0;
	const second = bytes[at + 1] as number;
	if (first < 0xe0) return second >> 6 === 2 ? 2 : 0;
	if (first < 0xf0) {
		const low = first === 0xe0 ? 0xa0 : 0x80;
		const high = first === 0xed ? 0x9f : 0xbf;
		return second >= low && second <= high && (bytes[at + 2] as number) >> 6 === 2 ? 3 : 0;
	}
	const low = first === 0xf0 ? 0x90 : 0x80;
	const high = first === 0xf4 ? 0x8f : 0xbf;
	const follow = (bytes[at + 2] as number) >> 6 === 2 && (bytes[at + 3] as number) >> 6 === 2;
	return second >= low && second <= high && follow ? 4 : 0;
}
