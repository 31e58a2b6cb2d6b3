import type { Data } from "apache-arrow";
import type { DataShape } from "./arrow-shapes.ts";
import type { BodyReader, DecodingEngines } from "./body-reader.ts";
import type { ColumnPlan } from "./column-plan.ts";
import { dataViewOf } from "./data-view.ts";
import type { IndexArray } from "./engine.ts";
import * as TYPE from "./type-id.ts";
import { childOfTypeId } from "./union-slices.ts";
import { isValidAt } from "./validity.ts";
import { BUFFER_AT, INLINE_BYTES, OFFSET_AT } from "./view-slices.ts";

/**
 * Looks at the values of a column, and of all below it, whose structure has been read: afterwards no value can be asked
 * for that lies outside its buffers.
 *
 * @throws `WAL_CORRUPT` naming the column.
 */
export function checkColumn(plan: ColumnPlan, data: Data, reader: BodyReader): void {
	const { engines } = reader.entry;
	const damaged = (problem: string, row: number) => reader.damaged(`column "${plan.path}" ${problem}, in row ${row}`);
	checkNulls(plan, data, reader);
	switch (plan.layout) {
		case "fixed":
			if (plan.dictionary) {
				const validity = data.nullBitmap?.length ? data.nullBitmap : undefined;
				const row = engines.badIndex(data.values as IndexArray, data.dictionary?.length ?? 0, validity);
				if (row >= 0) throw damaged("refers to a value that its dictionary does not have", row);
			}
			break;
		case "variable": {
			const values = data.values as Uint8Array;
			checkOffsets(data, values.length, engines, damaged);
			if (plan.type.typeId === TYPE.utf8 || plan.type.typeId === TYPE.largeUtf8)
				checkText(data, values, engines, damaged);
			break;
		}
		case "list":
			checkOffsets(data, data.children[0]?.length ?? 0, engines, damaged);
			break;
		case "view":
			checkViews(plan, data, engines, damaged);
			break;
		case "sparse-union":
		case "dense-union":
			checkUnion(plan, data, damaged);
			break;
		default:
	}
	plan.children.forEach((child, index) => {
		checkColumn(child, data.children[index] as Data, reader);
	});
}

type Damaged = (problem: string, row: number) => Error;

function checkNulls(plan: ColumnPlan, data: Data, reader: BodyReader): void {
	const { nullBitmap, length } = data;
	const { _nullCount: nulls } = data as unknown as { readonly _nullCount: number };
	if (!nullBitmap || nulls <= 0 || plan.layout === "null") return;
	const counted = length - reader.entry.engines.countOnes(nullBitmap, 0, length);
	if (counted !== nulls) throw reader.damaged(`column "${plan.path}" has ${counted} nulls and says ${nulls}`);
}

function checkOffsets({ valueOffsets }: Data, limit: number, engines: DecodingEngines, damaged: Damaged): void {
	const row = engines.badOffset(valueOffsets as Int32Array | BigInt64Array, limit);
	if (row >= 0) throw damaged("has an offset that goes back or past the end", row);
}

/** Every value is UTF-8 of its own; what lies under nulls may be anything. */
function checkText(data: Data, values: Uint8Array, engines: DecodingEngines, damaged: Damaged): void {
	const offsets = data.valueOffsets as Int32Array | BigInt64Array;
	const end = Number(offsets[data.length]);
	let row = 0;
	for (let begin = Number(offsets[0]); begin < end; begin = Number(offsets[row + 1])) {
		const found = engines.badUtf8(values.subarray(begin, end));
		if (found < 0) break;
		while (Number(offsets[row + 1]) <= begin + found) row++;
		if (isValidAt(data as unknown as DataShape, row)) throw damaged("has bytes that are no UTF-8", row);
	}
	let start = Number(offsets[0]);
	for (let row = 0; row < data.length; row++) {
		const next = Number(offsets[row + 1]);
		const isCut = next > start && (isInside(values, start, end) || isInside(values, next, end));
		if (isCut && isValidAt(data as unknown as DataShape, row))
			throw damaged("has a value that is cut inside a character", row);
		start = next;
	}
}

/** Whether the byte goes on with a character that began before it. */
function isInside(values: Uint8Array, at: number, end: number): boolean {
	return at < end && ((values[at] as number) & 0xc0) === 0x80;
}

function checkViews(plan: ColumnPlan, data: Data, engines: DecodingEngines, damaged: Damaged): void {
	const views = data.values as Uint8Array;
	const { variadicBuffers } = data as unknown as { readonly variadicBuffers: readonly Uint8Array[] };
	const view = dataViewOf(views);
	const isText = plan.type.typeId === TYPE.utf8View;
	for (let row = 0; row < data.length; row++) {
		if (!isValidAt(data as unknown as DataShape, row)) continue;
		const at = row * plan.width;
		const length = view.getInt32(at, true);
		if (length < 0) throw damaged(`has a value of ${length} bytes`, row);
		let value: Uint8Array;
		if (length <= INLINE_BYTES) value = views.subarray(at + 4, at + 4 + length);
		else {
			const buffer = variadicBuffers[view.getInt32(at + BUFFER_AT, true)];
			const begin = view.getInt32(at + OFFSET_AT, true);
			if (!buffer || begin < 0 || begin + length > buffer.length) {
				throw damaged("refers to bytes that it does not have", row);
			}
			value = buffer.subarray(begin, begin + length);
		}
		if (isText && engines.badUtf8(value) >= 0) throw damaged("has bytes that are no UTF-8", row);
	}
}

function checkUnion(plan: ColumnPlan, data: Data, damaged: Damaged): void {
	const { typeIds, valueOffsets } = data as unknown as { typeIds: Int8Array; valueOffsets?: Int32Array };
	const childOf = childOfTypeId(plan);
	/** Offsets into a child go up: the format says so, and readers rely on it. */
	const next = new Map<number, number>();
	for (let row = 0; row < data.length; row++) {
		const id = typeIds[row] as number;
		const child = data.children[childOf.get(id) ?? -1];
		if (!child) throw damaged(`has a value of type ${id}, which it does not have`, row);
		if (plan.layout === "sparse-union") continue;
		const offset = valueOffsets?.[row] ?? -1;
		if (offset < (next.get(id) ?? 0) || offset >= child.length) {
			throw damaged("refers to a value that its child does not have, or goes back", row);
		}
		next.set(id, offset);
	}
}
