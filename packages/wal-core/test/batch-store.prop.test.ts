import type { RecordBatch } from "apache-arrow";
import fc from "fast-check";
import { expect, it } from "vitest";
import { rowBytesOf } from "../src/batch-bytes.ts";
import { BatchStore } from "../src/batch-store.ts";
import { batchOf, idsOf } from "./test-log.ts";

/** Enough for a buffer that is remembered. */
const ROWS = 24;
const BYTES_A_ROW = 4;

/** Slices of a few parents, some of them empty, in groups that are appended together. */
const groups = fc.array(
	fc.array(fc.record({ parent: fc.nat(3), begin: fc.nat(ROWS), rows: fc.nat(ROWS) }), { maxLength: 4 }),
	{ maxLength: 12 },
);

it("a memtable agrees with a plain list of rows, whatever is appended and whichever cursor is asked about", () => {
	fc.assert(
		fc.property(
			groups,
			fc.integer({ min: 1, max: 12 }),
			fc.nat(20),
			fc.nat(40),
			(appended, capacity, globalOffset, cursor) => {
				const parents = Array.from({ length: 4 }, (_, parent) =>
					batchOf(...Array.from({ length: ROWS }, (_, row) => parent * ROWS + row)),
				);
				const store = new BatchStore({ capacity, globalOffset });
				const model: RecordBatch[] = [];
				const used = new Set<number>();
				for (const group of appended) {
					const batches = group.map(
						({ parent, begin, rows }) => parents[parent]?.slice(begin, begin + rows) as RecordBatch,
					);
					if (model.length + batches.length > capacity) {
						expect(() => store.appendBatches(batches)).toThrowError("room");
						continue;
					}
					expect(store.appendBatches(batches).map(({ batchPosition }) => batchPosition)).toEqual(
						batches.map((_, index) => model.length + index),
					);
					model.push(...batches);
					// An empty slice counts with nothing, not even with what it is a slice of.
					for (const { parent } of group.filter((_, index) => batches[index]?.numRows !== 0)) used.add(parent);
				}

				const rowsUpTo = (count: number) => model.slice(0, count).reduce((rows, { numRows }) => rows + numRows, 0);
				expect([...store].map(({ batch }) => batch)).toEqual(model);
				expect([...store].map(({ firstRow }) => firstRow)).toEqual(model.map((_, index) => rowsUpTo(index)));
				expect([...store.reversed()].map(({ batchPosition }) => batchPosition)).toEqual([...model.keys()].reverse());
				expect([store.length, store.remaining]).toEqual([model.length, capacity - model.length]);
				expect(store.rows).toBe(rowsUpTo(model.length));
				expect(store.rowBytes).toBe(model.map(rowBytesOf).reduce((sum, bytes) => sum + bytes, 0));
				expect(store.rowBytes).toBe(store.rows * BYTES_A_ROW);
				expect(store.retainedBytes).toBe(used.size * ROWS * BYTES_A_ROW);

				const durable = model.filter((_, index) => globalOffset + index < cursor).length;
				expect(store.localEnd(cursor)).toBe(durable);
				expect(store.pendingFlushRange(cursor)).toEqual({ start: durable, end: model.length });
				expect(store.pendingFlushCount(cursor)).toBe(model.length - durable);
				const visible = model.slice(0, cursor);
				expect(idsOf([...store.visible(cursor)].map(({ batch }) => batch))).toEqual(idsOf(visible));
				expect(store.rowEnd(cursor)).toBe(rowsUpTo(cursor));
				expect([...model.keys()].filter((position) => store.isVisible(position, cursor))).toEqual([...visible.keys()]);
			},
		),
	);
});
