import { Field, Int32, Schema } from "apache-arrow";
import { expect, it } from "vitest";
import type { FrozenMemtable, MemtableSink } from "../src/memtable-sink.ts";
import { ShardWriter } from "../src/shard-writer.ts";
import { batchOf, TestLog } from "./test-log.ts";

const schema = new Schema([new Field("id", new Int32(), true)]);

it("a memtable says after which entry it begins, so that a sink knows a gap from entries without rows", async () => {
	const log = new TestLog();
	const sunk: (readonly [after: bigint, entries: readonly bigint[]])[] = [];
	let failures = 1;
	const sink: MemtableSink = {
		async write({ afterEntryPosition, entries }: FrozenMemtable) {
			if (failures-- > 0) throw new Error("the sink is away");
			sunk.push([afterEntryPosition, entries.map(({ entryPosition }) => entryPosition)]);
		},
	};
	for (const ids of [
		[1, 2, 3],
		[4, 5, 6, 7],
	]) {
		const opening = ShardWriter.open({ ...log.options(), schema, sink, limits: { maxMemtableBatches: 2 } });
		const writer = await log.clock.run(opening);
		for (const id of ids) await log.clock.run(writer.put([batchOf(id)]));
		await log.clock.run(writer.close());
	}
	// Entry 4 is the second writer's sentinel; entry 3 was the first one's, and in no full memtable.
	expect(sunk).toEqual([
		[0n, [1n, 2n]],
		[2n, [3n, 5n]],
		[5n, [6n, 7n]],
	]);
});
