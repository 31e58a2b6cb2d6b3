import type { DataShape } from "./arrow-shapes.ts";
import { VIEW_BYTES } from "./column-layout.ts";
import { type ColumnPlan, outsideValues } from "./column-plan.ts";
import { dataViewOf } from "./data-view.ts";
import { isValidAt } from "./validity.ts";

/** Text or bytes of this length and less stand in the view itself. */
export const INLINE_BYTES = 12;

/** Where a view that is not inlined says which buffer, and where in it. */
export const BUFFER_AT = 8;
export const OFFSET_AT = 12;

export interface NarrowedViews {
	readonly views: ArrayBufferView | undefined;
	readonly buffers: readonly Uint8Array[];
}

/** A slice of views has all of its parent's buffers: this finds the part of each that the rows refer to. */
export function narrowedViews(plan: ColumnPlan, data: DataShape, rows: number): NarrowedViews {
	const { values, variadicBuffers = [] } = data;
	const given = Math.min(rows, data.length, (values?.byteLength ?? 0) / VIEW_BYTES);
	if (!values || given === 0) return { views: undefined, buffers: [] };
	const view = dataViewOf(values);
	const begins = variadicBuffers.map(() => Number.POSITIVE_INFINITY);
	const ends = variadicBuffers.map(() => 0);
	let hasNullsWithContent = false;
	for (let at = 0; at < given * VIEW_BYTES; at += VIEW_BYTES) {
		const length = view.getInt32(at, true);
		if (length <= INLINE_BYTES && length >= 0) continue;
		if (!isValidAt(data, at / VIEW_BYTES)) {
			hasNullsWithContent = true;
			continue;
		}
		const index = view.getInt32(at + BUFFER_AT, true);
		const begin = view.getInt32(at + OFFSET_AT, true);
		const end = begin + length;
		if (length < 0 || begin < 0 || end > (variadicBuffers[index]?.length ?? -1)) throw outsideValues(plan);
		begins[index] = Math.min(begins[index] as number, begin);
		ends[index] = Math.max(ends[index] as number, end);
	}
	const buffers = variadicBuffers.map((buffer, index) => buffer.subarray(begins[index], ends[index]));
	const moved = begins.some((begin) => begin > 0 && begin < Number.POSITIVE_INFINITY);
	if (!moved && !hasNullsWithContent) return { views: values, buffers };
	const copy = new Uint8Array(given * VIEW_BYTES);
	copy.set(new Uint8Array(values.buffer, values.byteOffset, copy.length));
	const copyView = new DataView(copy.buffer);
	for (let at = 0; at < copy.length; at += VIEW_BYTES) {
		const length = copyView.getInt32(at, true);
		if (length <= INLINE_BYTES && length >= 0) continue;
		// What a null refers to is not written, so it must not refer to it.
		if (!isValidAt(data, at / VIEW_BYTES)) copy.fill(0, at, at + VIEW_BYTES);
		else {
			const begin = begins[copyView.getInt32(at + BUFFER_AT, true)] as number;
			copyView.setInt32(at + OFFSET_AT, copyView.getInt32(at + OFFSET_AT, true) - begin, true);
		}
	}
	return { views: copy, buffers };
}
