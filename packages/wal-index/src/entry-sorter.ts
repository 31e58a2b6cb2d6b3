import { compareTiedKeys } from "./entry-order.ts";
import { ENTRY, FLIP } from "./key-entry.ts";
import type { KeyStore } from "./key-store.ts";
import { isWholeKey } from "./key-words.ts";
import { LEAF_ENTRIES } from "./leaf-store.ts";
import { RUN_ENTRIES } from "./step.ts";

/** Entries that are sorted at once, at most. */
export const MAX_SORTED: number = RUN_ENTRIES + LEAF_ENTRIES;

/** Fewer entries are inserted one by one. */
const FEW = 16;

/** Places among which entries are distributed, at most; about as many as there are entries. */
const MAX_RANK_BITS = 13;

const WORD = 2 ** 32;

/** What is left to do with the entries from `from` to `to`. */
type Task =
	| { readonly kind: "sort"; readonly from: number; readonly to: number }
	/** They were sorted by later bytes of their keys, and get the words of the first ones back. */
	| {
			readonly kind: "restore";
			readonly from: number;
			readonly to: number;
			readonly high: number;
			readonly low: number;
	  };

/**
 * Sorts entries by words, then by keys, then in the order in which they came; so rows of equal keys stay in theirs.
 *
 * Entries are distributed by the most significant bits in which they differ, over about as many places as there are of
 * them. Those that share a place are few in most data, and are sorted again by their next bits where they are many.
 */
export class EntrySorter {
	readonly #sorted: Int32Array = new Int32Array(MAX_SORTED * ENTRY);
	readonly #ranks: Uint16Array = new Uint16Array(MAX_SORTED);
	readonly #ends: Uint16Array = new Uint16Array(1 << MAX_RANK_BITS);
	#tasks: Task[] = [];

	/** At most {@link MAX_SORTED} entries, which begin at the word `from`. Without `keys`, the words are the keys. */
	sort(entries: Int32Array, from: number, count: number, keys: KeyStore | undefined): void {
		this.#sortSome(entries, from, from + count * ENTRY, keys);
		for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) {
			if (task.kind === "sort") {
				this.#sortSome(entries, task.from, task.to, keys);
			} else {
				for (let at = task.from; at < task.to; at += ENTRY) {
					entries[at] = task.high;
					entries[at + 1] = task.low;
				}
			}
		}
	}

	#sortSome(entries: Int32Array, from: number, to: number, keys: KeyStore | undefined): void {
		if (to - from <= FEW * ENTRY) {
			insertionSort(entries, from, to, keys);
			return;
		}
		if (isOrdered(entries, from, to, keys)) return;
		let least = entries[from] as number;
		let greatest = least;
		for (let at = from + ENTRY; at < to; at += ENTRY) {
			const high = entries[at] as number;
			if (high < least) least = high;
			else if (high > greatest) greatest = high;
		}
		const count = (to - from) / ENTRY;
		const bits = Math.min(MAX_RANK_BITS, 32 - Math.clz32(count - 1));
		const span = greatest - least + 1;
		if (span >= 1 << bits) {
			this.#rankByHigh(entries, from, count, least, Math.ceil(Math.log2(span)) - bits);
			this.#distribute(entries, from, count, 1 << bits, "more bits differ", keys);
			return;
		}
		const lows = least < greatest ? WHOLE_WORD : lowSpan(entries, from, to);
		if (least === greatest && lows.span === 1) {
			this.#sortTied(entries, from, to, keys);
			return;
		}
		const spanBits = Math.ceil(Math.log2(span * lows.span));
		this.#rankByBoth(entries, from, count, least, lows.least, 2 ** Math.min(0, bits - spanBits));
		this.#distribute(
			entries,
			from,
			count,
			1 << bits,
			spanBits <= bits ? "no other bits differ" : "more bits differ",
			keys,
		);
	}

	#rankByHigh(entries: Int32Array, from: number, count: number, least: number, shift: number): void {
		const ranks = this.#ranks;
		for (let i = 0, at = from; i < count; i++, at += ENTRY) ranks[i] = ((entries[at] as number) - least) >>> shift;
	}

	/** Few upper words: numbers of less than 53 bits. */
	#rankByBoth(entries: Int32Array, from: number, count: number, least: number, leastLow: number, scale: number): void {
		const ranks = this.#ranks;
		for (let i = 0, at = from; i < count; i++, at += ENTRY) {
			ranks[i] = (((entries[at] as number) - least) * WORD + ((entries[at + 1] as number) - leastLow)) * scale;
		}
	}

	/** Orders entries by their ranks, of which there are so many, and then those of one rank. */
	#distribute(
		entries: Int32Array,
		from: number,
		count: number,
		places: number,
		otherwise: "more bits differ" | "no other bits differ",
		keys: KeyStore | undefined,
	): void {
		const ranks = this.#ranks;
		const ends = this.#ends.fill(0, 0, places);
		for (let i = 0; i < count; i++) (ends[ranks[i] as number] as number)++;
		let end = 0;
		let most = 0;
		for (let place = 0; place < places; place++) {
			const size = ends[place] as number;
			ends[place] = end;
			end += size;
			if (size > most) most = size;
		}
		const sorted = this.#sorted;
		for (let i = 0, at = from; i < count; i++, at += ENTRY) {
			const to = (ends[ranks[i] as number] as number)++ * ENTRY;
			sorted[to] = entries[at] as number;
			sorted[to + 1] = entries[at + 1] as number;
			sorted[to + 2] = entries[at + 2] as number;
		}
		const areEqual = otherwise === "no other bits differ" && keys === undefined;
		if (!areEqual && most <= FEW) insertionSort(sorted, 0, count * ENTRY, keys);
		entries.set(sorted.subarray(0, count * ENTRY), from);
		if (areEqual || most <= FEW) return;
		for (let place = 0, begin = 0; place < places; place++) {
			const stop = ends[place] as number;
			if (stop - begin > 1) this.#tasks.push({ kind: "sort", from: from + begin * ENTRY, to: from + stop * ENTRY });
			begin = stop;
		}
	}

	/** Sorts entries with equal words by the bytes that follow those which all their keys begin with. */
	#sortTied(entries: Int32Array, from: number, to: number, keys: KeyStore | undefined): void {
		const low = entries[from + 1] as number;
		if (keys === undefined || isWholeKey(low)) return;
		const common = commonPrefix(entries, from, to, keys);
		if (common === undefined) return;
		this.#tasks.push({ kind: "restore", from, to, high: entries[from] as number, low });
		keys.writeWords(entries, from, to, common);
		this.#tasks.push({ kind: "sort", from, to });
	}
}

