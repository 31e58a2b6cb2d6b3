import { IndexStore, type StoredBatch } from "@memwal/wal-index";
import { type Clock, realClock, seededRandom } from "@memwal/wal-runtime";
import type { RecordBatch } from "apache-arrow";
import fc from "fast-check";
import { expect, it } from "vitest";
import { batchOf } from "./arrow-data.ts";
import { float64, int32, utf8 } from "./columns.ts";
import { stored } from "./stored-batches.ts";

/** What some call is to do, and when. */
interface Call {
	readonly begin: number;
	readonly length: number;
	/** Turns of the event loop before it is made. */
	readonly turns: number;
}

const calls: fc.Arbitrary<Call> = fc.record({
	begin: fc.integer({ min: -3, max: 1 }),
	length: fc.integer({ min: 0, max: 5 }),
	turns: fc.integer({ min: 0, max: 3 }),
});

/** A clock on which steps take any time, so that pauses come anywhere. */
function anyClock(seed: number): Clock {
	const random = seededRandom(seed);
	let nowMs = 0;
	return {
		...realClock,
		monotonicMs: () => {
			nowMs += 4 * random.float();
			return nowMs;
		},
	};
}

function batch(sizes: readonly number[], position: number, isBroken: boolean): RecordBatch {
	const first = sizes.slice(0, position).reduce((sum, size) => sum + size, 0);
	const rows = Array.from({ length: sizes[position] as number }, (_, i) => first + i);
	const name = isBroken ? float64(rows) : utf8(rows.map((row) => (row % 7 === 0 ? null : nameOf(row))));
	return batchOf({ id: int32(rows.map(idOf)), name });
}

const idOf = (row: number) => (row * 7919) % 997;
const nameOf = (row: number) => `name of row ${row % 50}`;

it("however calls overlap, repeat one another and fail, batches are taken once, in order, all or none", async () => {
	const shape = fc.record({
		sizes: fc.array(fc.constantFrom<number>(0, 1, 3, 40, 900, 3000), { minLength: 1, maxLength: 12 }),
		calls: fc.array(calls, { minLength: 1, maxLength: 25 }),
		broken: fc.option(fc.nat(11), { nil: -1, freq: 3 }),
		seed: fc.integer(),
	});
	await fc.assert(
		fc.asyncProperty(shape, async ({ sizes, calls, broken, seed }) => {
			const brokenAt = (sizes[broken] ?? 0) > 0 ? broken : -1;
			const all = stored(sizes.map((_, position) => batch(sizes, position, position === brokenAt)));
			const store = new IndexStore({
				indexes: [{ column: "id" }, { column: "name" }],
				primaryKey: ["id", "name"],
				clock: anyClock(seed),
			});
			store.validate(batch([1], 0, false).schema);
			const rowEndOf = (count: number) => sizes.slice(0, count).reduce((sum, size) => sum + size, 0);
			let indexed = 0;
			const check = () => {
				expect(store.indexed).toBeGreaterThanOrEqual(indexed);
				indexed = store.indexed;
				expect(store.range("id", {}, 10 ** 6)).toHaveLength(rowEndOf(indexed));
				if (brokenAt >= 0) expect(indexed).toBeLessThanOrEqual(brokenAt);
			};
			let model = 0;
			let failure: unknown;
			const settled: Promise<void>[] = [];
			for (const { begin, length, turns } of calls) {
				for (let turn = 0; turn < turns; turn++) await realClock.yield();
				check();
				const from = Math.max(0, Math.min(all.length, model + begin));
				const given = all.slice(from, from + length);
				const wanted = outcomeOf(given, model, brokenAt, failure !== undefined);
				if (wanted === "broken") failure ??= "not known yet";
				const rowsBefore = rowEndOf(model);
				if (typeof wanted === "number") model = wanted;
				const rows = rowEndOf(model) - rowsBefore;
				settled.push(
					store.insertBatches(given).then(
						(insertion) => {
							expect([wanted, insertion.rows]).toEqual([expect.any(Number), rows]);
						},
						(error: unknown) => {
							expect(wanted).not.toEqual(expect.any(Number));
							if (wanted === "missing") expect((error as Error).message).toMatch(/^missing batch position/);
							else if (failure === "not known yet") failure = error;
							else expect(error).toBe(failure);
						},
					),
				);
			}
			await Promise.all(settled);
			check();
			expect(store.indexed).toBeGreaterThanOrEqual(model);
			const end = rowEndOf(store.indexed);
			const rows = Array.from({ length: end }, (_, row) => row);
			expect(store.get("id", 5, 10 ** 6)).toEqual(rows.filter((row) => idOf(row) === 5));
			expect(store.get("name", null, 10 ** 6)).toEqual(rows.filter((row) => row % 7 === 0));
			expect(store.pkHasOverrides || end < 8 * 997 * 50).toBe(true);
			for (const row of rows.filter((one) => one % 501 === 0)) {
				const key = [idOf(row), row % 7 === 0 ? null : nameOf(row)];
				const newest = rows
					.filter((one) => idOf(one) === key[0] && (one % 7 === 0 ? null : nameOf(one)) === key[1])
					.at(-1);
				expect(store.pkNewestVisible(key, 10 ** 6)).toBe(newest);
			}
		}),
		{ numRuns: 60 },
	);
});

/** The count of batches that the indexes have after a call, or how it fails. */
function outcomeOf(
	given: readonly StoredBatch[],
	indexed: number,
	brokenAt: number,
	hasFailed: boolean,
): number | "broken" | "missing" {
	if (hasFailed) return "broken";
	const fresh = given.filter(({ batchPosition }) => batchPosition >= indexed);
	if (fresh.length > 0 && fresh[0]?.batchPosition !== indexed) return "missing";
	if (fresh.some(({ batchPosition }) => batchPosition === brokenAt)) return "broken";
	return indexed + fresh.length;
}
