import { describe, expect, it } from "vitest";
import { KeyStore } from "../src/key-store.ts";

const SLAB = 2 ** 18;

function bytesOf(length: number, first: number): Uint8Array {
	return Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);
}

/** Keys of these lengths, each with its own bytes. */
function storeOf(lengths: readonly number[]): { store: KeyStore; keys: Uint8Array[] } {
	const store = new KeyStore();
	const keys = lengths.map((length, row) => bytesOf(length, row));
	for (const key of keys) store.append(key, 0, key.length);
	return { store, keys };
}

describe("keys", () => {
	it.each([
		["none", [0, 0, 0]],
		["short", Array.from({ length: 5000 }, (_, row) => row % 30)],
		["as long as a slab", [3, SLAB, 0, SLAB, 5]],
		["longer than a slab", [0, SLAB + 1, 0, 7, 3 * SLAB, 3 * SLAB + 9, 1, 0]],
		["that fill a slab to the end", [SLAB - 10, 10, 0, 0, 4, SLAB - 4, 0, 1]],
		["that do not fit into what is left", [SLAB - 10, 11, SLAB - 12, 0, 2, 0]],
	])("that are %s are kept, row by row", (_, lengths) => {
		const { store, keys } = storeOf(lengths);
		for (const [row, key] of keys.entries()) {
			expect(store.length(row)).toBe(key.length);
			expect(Buffer.compare(store.key(row), key)).toBe(0);
			expect(store.compareTo(row, key)).toBe(0);
		}
		expect(store.keyBytes).toBe(lengths.reduce((sum, length) => sum + length, 0));
		for (const [a, left] of keys.slice(0, 40).entries()) {
			for (const [b, right] of keys.slice(0, 40).entries()) {
				expect(Math.sign(store.compare(a, b))).toBe(Buffer.compare(left, right));
				expect(Math.sign(store.compareTo(a, right))).toBe(Buffer.compare(left, right));
			}
		}
	});

	it.each([[1], [100], [SLAB / 3], [SLAB]])("of a column are kept together, of up to %d bytes each", (most) => {
		const lengths = Array.from({ length: 50 }, (_, row) => (row % 5) * Math.floor(most / 4));
		const source = bytesOf(
			lengths.reduce((sum, length) => sum + length, 9),
			3,
		);
		const offsets = [9];
		for (const length of lengths) offsets.push((offsets.at(-1) as number) + length);
		const store = new KeyStore();
		store.append(source, 0, 9);
		store.appendRows(source, offsets, 0, 20);
		store.appendRows(source, offsets, 20, 50);
		for (const [row, length] of lengths.entries()) {
			expect(store.length(row + 1)).toBe(length);
			const begin = offsets[row] as number;
			expect(store.compareTo(row + 1, source.subarray(begin, begin + length))).toBe(0);
		}
	});

	it("take the memory of their bytes and four more each, but for what is left of a slab", () => {
		const { store } = storeOf(Array.from({ length: 100_000 }, () => 10));
		expect(store.bytes - 14 * 100_000).toBeGreaterThanOrEqual(0);
		expect(store.bytes - 14 * 100_000).toBeLessThan(SLAB + 4 * 4096);
	});
});
