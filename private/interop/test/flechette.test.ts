import { loadCodec } from "@memwal/wal-ipc-wasm";
import { Dice, LEAF_KINDS, NESTED_KINDS, neutralEntry, randomEntry } from "@memwal-private/arrow-samples";
import { expect, it } from "vitest";
import { flechetteDifference } from "./flechette-difference.ts";

const codecs = [await loadCodec({ prefer: "ts" }), await loadCodec({ prefer: "wasm" })];
// flechette makes a double of 64 bits of nanoseconds, and throws where it is none.
const kinds = [...LEAF_KINDS, ...NESTED_KINDS].filter((kind) => kind !== "interval-month-day-nano");

function entryOf(seed: number) {
	const dice = new Dice(seed);
	const { schema, batches } = randomEntry(dice, { kinds });
	const header = { writerEpoch: 1n, fenceSentinel: false };
	const entry = dice.pick(codecs).encode({ schema, batches, header, writeId: new Uint8Array(16) });
	const bytes = entry.bytes.slice();
	entry.release();
	return { bytes, expected: neutralEntry(schema, batches) };
}

it("flechette reads every value of random entries of ours", () => {
	const differences = Array.from({ length: 300 }, (_, seed) => {
		const { bytes, expected } = entryOf(seed);
		const difference = flechetteDifference(bytes, expected);
		return difference && `seed ${seed}: ${difference}`;
	});
	expect(differences.filter((difference) => difference !== undefined)).toEqual([]);
});

it("another value, or another name, is a difference", () => {
	const { bytes, expected } = entryOf(1);
	const other = neutralEntry(...([randomEntry(new Dice(2)).schema, []] as const));
	expect(
		flechetteDifference(bytes, { ...expected, fields: other.fields.slice(0, 1).concat(expected.fields) }),
	).toBeDefined();
	const batches = expected.batches.map((columns) => columns.map((values) => values.map(() => "planted")));
	expect(flechetteDifference(bytes, { ...expected, batches })).toContain("planted");
});
