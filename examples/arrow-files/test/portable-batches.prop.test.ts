import { Dice, firstDifference, neutralEntry, randomEntry } from "@memwal-private/arrow-samples";
import { RecordBatchFileWriter, tableFromIPC } from "apache-arrow";
import fc from "fast-check";
import { expect, it } from "vitest";
import { portableBatches } from "../src/portable-batches.ts";

it("batches of every type come back from a file value by value, sliced, nested, and with dictionaries that change", () => {
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 2 ** 31 }), fc.boolean(), (seed, dictionaries) => {
			const entry = randomEntry(new Dice(seed), {
				kinds: dictionaries ? ["dictionary", "list", "struct", "utf8", "utf8-view", "int"] : undefined,
			});
			// A writer refuses a schema with two columns of one name.
			fc.pre(new Set(entry.schema.names).size === entry.schema.names.length);
			const bytes = RecordBatchFileWriter.writeAll(portableBatches(entry.schema, entry.batches)).toUint8Array(true);
			const table = tableFromIPC(bytes);
			const [written, read] = [entry, table].map(({ schema, batches }) => neutralEntry(schema, batches).batches);
			expect(firstDifference(written, read)).toBeUndefined();
		}),
		{ numRuns: 400 },
	);
}, 60_000);