/** How many first bytes all keys have in common; `undefined` where they are equal. */
function commonPrefix(entries: Int32Array, from: number, to: number, keys: KeyStore): number | undefined {
	const first = keys.key(entries[from + 2] as number);
	let common = first.length;
	let equal = true;
	for (let at = from + ENTRY; at < to; at += ENTRY) {
		const key = keys.key(entries[at + 2] as number);
		if (key.length !== first.length) equal = false;
		const end = Math.min(common, key.length);
		let i = 0;
		while (i < end && key[i] === first[i]) i++;
		common = i;
	}
	return equal && common === first.length ? undefined : common;
}

/** Whether entries are in order already. With keys behind them, equal words do not say so. */
function isOrdered(entries: Int32Array, from: number, to: number, keys: KeyStore | undefined): boolean {
	for (let at = from + ENTRY; at < to; at += ENTRY) {
		const high = entries[at] as number;
		const before = entries[at - ENTRY] as number;
		if (high > before) continue;
		if (high < before) return false;
		const low = entries[at + 1] as number;
		const lowBefore = entries[at - 2] as number;
		if (low < lowBefore || (low === lowBefore && keys !== undefined)) return false;
	}
	return true;
}

const WHOLE_WORD = { least: FLIP, span: WORD } as const;

function lowSpan(entries: Int32Array, from: number, to: number): { readonly least: number; readonly span: number } {
	let least = entries[from + 1] as number;
	let greatest = least;
	for (let at = from + ENTRY; at < to; at += ENTRY) {
		const low = entries[at + 1] as number;
		if (low < least) least = low;
		else if (low > greatest) greatest = low;
	}
	return { least, span: greatest - least + 1 };
}

/** Sorts entries that are few, or nearly in order. */
function insertionSort(entries: Int32Array, from: number, to: number, keys: KeyStore | undefined): void {
	for (let next = from + ENTRY; next < to; next += ENTRY) {
		const high = entries[next] as number;
		const low = entries[next + 1] as number;
		const row = entries[next + 2] as number;
		let at = next - ENTRY;
		while (at >= from) {
			const otherHigh = entries[at] as number;
			const otherLow = entries[at + 1] as number;
			if (otherHigh < high || (otherHigh === high && otherLow < low)) break;
			if (otherHigh === high && otherLow === low) {
				if (compareTiedKeys(low, entries[at + 2] as number, row, keys) <= 0) break;
			}
			entries[at + ENTRY] = otherHigh;
			entries[at + ENTRY + 1] = otherLow;
			entries[at + ENTRY + 2] = entries[at + 2] as number;
			at -= ENTRY;
		}
		entries[at + ENTRY] = high;
		entries[at + ENTRY + 1] = low;
		entries[at + ENTRY + 2] = row;
	}
}
