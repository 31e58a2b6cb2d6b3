import { memoryRows } from "./index-suite/index-memory.ts";
import { insertRows } from "./index-suite/insert-speed.ts";
import { KINDS, makeKeySet } from "./index-suite/key-sets.ts";
import { lookupRows } from "./index-suite/lookup-speed.ts";
import { loopStallRows } from "./index-suite/loop-stall.ts";
import type { Suite } from "./suite.ts";

/**
 * BTreeIndex against `sorted-btree`, which maps each value to its row: with keys at random there are no equal ones to
 * speak of, so nobody has to hold several rows for one value.
 */
export const index: Suite = {
	name: "index",
	title: "A million keys: inserted in batches, looked up, held in memory, without holding the event loop",
	async run(run) {
		// First, since a million keys in the heap would be a pause of the collector's.
		const rows = await loopStallRows(run);
		for (const kind of KINDS) {
			const set = makeKeySet(kind, run.random);
			rows.push(...(await insertRows(set, run)), ...(await lookupRows(set, run)), ...memoryRows(set));
		}
		return rows;
	},
};
