import { expect, it } from "vitest";
import { Memtable } from "../src/memtable.ts";
import { IndexDouble } from "./test-flusher.ts";
import { batchOf } from "./test-log.ts";

/** A memtable of ten puts, the first `indexed` of which its indexes have taken. */
async function memtableOf(globalOffset: number, indexed: number): Promise<Memtable> {
	const indexes = new IndexDouble();
	const { schema } = batchOf(1);
	const memtable = new Memtable({ generation: 1n, capacity: 10, globalOffset, schema, indexes });
	for (let id = 0; id < 10; id++) {
		memtable.store.append(batchOf(id));
		memtable.putEnded();
	}
	await indexes.insertBatches([...memtable.store.visible(indexed)]);
	return memtable;
}

it.each([
	{ durable: 5, globalOffset: 0, indexed: 10, visible: 5 },
	{ durable: 5, globalOffset: 2, indexed: 10, visible: 3 },
	{ durable: 5, globalOffset: 8, indexed: 10, visible: 0 },
	{ durable: 5, globalOffset: 0, indexed: 2, visible: 2 },
	{ durable: 0, globalOffset: 0, indexed: 10, visible: 0 },
	{ durable: 1, globalOffset: 0, indexed: 10, visible: 1 },
	{ durable: 5, globalOffset: 0, indexed: 0, visible: 0 },
	{ durable: undefined, globalOffset: 0, indexed: 10, visible: 10 },
	{ durable: undefined, globalOffset: 8, indexed: 2, visible: 2 },
])(
	"what is visible follows from both cursors: $visible of $durable durable, $indexed indexed, from $globalOffset on",
	async ({ durable, globalOffset, indexed, visible }) => {
		expect((await memtableOf(globalOffset, indexed)).visible(durable)).toBe(visible);
	},
);
