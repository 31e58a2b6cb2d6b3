import { expect, it } from "vitest";
import { Dice, firstDifference, LEAF_KINDS, NESTED_KINDS, neutralEntry, randomEntry } from "../src/index.ts";

const entryOf = (seed: number) => {
	const { schema, batches } = randomEntry(new Dice(seed));
	return neutralEntry(schema, batches);
};

it("the same seed gives the same entry, another one another", () => {
	expect(firstDifference({ ...entryOf(5) }, { ...entryOf(5) })).toBeUndefined();
	expect(firstDifference({ ...entryOf(5) }, { ...entryOf(6) })).toBeDefined();
});

it("every kind of type comes up, with nulls, slices and dictionaries that change", () => {
	const entries = Array.from({ length: 150 }, (_, seed) => randomEntry(new Dice(seed)));
	const schemas = JSON.stringify(entries.map(({ schema, batches }) => neutralEntry(schema, batches).fields));
	const plain = [...LEAF_KINDS, ...NESTED_KINDS].filter((kind) => !kind.startsWith("interval"));
	for (const kind of plain) expect(schemas).toContain(`["${kind}`);
	for (const interval of ["months", "day-time", "month-day-nano"])
		expect(schemas).toContain(`["interval","${interval}"]`);
	const columns = entries.flatMap(({ batches }) => batches.flatMap(({ data }) => data.children));
	expect(columns.some(({ offset }) => offset % 8 !== 0)).toBe(true);
	expect(columns.some(({ nullCount }) => nullCount > 0)).toBe(true);
	expect(columns.some(({ dictionary }) => (dictionary?.data.length ?? 0) > 1)).toBe(true);
});

it("a difference is found wherever it is, and named", () => {
	const value = { fields: ["a", { b: [1, null] }] };
	expect(firstDifference(value, structuredClone(value))).toBeUndefined();
	expect(firstDifference(value, { fields: ["a", { b: [1, 2] }] })).toBe(".fields[1].b[1]: null is 2 there");
	expect(firstDifference(value, { fields: ["a"] })).toContain(".fields[1]");
	expect(firstDifference(value, { ...value, more: true })).toBe(".more: undefined is true there");
});
