import { END_OF_ROWS, type Probe } from "./key-entry.ts";
import type { KeyTree } from "./key-tree.ts";

/** A place between the entries of a tree, told by what lies before it: all below this key, and of its rows those below `row`. */
export interface Cut {
	readonly probe: Probe;
	readonly row: number;
}

/** The same as long as the tree does not change: between the entries of a leaf. The one before is in that leaf. */
export interface Place {
	readonly leaf: number;
	readonly place: number;
}

/** Below all entries with a value that is not below the one that the probe is for. */
export function cutBelow(probe: Probe): Cut {
	return { probe, row: probe.side > 0 ? END_OF_ROWS : 0 };
}

/** Above all entries with a value that is not above it. */
export function cutAbove(probe: Probe): Cut {
	return { probe, row: probe.side < 0 ? 0 : END_OF_ROWS };
}

/** Less than 0 where `a` comes before `b`, 0 where both are one place. */
export function compareCuts(a: Cut, b: Cut): number {
	return compareProbes(a.probe, b.probe) || a.row - b.row;
}

/** In the order of keys. */
export function compareProbes(a: Probe, b: Probe): number {
	if (a.high !== b.high) return a.high < b.high ? -1 : 1;
	if (a.low !== b.low) return a.low < b.low ? -1 : 1;
	return a.bytes && b.bytes ? compareBytes(a.bytes, b.bytes) : 0;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
	const length = Math.min(a.length, b.length);
	for (let i = 0; i < length; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
	return a.length - b.length;
}

/** Finds a cut in the tree; without one, the beginning. */
export function startPlace(tree: KeyTree, cut: Cut | undefined): Place {
	return cut ? placeOf(tree, cut) : { leaf: tree.firstLeaf, place: 0 };
}

/** Finds a cut in the tree; without one, the end. */
export function endPlace(tree: KeyTree, cut: Cut | undefined): Place {
	if (cut) return placeOf(tree, cut);
	return { leaf: tree.lastLeaf, place: tree.leaves.sizes[tree.lastLeaf] as number };
}

function placeOf(tree: KeyTree, { probe, row }: Cut): Place {
	tree.seek(probe.high, probe.low, probe.bytes, row);
	return { leaf: tree.leaf, place: tree.place };
}
