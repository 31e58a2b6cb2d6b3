import { ENTRY } from "./key-entry.ts";
import type { KeyStore } from "./key-store.ts";
import { isWholeKey } from "./key-words.ts";

/** Less than 0 where an entry comes before another: by words, by keys where there are some, by rows. */
export function compareEntries(
	a: Int32Array,
	atA: number,
	b: Int32Array,
	atB: number,
	keys: KeyStore | undefined,
): number {
	const highA = a[atA] as number;
	const highB = b[atB] as number;
	if (highA !== highB) return highA < highB ? -1 : 1;
	const lowA = a[atA + 1] as number;
	const lowB = b[atB + 1] as number;
	if (lowA !== lowB) return lowA < lowB ? -1 : 1;
	return compareTied(lowA, a[atA + 2] as number, b[atB + 2] as number, keys);
}

/** The same for the rows of two entries with equal words, of which the lower one is `low`. */
function compareTied(low: number, rowA: number, rowB: number, keys: KeyStore | undefined): number {
	return compareTiedKeys(low, rowA, rowB, keys) || rowA - rowB;
}

/** The same for their keys alone. */
export function compareTiedKeys(low: number, rowA: number, rowB: number, keys: KeyStore | undefined): number {
	return keys === undefined || isWholeKey(low) ? 0 : keys.compare(rowA, rowB);
}

/** How many of `count` entries in order, of which the first `begin` do, do not come after an entry with that row. */
export function countNotAfter(
	entries: Int32Array,
	start: number,
	begin: number,
	count: number,
	high: number,
	low: number,
	row: number,
	keys: KeyStore | undefined,
): number {
	let least = begin;
	let most = count;
	while (least < most) {
		const middle = (least + most) >>> 1;
		const at = start + middle * ENTRY;
		const otherHigh = entries[at] as number;
		let isAfter = otherHigh > high;
		if (otherHigh === high) {
			const otherLow = entries[at + 1] as number;
			isAfter = otherLow > low;
			if (otherLow === low) isAfter = compareTied(low, entries[at + 2] as number, row, keys) > 0;
		}
		if (isAfter) most = middle;
		else least = middle + 1;
	}
	return least;
}

/** Where in a run, between the words `from` and `to`, the entries end that come before another one. */
export function endBefore(
	run: Int32Array,
	from: number,
	to: number,
	other: Int32Array,
	at: number,
	keys: KeyStore | undefined,
): number {
	// In steps that double, since they are few in most cases, then in halves.
	let begin = from;
	let end = from;
	for (let step = ENTRY; end < to && compareEntries(run, end, other, at, keys) < 0; step *= 2) {
		begin = end + ENTRY;
		end = begin + step;
	}
	if (end > to) end = to;
	while (begin < end) {
		const middle = begin + Math.floor((end - begin) / ENTRY / 2) * ENTRY;
		if (compareEntries(run, middle, other, at, keys) < 0) begin = middle + ENTRY;
		else end = middle;
	}
	return begin;
}

/** Whether neighbours among entries in order have equal keys. */
export function hasEqualNeighbours(entries: Int32Array, from: number, to: number, keys: KeyStore | undefined): boolean {
	for (let at = from + ENTRY; at < to; at += ENTRY) {
		if (entries[at] !== entries[at - ENTRY] || entries[at + 1] !== entries[at - 2]) continue;
		const [before, row] = [entries[at - 1] as number, entries[at + 2] as number];
		if (compareTiedKeys(entries[at + 1] as number, before, row, keys) === 0) return true;
	}
	return false;
}
