import { BTreeIndex } from "@memwal/wal-index";
import * as arrow from "apache-arrow";
import { bytesData, fixedData } from "./arrow-data.ts";

export function int32(values: readonly (number | null)[]): arrow.Data {
	return fixedData(new arrow.Int32(), 4, values, (view, at, value) => view.setInt32(at, value, true));
}

export function uint32(values: readonly (number | null)[]): arrow.Data {
	return fixedData(new arrow.Uint32(), 4, values, (view, at, value) => view.setUint32(at, value, true));
}

export function int64(values: readonly (number | bigint | null)[]): arrow.Data {
	return fixedData(new arrow.Int64(), 8, values, (view, at, value) => view.setBigInt64(at, BigInt(value), true));
}

export function float64(values: readonly (number | null)[]): arrow.Data {
	return fixedData(new arrow.Float64(), 8, values, (view, at, value) => view.setFloat64(at, value, true));
}

export function utf8(values: readonly (string | null)[]): arrow.Data {
	const encoder = new TextEncoder();
	return bytesData(
		new arrow.Utf8(),
		values.map((value) => (value === null ? null : encoder.encode(value))),
	);
}

/** An index over columns that follow one another. */
export function indexOf(...columns: readonly arrow.Data[]): BTreeIndex {
	const index = new BTreeIndex({ column: "c" });
	for (const column of columns) index.insert(column, index.size);
	return index;
}

/** The values that an index has, in its order. */
export function orderOf(index: BTreeIndex): unknown[] {
	return [...index.entries()].map(({ value }) => value);
}

/** What there is to lists: [value, rows] in order, null first. */
export function groupsOf(index: BTreeIndex): [unknown, readonly number[]][] {
	return [...index.snapshot()].map(({ value, rows }) => [value, rows]);
}
