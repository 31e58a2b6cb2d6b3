/**
 * Where the bytes of a body buffer come from, by its number.
 *
 * @module
 */

/** No bytes. */
export const none = 0;
/** `length` bytes of `view`, from byte `start` on. */
export const bytes = 1;
/** `count` bits of the bitmap `view`, from bit `start` on. */
export const bits = 2;
/** The first `count` offsets of `view`, an Int32Array, less `start`. */
export const offsets32 = 3;
/** The first `count` offsets of `view`, a BigInt64Array, less `start`. */
export const offsets64 = 4;

export type SourceKind = typeof none | typeof bytes | typeof bits | typeof offsets32 | typeof offsets64;
