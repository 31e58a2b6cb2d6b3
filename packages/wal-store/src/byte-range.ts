import type { ByteRange } from "./object-store.ts";

/** @throws RangeError unless `0 <= start <= end`, both whole numbers. */
export function checkRange(range: ByteRange | undefined): void {
	if (!range) return;
	const { start, end } = range;
	if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
		throw new RangeError(`a byte range must be whole numbers with 0 <= start <= end, not [${start}, ${end})`);
	}
}

/** What `range` means for an object of `size` bytes: what lies past its end is cut off; all of it without a range. */
export function clipRange(range: ByteRange | undefined, size: number): ByteRange {
	if (!range) return { start: 0, end: size };
	return { start: Math.min(range.start, size), end: Math.min(range.end, size) };
}
