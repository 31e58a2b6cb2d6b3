import { describe, expect, it } from "vitest";
import { BatchStore, type StoredBatch } from "../src/batch-store.ts";
import { batchOfRows, storeOf } from "./test-flusher.ts";
import { batchOf, idsOf } from "./test-log.ts";

const positions = (stored: Iterable<StoredBatch>) => [...stored].map(({ batchPosition }) => batchPosition);
const ids = (stored: Iterable<StoredBatch>) => idsOf([...stored].map(({ batch }) => batch));
const ofSizes = (...sizes: number[]) => storeOf(sizes.map(batchOfRows));

describe("a memtable's batches", () => {
	it("are none at first, of as many as it takes", () => {
		const store = new BatchStore({ capacity: 10 });
		expect([store.capacity, store.length, store.remaining, store.rows]).toEqual([10, 0, 10, 0]);
		expect([store.rowBytes, store.retainedBytes, store.globalOffset, store.globalEnd]).toEqual([0, 0, 0, 0]);
		expect([...store, ...store.reversed(), ...store.visible(1)]).toEqual([]);
	});

	it("need room for a whole number of them, and a place among the writer's", () => {
		for (const capacity of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
			expect(() => new BatchStore({ capacity })).toThrow(RangeError);
		}
		for (const globalOffset of [-1, 0.5]) {
			expect(() => new BatchStore({ capacity: 1, globalOffset })).toThrow(RangeError);
		}
	});

	it("are numbered from 0, and so are their rows, one after the other", () => {
		const store = ofSizes(10, 20, 30, 40, 50);
		expect(positions(store)).toEqual([0, 1, 2, 3, 4]);
		expect([...store].map(({ firstRow }) => firstRow)).toEqual([0, 10, 30, 60, 100]);
		expect([...store].map(({ rows }) => rows)).toEqual([10, 20, 30, 40, 50]);
		expect([store.rows, store.length, store.remaining]).toEqual([150, 5, 95]);
	});

	it("are given back as they were stored", () => {
		const store = new BatchStore({ capacity: 2 });
		const batch = batchOf(1, 2, 3);
		const stored = store.append(batch);
		expect(stored).toEqual({ batch, batchPosition: 0, firstRow: 0, rows: 3, rowBytes: 12 });
		expect(store.get(0)).toBe(stored);
		expect([store.get(1), store.get(-1), store.get(0.5)]).toEqual([undefined, undefined, undefined]);
	});

	it("are refused once it is full, and nothing changes", () => {
		const store = new BatchStore({ capacity: 3 });
		for (const id of [1, 2, 3]) store.append(batchOf(id));
		expect(() => store.append(batchOf(4))).toThrowError(
			expect.objectContaining({ code: "WAL_BACKPRESSURE", outcome: "not-written" }),
		);
		expect([ids(store), store.rowBytes]).toEqual([[1, 2, 3], 12]);
	});

	it("are taken together or not at all", () => {
		const store = new BatchStore({ capacity: 4 });
		expect(positions(store.appendBatches([batchOf(1), batchOf(2)]))).toEqual([0, 1]);
		const before = [store.length, store.rows, store.rowBytes, store.retainedBytes];
		expect(() => store.appendBatches([batchOf(3), batchOf(4), batchOf(5)])).toThrowError(
			expect.objectContaining({ code: "WAL_BACKPRESSURE", outcome: "not-written" }),
		);
		expect(() => store.appendBatches([batchOf(3), {} as never])).toThrow(TypeError);
		expect([store.length, store.rows, store.rowBytes, store.retainedBytes]).toEqual(before);
		expect(store.appendBatches([])).toEqual([]);
		expect(positions(store.appendBatches([batchOf(6)]))).toEqual([2]);
	});

	it("are gone through in their order or the newest first, each with its rows as they came", () => {
		const store = storeOf([batchOf(1, 2), batchOf(3), batchOf(4, 5)]);
		expect(ids(store)).toEqual([1, 2, 3, 4, 5]);
		expect(ids(store.reversed())).toEqual([4, 5, 3, 1, 2]);
	});

	it("that come while somebody goes through them are left out", () => {
		const store = storeOf([batchOf(1), batchOf(2)]);
		const iterators = [store[Symbol.iterator](), store.reversed(), store.visible(99)];
		store.append(batchOf(3));
		expect(iterators.map(ids)).toEqual([
			[1, 2],
			[2, 1],
			[1, 2],
		]);
	});

	it("have a recommended number for the bytes of a memtable", () => {
		expect(BatchStore.recommendedCapacity(64 << 20)).toBe(1_228);
		expect(BatchStore.recommendedCapacity(1_024)).toBe(16);
		expect(BatchStore.recommendedCapacity(0)).toBe(16);
	});
});

describe("what may be seen of them", () => {
	it("is a count of the first ones: 0 is none of them, and more than there are is all", () => {
		const store = ofSizes(10, 10, 10, 10, 10);
		const seen = [0, 1, 3, 5, 99].map((count) => positions(store.visible(count)));
		expect(seen).toEqual([[], [0], [0, 1, 2], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]);
		expect([0, 1, 4].map((position) => store.isVisible(position, 0))).toEqual([false, false, false]);
		expect([0, 1, 4].map((position) => store.isVisible(position, 1))).toEqual([true, false, false]);
		expect([0, 4, 5, -1].map((position) => store.isVisible(position, 99))).toEqual([true, true, false, false]);
	});

	it("ends at a row", () => {
		const store = ofSizes(10, 20, 30);
		expect([0, 1, 2, 3, 100].map((count) => store.rowEnd(count))).toEqual([0, 10, 30, 60, 60]);
		const emptyFirst = storeOf([batchOf(), batchOfRows(5)]);
		expect([0, 1, 2].map((count) => emptyFirst.rowEnd(count))).toEqual([0, 0, 5]);
	});
});

describe("a writer's cursor", () => {
	it("means a place in the memtable: its start for what is before, its end for what is behind", () => {
		const store = storeOf([batchOf(1), batchOf(2), batchOf(3)], 10);
		expect([store.globalOffset, store.globalEnd]).toEqual([10, 13]);
		expect([0, 9, 10, 11, 13, 14, 99].map((cursor) => store.localEnd(cursor))).toEqual([0, 0, 0, 1, 3, 3, 3]);
	});

	it("says what is not durable", () => {
		const store = storeOf([batchOf(1), batchOf(2), batchOf(3)], 10);
		expect([0, 10, 12, 13, 99].map((durable) => store.pendingFlushCount(durable))).toEqual([3, 3, 1, 0, 0]);
		expect(store.pendingFlushRange(12)).toEqual({ start: 2, end: 3 });
		expect(store.pendingFlushRange(13)).toEqual({ start: 3, end: 3 });
		store.append(batchOf(4));
		expect(store.pendingFlushRange(13)).toEqual({ start: 3, end: 4 });
	});
});
