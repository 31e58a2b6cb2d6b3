import { ENTRY } from "./key-entry.ts";

/** Children of an inner node, at most. */
const MAX_CHILDREN = 128;

/** Where a full node is cut up, so many children go to each part: it will not be full again at once. */
const CHILDREN_AFTER_SPLIT = 96;

/** A node that came to be, to the right of another: its least entry, and its number. */
export interface Sibling {
	/** Words as the parent has them, or is to write them. */
	high: number;
	low: number;
	readonly row: number;
	readonly child: number;
}

/** Siblings that belong behind the child with that index. */
export interface Addition {
	readonly behind: number;
	readonly siblings: readonly Sibling[];
}

/** A node above the leaves. Between two neighbouring children stands the least entry of the right one. */
export class InnerNode {
	/** 1: the children are leaves. */
	readonly level: number;
	readonly separators: Int32Array = new Int32Array(MAX_CHILDREN * ENTRY);
	/** Numbers of leaves or of inner nodes. */
	readonly children: Int32Array = new Int32Array(MAX_CHILDREN + 1);
	/** How many separators there are; one more child. */
	size = 0;
	/** How many first bytes of their keys, which all have in common, the words of the separators leave out. */
	skip: number;

	constructor(level: number, firstChild: number, skip: number) {
		this.level = level;
		this.skip = skip;
		this.children[0] = firstChild;
	}

	/** Memory that each takes. */
	static readonly bytes: number = MAX_CHILDREN * (ENTRY + 1) * Int32Array.BYTES_PER_ELEMENT;

	/** Adds a child at the right end. */
	push({ high, low, row, child }: Sibling): void {
		const at = this.size * ENTRY;
		this.separators[at] = high;
		this.separators[at + 1] = low;
		this.separators[at + 2] = row;
		this.size++;
		this.children[this.size] = child;
	}

	/**
	 * Adds children. If there is no room, the node keeps the first of them and gives the others, cut into lists of which
	 * each is to become a node; the first of a list is that node's first child.
	 */
	place(additions: readonly Addition[]): Sibling[][] {
		const added = additions.reduce((sum, { siblings }) => sum + siblings.length, 0);
		if (this.size + added < MAX_CHILDREN) {
			for (let i = additions.length - 1; i >= 0; i--) this.#insert(additions[i] as Addition);
			return [];
		}
		const all = this.#merged(additions);
		const parts = Math.ceil((all.length + 1) / CHILDREN_AFTER_SPLIT);
		const cut = (part: number) => Math.floor(((all.length + 1) * part) / parts) - 1;
		this.size = 0;
		for (const sibling of all.slice(0, cut(1))) this.push(sibling);
		return Array.from({ length: parts - 1 }, (_, part) => all.slice(cut(part + 1), cut(part + 2)));
	}

	#insert({ behind, siblings }: Addition): void {
		const { separators, children } = this;
		const room = siblings.length;
		separators.copyWithin((behind + room) * ENTRY, behind * ENTRY, this.size * ENTRY);
		children.copyWithin(behind + 1 + room, behind + 1, this.size + 1);
		this.size += room;
		siblings.forEach(({ high, low, row, child }, i) => {
			const at = (behind + i) * ENTRY;
			separators[at] = high;
			separators[at + 1] = low;
			separators[at + 2] = row;
			children[behind + 1 + i] = child;
		});
	}

	/** The children that there are, but for the first, and those that come. */
	#merged(additions: readonly Addition[]): Sibling[] {
		const all: Sibling[] = [];
		let next = 0;
		for (const { behind, siblings } of additions) {
			for (; next < behind; next++) all.push(this.#sibling(next));
			all.push(...siblings);
		}
		for (; next < this.size; next++) all.push(this.#sibling(next));
		return all;
	}

	#sibling(index: number): Sibling {
		const at = index * ENTRY;
		return {
			high: this.separators[at] as number,
			low: this.separators[at + 1] as number,
			row: this.separators[at + 2] as number,
			child: this.children[index + 1] as number,
		};
	}
}
