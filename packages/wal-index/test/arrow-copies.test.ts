import { BTreeIndex, IndexStore } from "@memwal/wal-index";
import * as newest from "apache-arrow";
import * as oldest from "apache-arrow-18";
import { expect, it } from "vitest";
import { ARROW_TYPE } from "../src/arrow-shapes.ts";
import { stored } from "./stored-batches.ts";

it("the ids of types are those of every copy of apache-arrow", () => {
	const ids = Object.entries(ARROW_TYPE).map(([name, id]) => [name.toLowerCase(), id] as const);
	for (const { Type } of [newest, oldest as unknown as typeof newest]) {
		const theirs = new Map(Object.entries(Type).map(([name, id]) => [name.toLowerCase(), id]));
		for (const [name, id] of ids) {
			// The oldest copy has no views.
			if (theirs.has(name) || Type === newest.Type) expect([name, theirs.get(name)]).toEqual([name, id]);
		}
	}
});

it("columns of two copies of apache-arrow go into one index, as do batches", async () => {
	const index = new BTreeIndex({ column: "city" });
	index.insert(oldest.vectorFromArray(["Oslo", null, "Bern"], new oldest.Utf8()) as never, 0);
	index.insert(newest.vectorFromArray(["Rome", "Bern"], new newest.Utf8()), 3);
	expect([index.get("Bern"), index.isNull(), index.range({})]).toEqual([[2, 4], [1], [2, 4, 0, 3]]);

	const store = new IndexStore({ indexes: [{ column: "n" }] });
	const old = oldest.tableFromArrays({ n: Int32Array.of(3, 1) }).batches[0] as never;
	const now = newest.tableFromArrays({ n: Int32Array.of(2) }).batches[0] as never;
	await store.insertBatches(stored([old, now]));
	expect(store.range("n", {}, 3)).toEqual([1, 2, 0]);
});

it("what apache-arrow's own builders make is indexed, too", () => {
	const index = (type: newest.DataType, values: unknown[]) => {
		const one = new BTreeIndex({ column: "c" });
		one.insert(newest.vectorFromArray(values as never[], type), 0);
		return one;
	};
	expect(index(new newest.TimestampMillisecond(), [5, 3]).get(new Date(3))).toEqual([1]);
	expect(index(new newest.DateDay(), [new Date(0), new Date(86_400_000)]).get(1)).toEqual([1]);
	expect(index(new newest.Dictionary(new newest.Utf8(), new newest.Int8()), ["b", "a", "b"]).get("b")).toEqual([0, 2]);
	expect(index(new newest.Float16(), [1.5, 0.25]).get(0.25)).toEqual([1]);
	expect(index(new newest.Bool(), [true, false, true]).get(true)).toEqual([0, 2]);
	expect(index(new newest.Uint64(), [2n ** 64n - 1n, 0n]).range({})).toEqual([1, 0]);
});
