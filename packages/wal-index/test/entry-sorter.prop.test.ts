import fc from "fast-check";
import { expect, it } from "vitest";
import { EntrySorter, MAX_SORTED } from "../src/entry-sorter.ts";
import { ENTRY } from "../src/key-entry.ts";
import { KeyStore } from "../src/key-store.ts";

const sorter = new EntrySorter();

/** Words of which many are equal or near one another, and others anywhere. */
const word = fc.oneof(
	fc.integer({ min: -3, max: 3 }),
	fc.integer({ min: -5000, max: 5000 }),
	fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
	fc.constantFrom(-(2 ** 31), 2 ** 31 - 1),
);

it("entries are sorted by both words, and those that are equal stay in their order", () => {
	const shape = fc.tuple(
		fc.array(word, { minLength: 1, maxLength: 9 }),
		fc.array(word, { minLength: 1, maxLength: 300 }),
	);
	fc.assert(
		fc.property(
			shape,
			fc.integer({ min: 0, max: MAX_SORTED }),
			fc.integer({ min: 0, max: 3 }),
			([highs, lows], count, seed) => {
				const list = Array.from({ length: count }, (_, row) => [
					highs[(row * 7 + seed) % highs.length] as number,
					lows[(row * 13 + seed * row) % lows.length] as number,
					row,
				]);
				const entries = Int32Array.from([5, 5, 5, ...list.flat(), 6, 6, 6]);
				sorter.sort(entries, ENTRY, count, undefined);
				const wanted = list.sort(
					([a, b, r], [c, d, s]) =>
						(a as number) - (c as number) || (b as number) - (d as number) || (r as number) - (s as number),
				);
				expect([...entries]).toEqual([5, 5, 5, ...wanted.flat(), 6, 6, 6]);
			},
		),
		{ numRuns: 150 },
	);
});

it("entries with keys behind their words are sorted by these, whatever the keys have in common", () => {
	const piece = fc.constantFrom("", "\0", "a", "b", "aaaaaaa", "prefix/", "z".repeat(20));
	const key = fc.array(piece, { maxLength: 6 }).map((pieces) => Buffer.from(pieces.join("")));
	fc.assert(
		fc.property(fc.array(key, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 400 }), (pool, count) => {
			const keys = new KeyStore();
			const list = Array.from({ length: count }, (_, row) => pool[(row * 17) % pool.length] as Buffer);
			for (const bytes of list) keys.append(bytes, 0, bytes.length);
			const entries = Int32Array.from(list.flatMap((_, row) => [0, 0, row]));
			keys.writeWords(entries, 0, entries.length, 0);
			const words = new Map(list.map((_, row) => [row, [entries[row * ENTRY], entries[row * ENTRY + 1]]]));
			sorter.sort(entries, 0, count, keys);
			const wanted = [...list.keys()].sort((a, b) => Buffer.compare(list[a] as Buffer, list[b] as Buffer) || a - b);
			expect([...entries]).toEqual(wanted.flatMap((row) => [...(words.get(row) ?? []), row]));
		}),
		{ numRuns: 300 },
	);
});
