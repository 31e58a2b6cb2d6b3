import { FLIP } from "./key-entry.ts";

/** Bytes of a key that stand in its words, before the one that counts them. */
export const WORD_BYTES = 7;

/**
 * The words of a key of bytes: its first seven, the first of them most significant, zeros where it has no more; then
 * their number, 8 where the key has more. So a key of at most seven bytes is told by its words alone.
 */
export function highWord(bytes: Uint8Array, begin: number, length: number): number {
	let word = 0;
	for (let i = 0; i < 4; i++) word = (word << 8) | (i < length ? (bytes[begin + i] as number) : 0);
	return word ^ FLIP;
}

export function lowWord(bytes: Uint8Array, begin: number, length: number): number {
	let word = 0;
	for (let i = 4; i < WORD_BYTES; i++) word = (word << 8) | (i < length ? (bytes[begin + i] as number) : 0);
	return ((word << 8) | (length > WORD_BYTES ? WORD_BYTES + 1 : length)) ^ FLIP;
}

/** Whether a lower word is that of a key without further bytes. */
export function isWholeKey(low: number): boolean {
	return (low & 0xff) <= WORD_BYTES;
}
