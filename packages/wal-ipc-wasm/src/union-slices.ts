import type { DataShape } from "./arrow-shapes.ts";
import { type ColumnPlan, outsideValues } from "./column-plan.ts";

export interface UnionSlice {
	/** Where each row's value stands in its child. */
	readonly offsets: Int32Array;
	/** Cut to what the rows use. */
	readonly children: readonly DataShape[];
}

/** The index of the child that each type id stands for. */
export function childOfTypeId({ type }: ColumnPlan): ReadonlyMap<number, number> {
	return new Map(Array.from(type.typeIds ?? [], (id, index) => [id, index]));
}

/** A slice of a dense union has its parent's children: this finds the part of each that the rows refer to. */
export function denseUnionChildren(plan: ColumnPlan, data: DataShape, rows: number): UnionSlice {
	const { typeIds, children } = data;
	const given = data.valueOffsets as Int32Array | undefined;
	if (rows === 0 || !typeIds || !given) return { offsets: new Int32Array(0), children: children.map(emptied) };
	const childOf = childOfTypeId(plan);
	const begins = new Array<number>(children.length).fill(Number.POSITIVE_INFINITY);
	const ends = new Array<number>(children.length).fill(0);
	for (let row = 0; row < rows; row++) {
		const child = childOf.get(typeIds[row] as number);
		const offset = given[row];
		if (child === undefined || offset === undefined || offset < 0 || offset >= (children[child]?.length ?? 0)) {
			throw outsideValues(plan);
		}
		begins[child] = Math.min(begins[child] as number, offset);
		ends[child] = Math.max(ends[child] as number, offset + 1);
	}
	const cut = children.map((child, index) => {
		const [begin, end] = [begins[index] as number, ends[index] as number];
		if (end === 0) return emptied(child);
		return begin === 0 && end === child.length ? child : child.slice(begin, end - begin);
	});
	const moved = begins.some((begin) => begin > 0 && begin < Number.POSITIVE_INFINITY);
	const offsets = moved
		? given
				.subarray(0, rows)
				.map((offset, row) => offset - (begins[childOf.get(typeIds[row] as number) ?? 0] as number))
		: given;
	return { offsets, children: cut };
}

function emptied(child: DataShape): DataShape {
	return child.length === 0 ? child : child.slice(0, 0);
}
