import { ENTRY } from "./key-entry.ts";

/** Entries of a leaf: enough that the levels above are small, few enough that one is sorted in microseconds. */
export const LEAF_ENTRIES = 512;

const LEAF_WORDS = LEAF_ENTRIES * ENTRY;

/** Leaves of a chunk: chunks never move, so that growing never copies more than the first of them. */
const CHUNK_BITS = 5;
const CHUNK_LEAVES = 1 << CHUNK_BITS;

const FIRST_LEAVES = 16;

/** No leaf. */
export const NONE = -1;

/**
 * The leaves of a tree, by number, in a chain. A leaf's first entries are in order, up to `sorted`; those behind came
 * later, and are put in order when somebody looks.
 */
export class LeafStore {
	readonly #chunks: Int32Array[] = [];
	#count = 0;
	/** By leaf. */
	sizes: Int32Array = new Int32Array(FIRST_LEAVES);
	sorted: Int32Array = new Int32Array(FIRST_LEAVES);
	next: Int32Array = new Int32Array(FIRST_LEAVES);
	previous: Int32Array = new Int32Array(FIRST_LEAVES);
	/** How many first bytes of their keys, which all have in common, the words of a leaf's entries leave out. */
	skips: Int32Array = new Int32Array(FIRST_LEAVES);
	/** Memory that is held. */
	bytes = 0;

	/** A new, empty leaf, behind the leaf `after`. What {@link chunkOf} gave before may be stale. */
	add(after: number): number {
		const leaf = this.#count++;
		this.#makeRoom(leaf);
		const behind = after === NONE ? NONE : (this.next[after] as number);
		this.next[leaf] = behind;
		this.previous[leaf] = after;
		if (after !== NONE) this.next[after] = leaf;
		if (behind !== NONE) this.previous[behind] = leaf;
		return leaf;
	}

	/** The words in which the leaf's entries lie, from {@link startOf} on. */
	chunkOf(leaf: number): Int32Array {
		return this.#chunks[leaf >>> CHUNK_BITS] as Int32Array;
	}

	startOf(leaf: number): number {
		return (leaf & (CHUNK_LEAVES - 1)) * LEAF_WORDS;
	}

	/** Makes the leaf hold these entries, which are in order. */
	fill(leaf: number, entries: Int32Array): void {
		this.chunkOf(leaf).set(entries, this.startOf(leaf));
		const size = entries.length / ENTRY;
		this.sizes[leaf] = size;
		this.sorted[leaf] = size;
	}

	#makeRoom(leaf: number): void {
		if (leaf >= this.sizes.length) {
			this.sizes = doubled(this.sizes);
			this.sorted = doubled(this.sorted);
			this.next = doubled(this.next);
			this.previous = doubled(this.previous);
			this.skips = doubled(this.skips);
		}
		const number = leaf >>> CHUNK_BITS;
		const chunk = this.#chunks[number];
		if (chunk && this.startOf(leaf) < chunk.length) return;
		// Only the first chunk grows, so that a small index is small.
		const leaves = number > 0 ? CHUNK_LEAVES : Math.max(1, 2 * leaf);
		const grown = new Int32Array(leaves * LEAF_WORDS);
		if (chunk) grown.set(chunk);
		this.#chunks[number] = grown;
		this.bytes += grown.byteLength - (chunk?.byteLength ?? 0);
	}
}

function doubled(array: Int32Array): Int32Array {
	const twice = new Int32Array(array.length * 2);
	twice.set(array);
	return twice;
}
