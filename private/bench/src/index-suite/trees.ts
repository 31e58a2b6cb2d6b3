import { BTreeIndex } from "@memwal/wal-index";
import type { Data } from "apache-arrow";
import sortedBTree from "sorted-btree";
import { BATCH_ROWS, type KeySet } from "./key-sets.ts";

/** A class of CommonJS, as Node hands it out. */
const SortedBTree = sortedBTree.default;

/** Of a value's row. */
export type SortedTree = sortedBTree.default<number | string, number>;

export const OURS = "BTreeIndex";
export const THEIRS = "sorted-btree";
export const THEIRS_PRESORTED = "sorted-btree, each batch sorted first";

export function buildIndex(columns: readonly Data[]): BTreeIndex {
	const index = new BTreeIndex({ column: "key" });
	for (const column of columns) index.insert(column, index.size);
	return index;
}

export function buildSortedTree({ keys }: KeySet): SortedTree {
	const tree = new SortedBTree<number | string, number>();
	for (let row = 0; row < keys.length; row++) tree.set(keys[row] as number | string, row);
	return tree;
}

/** With neighbours one after the other, as somebody would do who knows that it helps. */
export function buildPresortedTree({ keys }: KeySet): SortedTree {
	const tree = new SortedBTree<number | string, number>();
	for (let begin = 0; begin < keys.length; begin += BATCH_ROWS) {
		const rows = Array.from({ length: BATCH_ROWS }, (_, i) => begin + i);
		rows.sort((a, b) => ((keys[a] as number) < (keys[b] as number) ? -1 : 1));
		for (const row of rows) tree.set(keys[row] as number | string, row);
	}
	return tree;
}

/** Throws unless both have every key, in an order in which each finds what the other has. */
export function requireSame(index: BTreeIndex, tree: SortedTree, { keys }: KeySet): void {
	const distinct = new Set(keys).size;
	if (index.size !== keys.length || tree.size !== distinct) {
		throw new Error(`${index.size} rows and ${tree.size} keys are there, not ${keys.length} and ${distinct}`);
	}
	let walked = 0;
	let before: unknown;
	for (const { value, row } of index.entries()) {
		const key = keys[row] as number | string;
		if (typeof key === "string" ? value !== key : Number(value) !== key)
			throw new Error(`row ${row} has another value`);
		if (typeof key === "number" && before !== undefined && Number(value) < Number(before)) {
			throw new Error(`row ${row} is out of order`);
		}
		before = value;
		walked++;
	}
	if (walked !== keys.length) throw new Error(`${walked} rows were walked over, not ${keys.length}`);
	for (let row = 0; row < keys.length; row += 997) {
		const key = keys[row] as number | string;
		if (!index.get(key).includes(row)) throw new Error(`row ${row} is not found by its key`);
		if (index.newestVisible(key, keys.length) !== tree.get(key)) throw new Error(`row ${row} is not the same in both`);
	}
}
