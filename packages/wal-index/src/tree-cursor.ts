import { probeBytes } from "./byte-keys.ts";
import { ENTRY, type Probe } from "./key-entry.ts";
import type { KeyTree } from "./key-tree.ts";
import { NONE } from "./leaf-store.ts";
import { type Cut, endPlace, type Place, startPlace } from "./tree-cut.ts";

export type Order = "ascending" | "descending";

/** Goes through the entries between two cuts, also while others are inserted: those may be met or not, no other twice. */
export class TreeCursor {
	readonly #tree: KeyTree;
	readonly #lower: Cut | undefined;
	readonly #upper: Cut | undefined;
	readonly #order: Order;
	#changes = -1;
	#leaf = NONE;
	#place = 0;
	/** Where it ends. */
	#end: Place = { leaf: NONE, place: 0 };
	/** The entry that it stands on. */
	high = 0;
	low = 0;
	row: number = NONE;

	/** The lower cut does not come after the upper one. */
	constructor(tree: KeyTree, lower: Cut | undefined, upper: Cut | undefined, order: Order) {
		this.#tree = tree;
		this.#lower = lower;
		this.#upper = upper;
		this.#order = order;
	}

	/** The key of the entry that it stands on, where the words may not be all of it. */
	get key(): Uint8Array | undefined {
		return this.#tree.keys?.key(this.row);
	}

	/** Whether the entry that it stands on has the key of another row, with those words where words are all of it. */
	hasKeyOf(row: number, high: number, low: number): boolean {
		const { keys } = this.#tree;
		return keys ? keys.compare(row, this.row) === 0 : high === this.high && low === this.low;
	}

	/** Goes to the next entry; false at the end. */
	next(): boolean {
		const { leaves, changes } = this.#tree;
		if (changes !== this.#changes) this.#locate();
		const isAscending = this.#order === "ascending";
		for (;;) {
			if (this.#leaf === this.#end.leaf && this.#place === this.#end.place) return false;
			if (this.#place !== (isAscending ? (leaves.sizes[this.#leaf] as number) : 0)) break;
			this.#leaf = (isAscending ? leaves.next : leaves.previous)[this.#leaf] as number;
			this.#tree.settle(this.#leaf);
			this.#place = isAscending ? 0 : (leaves.sizes[this.#leaf] as number);
		}
		const place = isAscending ? this.#place++ : --this.#place;
		const chunk = leaves.chunkOf(this.#leaf);
		const at = leaves.startOf(this.#leaf) + place * ENTRY;
		this.high = chunk[at] as number;
		this.low = chunk[at + 1] as number;
		this.row = chunk[at + 2] as number;
		return true;
	}

	/** Finds its place again, by the entry that it stands on. */
	#locate(): void {
		const tree = this.#tree;
		const isAscending = this.#order === "ascending";
		this.#changes = tree.changes;
		const passed = this.row === NONE ? undefined : { probe: this.#probe(), row: this.row + (isAscending ? 1 : 0) };
		this.#end = isAscending ? endPlace(tree, this.#upper) : startPlace(tree, this.#lower);
		const { leaf, place } = isAscending
			? startPlace(tree, passed ?? this.#lower)
			: endPlace(tree, passed ?? this.#upper);
		this.#leaf = leaf;
		this.#place = place;
		tree.settle(leaf);
	}

	#probe(): Probe {
		const { key } = this;
		return key ? probeBytes(key) : { high: this.high, low: this.low, bytes: undefined, side: 0 };
	}
}
