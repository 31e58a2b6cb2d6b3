import { ENTRY, type Probe } from "./key-entry.ts";
import type { KeyTree } from "./key-tree.ts";
import { NONE } from "./leaf-store.ts";
import { type Cut, cutAbove, endPlace, type Place, startPlace } from "./tree-cut.ts";

/** Which rows are looked for, and how many of them may be found. */
export interface RowLimits {
	readonly rowEnd: number;
	readonly limit: number;
}

/**
 * Adds the rows below `rowEnd` between two cuts, of which the first does not come after the second, in the order of keys;
 * false where they are more than may be found.
 */
export function addRowsBetween(
	tree: KeyTree,
	lower: Cut | undefined,
	upper: Cut | undefined,
	limits: RowLimits,
	rows: number[],
): boolean {
	const to = endPlace(tree, upper);
	const from = startPlace(tree, lower);
	return addRows(tree, from, to, limits, rows);
}

/** The same for the rows with one key, in their order. */
export function addRowsOf(tree: KeyTree, probe: Probe, limits: RowLimits, rows: number[]): boolean {
	tree.seek(probe.high, probe.low, probe.bytes, 0);
	const { leaves, leaf } = tree;
	const chunk = leaves.chunkOf(leaf);
	const size = leaves.sizes[leaf] as number;
	let { place } = tree;
	let at = leaves.startOf(leaf) + place * ENTRY + 2;
	for (; place < size; place++, at += ENTRY) {
		const row = chunk[at] as number;
		// Rows of one key ascend.
		if (row >= limits.rowEnd || !tree.hasKey(place, probe.bytes)) return true;
		if (rows.length === limits.limit) return false;
		rows.push(row);
	}
	// More of them may be in the leaves that follow.
	if (leaves.next[leaf] === NONE) return true;
	return addRows(tree, { leaf, place: size }, endPlace(tree, cutAbove(probe)), limits, rows);
}

function addRows(tree: KeyTree, from: Place, to: Place, { rowEnd, limit }: RowLimits, rows: number[]): boolean {
	const { leaves } = tree;
	let { leaf, place } = from;
	tree.settle(leaf);
	for (;;) {
		const end = leaf === to.leaf ? to.place : (leaves.sizes[leaf] as number);
		const chunk = leaves.chunkOf(leaf);
		const start = leaves.startOf(leaf) + 2;
		for (let at = start + place * ENTRY; at < start + end * ENTRY; at += ENTRY) {
			const row = chunk[at] as number;
			if (row >= rowEnd) continue;
			if (rows.length === limit) return false;
			rows.push(row);
		}
		if (leaf === to.leaf) return true;
		leaf = leaves.next[leaf] as number;
		tree.settle(leaf);
		place = 0;
	}
}
