/**
 * A key in the tree is an *entry* of three 32-bit words, `high`, `low` and the row's number. Entries are ordered by the
 * words as signed numbers, one after the other.
 *
 * `high` and `low` are the most significant 64 bits of a number that is ordered as the values are. For most types it has
 * no more. Longer keys, such as text, lie in a {@link KeyStore} as bytes, and where the words of two are equal these
 * decide before the row's number does.
 *
 * @module
 */

/** Words of an entry. */
export const ENTRY = 3;

/** Turns the order of unsigned numbers into that of signed ones, and back. */
export const FLIP: number = 0x80000000 | 0;

/** The lower word of keys that need no more than the upper one: zero, as it stands among signed numbers. */
export const NO_LOW_WORD: number = 0x80000000 | 0;

/** Above the number of every row. */
export const END_OF_ROWS = 0x7fffffff;

/** What to look for: a key, and where the value lies that it was made of. */
export interface Probe {
	readonly high: number;
	readonly low: number;
	/** The whole key, where the words may not be. */
	readonly bytes: Uint8Array | undefined;
	/** 0: the value is the key; 1: it lies just above; -1: just below. No row has a value that is no key. */
	readonly side: -1 | 0 | 1;
}
