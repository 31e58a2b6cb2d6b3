import { isSet } from "./bitmap.ts";
import type { IndexArray } from "./engine.ts";

/** The row of the first index that is valid, and negative or not less than `limit`; or -1. */
export function badIndex(indices: IndexArray, limit: number, validity: Uint8Array | undefined): number {
	const { buffer, byteOffset, length } = indices;
	const bound = unsignedLimit(indices, limit);
	switch (indices.BYTES_PER_ELEMENT) {
		case 1:
			return badUnsigned(new Uint8Array(buffer, byteOffset, length), bound, validity);
		case 2:
			return badUnsigned(new Uint16Array(buffer, byteOffset, length), bound, validity);
		case 4:
			return badUnsigned(new Uint32Array(buffer, byteOffset, length), bound, validity);
		default:
			return badWide(new Uint32Array(buffer, byteOffset, length * 2), bound, validity);
	}
}

/** A limit that also refuses what is negative, once it is read as unsigned. */
export function unsignedLimit(indices: IndexArray, limit: number): number {
	const isUnsigned = indices[Symbol.toStringTag].includes("Uint");
	return isUnsigned ? limit : Math.min(limit, 2 ** (8 * indices.BYTES_PER_ELEMENT - 1));
}

function badUnsigned(
	indices: Uint8Array | Uint16Array | Uint32Array,
	limit: number,
	validity: Uint8Array | undefined,
): number {
	for (let row = 0; row < indices.length; row++) {
		if ((indices[row] as number) >= limit && (!validity || isSet(validity, row))) return row;
	}
	return -1;
}

/** Halves of 32 bits, the lower first: a `bigint` a value would cost ten times as much. */
function badWide(halves: Uint32Array, limit: number, validity: Uint8Array | undefined): number {
	for (let row = 0; 2 * row < halves.length; row++) {
		// Exact up to 2⁵³, and limits lie below.
		const index = (halves[2 * row + 1] as number) * 0x1_0000_0000 + (halves[2 * row] as number);
		if (index >= limit && (!validity || isSet(validity, row))) return row;
	}
	return -1;
}
