import { describe, expect, it } from "vitest";
import { rowBytesOf } from "../src/batch-bytes.ts";
import { WalOnlyState } from "../src/wal-only-state.ts";
import { batchOf, idsOf } from "./test-log.ts";

const pendingIds = (state: WalOnlyState, end?: number) => idsOf(state.snapshotPending(end).batches);

describe("the batches of a writer without memtables", () => {
	it("get positions that go on for its life, whatever has been flushed", () => {
		const state = new WalOnlyState();
		expect(state.push([batchOf(1), batchOf(2)])).toEqual({ start: 0, end: 2 });
		state.commitFlushed(2);
		expect(state.push([])).toEqual({ start: 2, end: 2 });
		expect(state.push([batchOf(3)])).toEqual({ start: 2, end: 3 });
		expect([state.firstBatchPosition, state.nextBatchPosition]).toEqual([2, 3]);
	});

	it("stay until they are committed: a snapshot removes nothing", () => {
		const state = new WalOnlyState();
		state.push([batchOf(1), batchOf(2)]);
		const snapshot = state.snapshotPending();
		state.push([batchOf(3)]);
		expect([snapshot.count, idsOf(snapshot.batches)]).toEqual([2, [1, 2]]);
		expect(pendingIds(state)).toEqual([1, 2, 3]);
		state.commitFlushed(snapshot.count);
		expect(pendingIds(state)).toEqual([3]);
	});

	it("can be taken up to a position of the writer, however many were flushed before", () => {
		const state = new WalOnlyState();
		state.push([1, 2, 3, 4].map((id) => batchOf(id)));
		state.commitFlushed(1);
		expect([0, 1, 2, 3, 4, 99].map((end) => pendingIds(state, end))).toEqual([
			[],
			[],
			[2],
			[2, 3],
			[2, 3, 4],
			[2, 3, 4],
		]);
	});

	it("are counted, in batches and in bytes of their rows", () => {
		const state = new WalOnlyState();
		const batches = [batchOf(1, 2, 3), batchOf(4)];
		state.push(batches);
		expect([state.batchCount, state.bytes]).toEqual([2, 16]);
		expect(state.bytes).toBe(batches.map(rowBytesOf).reduce((sum, bytes) => sum + bytes));
		state.commitFlushed(1);
		expect([state.batchCount, state.bytes]).toEqual([1, 4]);
		state.commitFlushed(1);
		expect([state.batchCount, state.bytes, state.snapshotPending().count]).toEqual([0, 0, 0]);
	});

	it("are not those of the array that they came in, which the caller may fill anew", () => {
		const state = new WalOnlyState();
		const batches = [batchOf(1)];
		state.push(batches);
		batches[0] = batchOf(2);
		expect(pendingIds(state)).toEqual([1]);
	});

	it("are never removed twice: more than there are is an error", () => {
		const state = new WalOnlyState();
		state.push([batchOf(1)]);
		for (const count of [2, -1, 0.5, Number.NaN]) expect(() => state.commitFlushed(count)).toThrow(RangeError);
		expect(state.batchCount).toBe(1);
	});

	it("leave nothing behind, however many there were", () => {
		const state = new WalOnlyState();
		const batch = batchOf(1);
		for (let round = 0; round < 10_000; round++) {
			state.push([batch, batch]);
			state.commitFlushed(2);
		}
		expect([state.batchCount, state.bytes, state.nextBatchPosition]).toEqual([0, 0, 20_000]);
	});
});
