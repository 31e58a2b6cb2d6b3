/** The index of the first of `offsets` that is negative, less than the one before it or more than `limit`; or -1. */
export function badOffset(offsets: Int32Array | BigInt64Array, limit: number): number {
	return offsets instanceof Int32Array ? badOffset32(offsets, limit) : badOffset64(offsets, limit);
}

function badOffset32(offsets: Int32Array, limit: number): number {
	let previous = 0;
	for (let index = 0; index < offsets.length; index++) {
		const offset = offsets[index] as number;
		if (offset < previous || offset > limit) return index;
		previous = offset;
	}
	return -1;
}

/** Reads halves of 32 bits: a `bigint` a value would cost ten times as much. */
function badOffset64(offsets: BigInt64Array, limit: number): number {
	const halves = new Int32Array(offsets.buffer, offsets.byteOffset, offsets.length * 2);
	let previous = 0;
	for (let index = 0; index < offsets.length; index++) {
		// Exact up to 2⁵³, and limits lie below.
		const offset = (halves[2 * index + 1] as number) * 0x1_0000_0000 + ((halves[2 * index] as number) >>> 0);
		if (offset < previous || offset > limit) return index;
		previous = offset;
	}
	return -1;
}
