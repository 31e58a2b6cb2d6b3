import { type RecordBatch, tableFromArrays } from "apache-arrow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutEntries, type EntryRows } from "../src/entry-cutter.ts";

async function* inputOf(sizes: readonly number[]): AsyncGenerator<{ batch: RecordBatch }, void> {
	let next = 0;
	for (const size of sizes) {
		const values = Int32Array.from({ length: size }, () => next++);
		for (const batch of tableFromArrays({ n: values }).batches) yield { batch };
	}
}

async function entriesOf(sizes: readonly number[], options: Parameters<typeof cutEntries>[1]): Promise<EntryRows[]> {
	const entries: EntryRows[] = [];
	for await (const entry of cutEntries(inputOf(sizes), options)) entries.push(entry);
	return entries;
}

const valuesOf = ({ batches }: EntryRows): number[] => batches.flatMap((batch) => [...(batch.getChild("n") ?? [])]);

describe("cutting an input into entries", () => {
	it("keeps every row once and in order, whatever the batches, limits and rows to skip", async () => {
		const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 });
		const limits = fc.record({
			batchRows: fc.integer({ min: 1, max: 30 }),
			maxEntryBytes: fc.integer({ min: 1, max: 200 }),
			skipRows: fc.integer({ min: 0, max: 50 }),
		});
		await fc.assert(
			fc.asyncProperty(sizes, limits, async (sizes, options) => {
				const entries = await entriesOf(sizes, options);
				const total = sizes.reduce((sum, size) => sum + size, 0);
				const expected = Array.from({ length: total }, (_, row) => row).slice(options.skipRows);
				expect(entries.flatMap(valuesOf)).toEqual(expected);
				for (const entry of entries) {
					expect(entry.rows).toBe(valuesOf(entry).length);
					expect(entry.rows).toBeGreaterThan(0);
					expect(entry.rows).toBeLessThanOrEqual(options.batchRows);
				}
			}),
		);
	});

	it("fills every entry but the last where rows are small", async () => {
		const entries = await entriesOf([7, 1, 12], { batchRows: 6, maxEntryBytes: 1_000_000 });
		expect(entries.map(({ rows }) => rows)).toEqual([6, 6, 6, 2]);
	});

	it("cuts by bytes where rows are large", async () => {
		const entries = await entriesOf([10], { batchRows: 100, maxEntryBytes: 12 });
		expect(entries.map(({ rows }) => rows)).toEqual([3, 3, 3, 1]);
	});
});
