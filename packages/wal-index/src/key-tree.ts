import { compareEntries, countNotAfter, endBefore, hasEqualNeighbours } from "./entry-order.ts";
import { type Addition, InnerNode, type Sibling } from "./inner-node.ts";
import { ENTRY, type Probe } from "./key-entry.ts";
import type { KeyStore } from "./key-store.ts";
import { highWord, isWholeKey, lowWord } from "./key-words.ts";
import { LEAF_ENTRIES, LeafStore, NONE } from "./leaf-store.ts";
import { stepSpace } from "./step-space.ts";

/** Where a leaf is cut up, so many entries go to each part, unless keys come in order: then leaves are filled. */
const ENTRIES_AFTER_SPLIT = 308;

/** Later entries of a leaf that are put into their places one by one; more are worth a sort of the whole leaf. */
const FEW_LATER = 8;

/** Bytes more that a node has to leave out of its words before they are written anew. */
const WORTH_SKIPPING = 4;

/** In place of a row, where a subtree has no separator to its left or right. */
const OPEN = -1;

/**
 * A B+ tree of entries, which are never taken out. Entries come in sorted runs: each is appended to its leaf as it is,
 * and a leaf is put in order when it is full or read, whatever comes first. So an insertion costs a descent that a run's
 * neighbours share, and a part of a sort; no entries are moved aside for each one.
 *
 * What lies between two separators begins with the bytes that both begin with. These a node leaves out of its words, so
 * that words tell keys apart also where all of them have a long beginning in common.
 */
export class KeyTree {
	readonly leaves: LeafStore = new LeafStore();
	/** What decides where words are equal; absent where words are whole keys. */
	readonly keys: KeyStore | undefined;
	readonly #inners: InnerNode[] = [];
	#root: number;
	/** 0: the root is a leaf. */
	#height = 0;
	size = 0;
	/** Counts insertions: places in leaves hold as long as it stays. */
	changes = 0;
	/** The leaf that comes first. */
	readonly firstLeaf: number;
	/** The leaf that comes last. */
	lastLeaf: number;
	/** Whether it is noticed that a key has come twice. It costs that leaves are kept in order. */
	watchesRepeats = false;
	/** Whether a key has come twice, since it is watched. */
	hasRepeats = false;
	/** Results of {@link seek}: of an entry in that leaf, or its size. */
	leaf: number = NONE;
	place = 0;
	/** The words of what was looked for, as they would be in that leaf. */
	#high = 0;
	#low = 0;

	constructor(keys: KeyStore | undefined) {
		this.keys = keys;
		this.firstLeaf = this.leaves.add(NONE);
		this.lastLeaf = this.firstLeaf;
		this.#root = this.firstLeaf;
	}

	/** Memory that is held, the keys' store excepted. */
	get bytes(): number {
		return this.leaves.bytes + this.#inners.length * InnerNode.bytes;
	}

