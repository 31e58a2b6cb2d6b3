import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { compareRows, type RowSource } from "../src/demo/compare-rows.ts";

interface Row {
	readonly id: number;
	readonly name: string | null;
}

const rows: readonly Row[] = Array.from({ length: 30 }, (_, id) => ({ id, name: id % 7 === 0 ? null : `n${id % 5}` }));

function sourceOf(rows: readonly Row[], batchRows: number): RowSource {
	return async function* batches(): AsyncGenerator<RecordBatch, void> {
		for (let start = 0; start < rows.length; start += batchRows) {
			const part = rows.slice(start, start + batchRows);
			yield* tableFromArrays({
				id: Float64Array.from(part, ({ id }) => id),
				name: part.map(({ name }) => name),
			}).batches;
		}
	};
}

const changedAt = (index: number, name: string) => rows.map((row) => (row.id === index ? { ...row, name } : row));

describe("comparing rows", () => {
	it("finds no difference where only the batches are cut differently", async () => {
		const comparison = await compareRows(sourceOf(rows, 7), sourceOf(rows, 4));
		expect(comparison).toEqual({ rows: 30, lost: 0, doubled: 0, changed: 0, moved: false });
	});

	it("finds a lost, a doubled and a changed row", async () => {
		const expected = sourceOf(rows, 7);
		expect(await compareRows(expected, sourceOf(rows.slice(1), 4))).toMatchObject({ lost: 1, doubled: 0, changed: 0 });
		expect(await compareRows(expected, sourceOf(rows.slice(0, -1), 4))).toMatchObject({ lost: 1 });
		expect(await compareRows(expected, sourceOf([...rows, ...rows.slice(3, 5)], 4))).toMatchObject({
			doubled: 2,
			lost: 0,
		});
		expect(await compareRows(expected, sourceOf(changedAt(9, "other"), 4))).toMatchObject({ changed: 1, lost: 0 });
	});

	it("finds rows in another order", async () => {
		const swapped = [...rows.slice(10), ...rows.slice(0, 10)];
		expect(await compareRows(sourceOf(rows, 7), sourceOf(swapped, 7))).toMatchObject({
			lost: 0,
			changed: 0,
			moved: true,
		});
	});

	it("finds an empty log", async () => {
		expect(await compareRows(sourceOf(rows, 7), sourceOf([], 7))).toMatchObject({ lost: 30 });
	});

	it("tells -0 from 0, and NaN from null", async () => {
		const values = (first: number): RowSource =>
			async function* batches() {
				yield* tableFromArrays({ a: Float64Array.of(first) }).batches;
			};
		expect(await compareRows(values(0), values(-0))).toMatchObject({ changed: 1 });
		expect(await compareRows(values(Number.NaN), values(Number.NaN))).toMatchObject({ changed: 0, moved: false });
	});
});
