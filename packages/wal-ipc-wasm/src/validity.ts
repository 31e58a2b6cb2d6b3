import type { DataShape } from "./arrow-shapes.ts";

/** Whether a row is not null; where there is no bitmap, none is. */
export function isValidAt({ _nullCount, nullBitmap, offset }: DataShape, row: number): boolean {
	if (_nullCount === 0 || !nullBitmap || nullBitmap.length === 0) return true;
	const bit = offset + row;
	return (((nullBitmap[bit >>> 3] ?? 0) >>> (bit & 7)) & 1) === 1;
}