	/** Inserts some entries of a sorted run, whose rows are above those that are there with the same keys. */
	insert(run: Int32Array, begin: number, end: number): void {
		if (begin === end) return;
		const [from, to] = [begin * ENTRY, end * ENTRY];
		this.changes++;
		this.size += end - begin;
		if (this.#isWatching) this.#watch(run, from, to);
		let siblings = this.#absorb(this.#root, this.#height, run, from, to, OPEN, OPEN);
		while (siblings.length > 0) {
			const root = new InnerNode(++this.#height, this.#root, 0);
			this.#root = this.#inners.push(root) - 1;
			siblings = this.#place(root, [{ behind: 0, siblings }], OPEN, OPEN);
		}
	}

	/**
	 * Finds the first entry that is not before a key and row, which is in `leaf` at `place`, or the first of the next leaf
	 * where `place` is the leaf's size. The entry before it is in the same leaf, if there is any.
	 */
	seek(high: number, low: number, bytes: Uint8Array | undefined, row: number): void {
		let node = this.#root;
		let skip = 0;
		this.#high = high;
		this.#low = low;
		for (let level = this.#height; level > 0; level--) {
			const inner = this.#inners[node] as InnerNode;
			if (bytes !== undefined && inner.skip !== skip) {
				skip = inner.skip;
				this.#skipTo(skip, bytes);
			}
			node = inner.children[this.#countBefore(inner.separators, 0, inner.size, bytes, row)] as number;
		}
		if (bytes !== undefined && this.leaves.skips[node] !== skip) this.#skipTo(this.leaves.skips[node] as number, bytes);
		this.settle(node);
		const { leaves } = this;
		this.leaf = node;
		this.place = this.#countBefore(
			leaves.chunkOf(node),
			leaves.startOf(node),
			leaves.sizes[node] as number,
			bytes,
			row,
		);
	}

	#skipTo(skip: number, bytes: Uint8Array): void {
		this.#high = highWord(bytes, skip, bytes.length - skip);
		this.#low = lowWord(bytes, skip, bytes.length - skip);
	}

	/** Whether the entry at a place of the leaf that {@link seek} found has the key that was looked for. */
	hasKey(place: number, bytes: Uint8Array | undefined): boolean {
		const chunk = this.leaves.chunkOf(this.leaf);
		const at = this.leaves.startOf(this.leaf) + place * ENTRY;
		if (chunk[at] !== this.#high || chunk[at + 1] !== this.#low) return false;
		if (bytes === undefined || isWholeKey(this.#low)) return true;
		return (this.keys as KeyStore).compareTo(chunk[at + 2] as number, bytes) === 0;
	}

	/** The highest row below `rowEnd` with this key. */
	newest({ high, low, bytes }: Probe, rowEnd: number): number | undefined {
		this.seek(high, low, bytes, rowEnd);
		const place = this.place - 1;
		if (place < 0 || !this.hasKey(place, bytes)) return undefined;
		return this.leaves.chunkOf(this.leaf)[this.leaves.startOf(this.leaf) + place * ENTRY + 2];
	}

	/** Puts a leaf in order. */
	settle(leaf: number): void {
		const { sizes, sorted } = this.leaves;
		const size = sizes[leaf] as number;
		const ordered = sorted[leaf] as number;
		if (ordered === size) return;
		const chunk = this.leaves.chunkOf(leaf);
		const start = this.leaves.startOf(leaf);
		if (size - ordered <= FEW_LATER) {
			this.#insertLater(chunk, start, ordered, size);
		} else {
			stepSpace().sorter.sort(chunk, start, size, this.keys);
			if (this.#isWatching) this.#watch(chunk, start, start + size * ENTRY);
		}
		sorted[leaf] = size;
	}

	#insertLater(chunk: Int32Array, start: number, ordered: number, size: number): void {
		for (let count = ordered; count < size; count++) {
			const at = start + count * ENTRY;
			const high = chunk[at] as number;
			const low = chunk[at + 1] as number;
			const row = chunk[at + 2] as number;
			const to = start + countNotAfter(chunk, start, 0, count, high, low, row, this.keys) * ENTRY;
			if (to < at) {
				chunk.copyWithin(to + ENTRY, to, at);
				chunk[to] = high;
				chunk[to + 1] = low;
				chunk[to + 2] = row;
			}
			if (this.#isWatching) this.#watch(chunk, Math.max(start, to - ENTRY), to + ENTRY);
		}
	}

	/**
	 * Gives entries from the word `from` to the word `to` of a run to a subtree between the separators of two rows, and
	 * returns the nodes that had to be added to it. Their words are as the node has them, and are changed.
	 */
	#absorb(
		node: number,
		level: number,
		run: Int32Array,
		from: number,
		to: number,
		left: number,
		right: number,
	): readonly Sibling[] {
		if (level === 0) return this.#absorbInLeaf(node, run, from, to, left, right);
		const inner = this.#inners[node] as InnerNode;
		const { keys } = this;
		const { separators, children, size, skip } = inner;
		let additions: Addition[] | undefined;
		let index = 0;
		for (let begin = from; begin < to; ) {
			const high = run[begin] as number;
			const low = run[begin + 1] as number;
			index = countNotAfter(separators, 0, index, size, high, low, run[begin + 2] as number, keys);
			const end = index === size ? to : endBefore(run, begin + ENTRY, to, separators, index * ENTRY, keys);
			const child = children[index] as number;
			const childSkip = level === 1 ? (this.leaves.skips[child] as number) : (this.#inners[child] as InnerNode).skip;
			if (childSkip !== skip) keys?.writeWords(run, begin, end, childSkip);
			const leftOf = index === 0 ? left : (separators[index * ENTRY - 1] as number);
			const rightOf = index === size ? right : (separators[index * ENTRY + 2] as number);
			const siblings = this.#absorb(child, level - 1, run, begin, end, leftOf, rightOf);
			if (siblings.length > 0) {
				additions ??= [];
				additions.push({ behind: index, siblings });
			}
			begin = end;
		}
		return additions ? this.#place(inner, additions, left, right) : NOBODY;
	}

	#absorbInLeaf(
		leaf: number,
		run: Int32Array,
		from: number,
		to: number,
		left: number,
		right: number,
	): readonly Sibling[] {
		const { sizes, sorted } = this.leaves;
		const size = sizes[leaf] as number;
		const total = size + (to - from) / ENTRY;
		if (total > LEAF_ENTRIES) return this.#split(leaf, run, from, to, left, right);
		const chunk = this.leaves.chunkOf(leaf);
		const start = this.leaves.startOf(leaf);
		let at = start + size * ENTRY;
		const inOrder = sorted[leaf] === size && this.#isAfter(run, from, chunk, start, at);
		for (let word = from; word < to; word++) chunk[at++] = run[word] as number;
		sizes[leaf] = total;
		if (inOrder) sorted[leaf] = total;
		if (this.#isWatching) {
			if (inOrder) this.#watch(chunk, Math.max(start, start + (size - 1) * ENTRY), at);
			else this.settle(leaf);
		}
		return NOBODY;
	}

	/** Spreads what a leaf has, and a part of a run, over the leaf and new ones to its right. */
	#split(leaf: number, run: Int32Array, from: number, to: number, left: number, right: number): readonly Sibling[] {
		const { leaves } = this;
		const chunk = leaves.chunkOf(leaf);
		const start = leaves.startOf(leaf);
		const size = leaves.sizes[leaf] as number;
		const end = start + size * ENTRY;
		// Where keys come in order, nothing will come between them: leaves are filled.
		const inOrder = leaves.sorted[leaf] === size && this.#isAfter(run, from, chunk, start, end);
		const total = size + (to - from) / ENTRY;
		const { split: all, sorter } = stepSpace();
		all.set(chunk.subarray(start, end));
		all.set(run.subarray(from, to), size * ENTRY);
		if (!inOrder) sorter.sort(all, 0, total, this.keys);
		if (this.#isWatching) this.#watch(all, 0, total * ENTRY);
		const parts = inOrder ? Math.ceil(total / LEAF_ENTRIES) : Math.max(2, Math.round(total / ENTRIES_AFTER_SPLIT));
		const cut = (part: number) =>
			ENTRY * (inOrder ? Math.min(total, part * LEAF_ENTRIES) : Math.floor((total * part) / parts));
		const skip = leaves.skips[leaf] as number;
		const siblings: Sibling[] = [];
		for (let part = 0, last = leaf; part < parts; part++) {
			const [begin, stop] = [cut(part), cut(part + 1)];
			const row = all[begin + 2] as number;
			const child = part === 0 ? leaf : leaves.add(last);
			if (part > 0) siblings.push({ high: all[begin] as number, low: all[begin + 1] as number, row, child });
			const after = part === parts - 1 ? right : (all[stop + 2] as number);
			leaves.skips[child] = this.#skipBetween(part === 0 ? left : row, after, skip);
			if (leaves.skips[child] !== skip) this.keys?.writeWords(all, begin, stop, leaves.skips[child] as number);
			leaves.fill(child, all.subarray(begin, stop));
			last = child;
			if (leaves.next[child] === NONE) this.lastLeaf = child;
		}
		return siblings;
	}

	/** Adds children to a node between the separators of two rows, and returns the nodes that had to be added for it. */
	#place(inner: InnerNode, additions: readonly Addition[], left: number, right: number): readonly Sibling[] {
		const { keys } = this;
		const { level, skip } = inner;
		for (const { siblings } of keys ? additions : []) {
			for (const sibling of siblings) this.#writeSeparator(sibling, skip);
		}
		const lists = inner.place(additions);
		const siblings = lists.map((list) => {
			const [first, ...others] = list as [Sibling, ...Sibling[]];
			const node = new InnerNode(level, first.child, skip);
			for (const sibling of others) node.push(sibling);
			return { ...first, child: this.#inners.push(node) - 1 };
		});
		if (keys && siblings.length > 0) {
			[inner, ...siblings.map(({ child }) => this.#inners[child] as InnerNode)].forEach((node, i) => {
				node.skip = this.#skipBetween(siblings[i - 1]?.row ?? left, siblings[i]?.row ?? right, skip);
				if (node.skip !== skip) keys.writeWords(node.separators, 0, node.size * ENTRY, node.skip);
			});
		}
		return siblings;
	}

	#writeSeparator(sibling: Sibling, skip: number): void {
		const entry = Int32Array.of(0, 0, sibling.row);
		this.keys?.writeWords(entry, 0, ENTRY, skip);
		sibling.high = entry[0] as number;
		sibling.low = entry[1] as number;
	}

	/** How many first bytes a node between the separators of two rows leaves out, where it has left out `skip` so far. */
	#skipBetween(left: number, right: number, skip: number): number {
		if (!this.keys || left === OPEN || right === OPEN) return skip;
		const common = this.keys.commonPrefix(left, right);
		return common >= skip + WORTH_SKIPPING ? common : skip;
	}

	/** How many of `count` entries in order, from the word `start` on, come before what {@link seek} looks for. */
	#countBefore(entries: Int32Array, start: number, count: number, bytes: Uint8Array | undefined, row: number): number {
		const high = this.#high;
		const low = this.#low;
		let begin = 0;
		let end = count;
		while (begin < end) {
			const middle = (begin + end) >>> 1;
			const at = start + middle * ENTRY;
			const otherHigh = entries[at] as number;
			let isBefore = otherHigh < high;
			if (otherHigh === high) {
				const otherLow = entries[at + 1] as number;
				isBefore = otherLow < low;
				if (otherLow === low) {
					const other = entries[at + 2] as number;
					const isWhole = bytes === undefined || isWholeKey(low);
					const order = isWhole ? 0 : (this.keys as KeyStore).compareTo(other, bytes);
					isBefore = order === 0 ? other < row : order < 0;
				}
			}
			if (isBefore) begin = middle + 1;
			else end = middle;
		}
		return begin;
	}

	/** Whether an entry comes after all those, in order, that begin at the word `start` and end at `end`. */
	#isAfter(run: Int32Array, at: number, entries: Int32Array, start: number, end: number): boolean {
		return start === end || compareEntries(entries, end - ENTRY, run, at, this.keys) < 0;
	}

	get #isWatching(): boolean {
		return this.watchesRepeats && !this.hasRepeats;
	}

	/** Looks for neighbours with equal keys. Equal keys are neighbours in a leaf once it is in order. */
	#watch(entries: Int32Array, from: number, to: number): void {
		if (hasEqualNeighbours(entries, from, to, this.keys)) this.hasRepeats = true;
	}
}

const NOBODY: readonly Sibling[] = [];
