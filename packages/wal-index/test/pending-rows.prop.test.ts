import { BTreeIndex, type IndexEntry, IndexStore } from "@memwal/wal-index";
import { type Random, seededRandom } from "@memwal/wal-runtime";
import type { Data } from "apache-arrow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RUN_ENTRIES } from "../src/step.ts";
import { batchOf } from "./arrow-data.ts";
import { int64, utf8 } from "./columns.ts";
import { stored } from "./stored-batches.ts";

const SIZES = [1, 3, 700, 2500, RUN_ENTRIES - 1, RUN_ENTRIES, 10_000] as const;

/** Insertions of batches smaller and larger than what can wait, read after each or after few of them. */
const runs = fc.record({
	sizes: fc.array(fc.constantFrom(...SIZES), { minLength: 1, maxLength: 9 }),
	readsEvery: fc.constantFrom(1, 2, 5, 20),
	different: fc.constantFrom(3, 1000, 10 ** 9),
	seed: fc.integer(),
});

const below = (random: Random, end: number) => Math.floor(random.float() * end);

const KINDS: readonly [string, (number: number) => string | number, (values: never[]) => Data][] = [
	["numbers", (number) => number, int64],
	["short texts", (number) => String(number).padStart(10, "0"), utf8],
	["texts with a long beginning in common", (number) => "/long".repeat(15) + String(number).padStart(10, "0"), utf8],
];

describe("an index that is read often or rarely", () => {
	it.each(KINDS)("has every row of %s, and walks go on", (_, keyOf, column) => {
		fc.assert(
			fc.property(runs, ({ sizes, readsEvery, different, seed }) => {
				const random = seededRandom(seed);
				const index = new BTreeIndex({ column: "c" });
				const values: (string | number | null)[] = [];
				const walks: { walk: Iterator<IndexEntry>; wanted: number[]; seen: number }[] = [];
				for (const [step, size] of sizes.entries()) {
					const added = Array.from({ length: size }, () =>
						below(random, 20) === 0 ? null : keyOf(below(random, different)),
					);
					index.insert(column(added as never[]), values.length);
					values.push(...added);
					for (const open of walks) {
						for (let i = below(random, 200); i > 0; i--) {
							expect(open.walk.next().value?.row).toBe(open.wanted[open.seen++]);
						}
					}
					if (step % readsEvery !== 0 && step < sizes.length - 1) continue;
					const wanted = ordered(values);
					walks.push({ walk: index.entries(), wanted, seen: 0 });
					walks.push({ walk: index.entries({ order: "descending" }), wanted: [...wanted].reverse(), seen: 0 });
					for (let i = 0; i < 5; i++) {
						const value = values[below(random, values.length)] ?? null;
						const rows = [...values.keys()].filter((row) => values[row] === value);
						expect(index.get(value)).toEqual(rows);
						expect(index.newestVisible(value, values.length)).toBe(rows.at(-1));
					}
					expect(index.range({})).toEqual(wanted);
				}
				for (const { walk, wanted, seen } of walks) {
					const rest = [...(walk as IterableIterator<IndexEntry>)].map(({ row }) => row);
					expect(rest).toEqual(wanted.slice(seen));
				}
			}),
			{ numRuns: 10 },
		);
	});
});

it("a primary key has come twice as soon as it has, whenever that is asked", async () => {
	await fc.assert(
		fc.asyncProperty(runs, fc.nat(), async ({ sizes, readsEvery, seed }, again) => {
			const random = seededRandom(seed);
			const store = new IndexStore({ primaryKey: "id" });
			const ids: number[] = [];
			const repeatAt = again % sizes.length;
			for (const [step, size] of sizes.entries()) {
				const added = Array.from({ length: size }, (_, i) => ((ids.length + i) * 7919) % 1_000_003);
				const isRepeated = step >= repeatAt && ids.length > 0;
				if (isRepeated) added[below(random, size)] = ids[below(random, ids.length)] as number;
				await store.insertBatches(stored([batchOf({ id: int64(added) })], step, ids.length));
				ids.push(...added);
				if (step % readsEvery === 0) expect(store.pkHasOverrides).toBe(new Set(ids).size < ids.length);
			}
			expect(store.pkHasOverrides).toBe(new Set(ids).size < ids.length);
		}),
		{ numRuns: 20 },
	);
});

function ordered(values: readonly (string | number | null)[]): number[] {
	const rows = [...values.keys()].filter((row) => values[row] !== null);
	return rows.sort((a, b) => {
		const [left, right] = [values[a] as string, values[b] as string];
		return left < right ? -1 : left > right ? 1 : a - b;
	});
}
