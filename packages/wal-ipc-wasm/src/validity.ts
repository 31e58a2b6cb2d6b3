import type { DataShape } from "./arrow-shapes.ts";
import { isSet } from "./bitmap.ts";

/** Whether a row is not null; where there is no bitmap, none is. */
export function isValidAt({ _nullCount, nullBitmap, offset }: DataShape, row: number): boolean {
	return _nullCount === 0 || !nullBitmap?.length || isSet(nullBitmap, offset + row);
}
