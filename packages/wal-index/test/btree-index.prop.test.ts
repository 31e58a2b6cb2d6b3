import { BTreeIndex } from "@memwal/wal-index";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IndexModel } from "./index-model.ts";
import { KEY_KINDS, type KeyKind } from "./key-kinds.ts";

const REACHES = [["gt"], ["gte"], ["lt"], ["lte"], ["gt", "lt"], ["gt", "lte"], ["gte", "lt"], ["gte", "lte"]] as const;

/** Batches of values, of which many are equal or null, with some rows around each that are cut off. */
function batches(kind: KeyKind): fc.Arbitrary<{ values: unknown[]; before: number; after: number }[]> {
	const batch = fc.tuple(fc.array(kind.values, { minLength: 1, maxLength: 40 }), fc.nat(), fc.nat(9), fc.nat(9));
	return fc.array(
		batch.chain(([pool, seed, before, after]) =>
			fc
				.array(fc.nat(pool.length + 2), { maxLength: (seed % 3) * 300 + 3 })
				.map((picks) => ({ values: picks.map((pick) => pool[pick] ?? null), before, after })),
		),
		{ minLength: 1, maxLength: 8 },
	);
}

describe("an index over a column of", () => {
	it.each(KEY_KINDS.map((kind) => [kind.name, kind] as const))("%s answers as a sorted list does", (_, kind) => {
		fc.assert(
			fc.property(
				batches(kind),
				fc.array(kind.values, { maxLength: 5 }),
				fc.infiniteStream(fc.nat()),
				fc.constantFrom(1, 3, 8),
				(list, others, chance, readsEvery) => {
					const index = new BTreeIndex({ column: "c" });
					const model = new IndexModel(kind);
					const below = (end: number) => (chance.next().value as number) % end;
					const opened: { rest: Iterator<unknown>; wanted: unknown[]; snapshot: Iterable<unknown>; groups: unknown }[] =
						[];
					for (const [step, { values, before, after }] of list.entries()) {
						const noise = others.length > 0 ? others : [null];
						const around = (count: number) => Array.from({ length: count }, (_, i) => noise[i % noise.length] ?? null);
						const whole = kind.data([...around(before), ...values, ...around(after)]);
						index.insert(whole.slice(before, values.length), model.values.length);
						model.values.push(...values);
						const isRead = step % readsEvery === 0 || step === list.length - 1;
						if (isRead) check(index, model, kind, [...others, ...values.filter((value) => value !== null)], below);
						for (const { rest, wanted } of opened) {
							for (let steps = below(9); steps > 0; steps--) {
								const { done, value } = rest.next();
								expect(done ? undefined : (value as { row: number }).row).toBe(wanted.shift());
							}
						}
						opened.push(open(index, model, kind, below));
					}
					for (const { rest, wanted, snapshot, groups } of opened) {
						expect([...(rest as IterableIterator<{ row: number }>)].map(({ row }) => row)).toEqual(wanted);
						expect([...snapshot]).toEqual(groups);
					}
				},
			),
			{ numRuns: 16 },
		);
	});
});

/** A walk that was begun, and what it has to give. */
function open(index: BTreeIndex, model: IndexModel, kind: KeyKind, below: (end: number) => number) {
	const order = below(2) === 0 ? "ascending" : "descending";
	const wanted = model.ordered(model.values.length);
	const rest = index.entries({ order })[Symbol.iterator]();
	const groups = model.groups(model.values.length).map(({ value, rows }) => ({ value: toOutput(kind, value), rows }));
	return { rest, wanted: order === "ascending" ? wanted : wanted.reverse(), snapshot: index.snapshot(), groups };
}

function toOutput(kind: KeyKind, value: unknown): unknown {
	if (value === null) return null;
	const lookups = kind.lookups(value);
	return lookups.length === 0 ? Number.NaN : lookups[0];
}

function check(
	index: BTreeIndex,
	model: IndexModel,
	kind: KeyKind,
	candidates: readonly unknown[],
	below: (end: number) => number,
): void {
	const all = model.values.length;
	expect(index.size).toBe(all);
	const named = candidates.filter((value) => kind.lookups(value).length > 0);
	const pick = () => {
		const value = named[below(named.length)];
		const forms = kind.lookups(value);
		return { value, form: forms[below(forms.length)] };
	};
	const rowEnd = below(3) === 0 ? below(all + 5) : all;
	expect(index.isNull({ rowEnd })).toEqual(model.nulls(rowEnd));
	expect(index.newestVisible(null, rowEnd)).toBe(model.nulls(rowEnd).at(-1));
	expect(index.get(null)).toEqual(model.nulls(all));
	if (named.length === 0) return;
	for (let i = 0; i < 3; i++) {
		const { value, form } = pick();
		const wanted = model.equal(value, rowEnd);
		expect(index.get(form, { rowEnd })).toEqual(wanted);
		expect(index.newestVisible(form, rowEnd)).toBe(wanted.at(-1));
		const limit = below(wanted.length + 2);
		expect(index.get(form, { rowEnd, limit })).toEqual(wanted.length > limit ? undefined : wanted);
	}
	const some = [pick(), pick(), pick()];
	const forms = [...some.map(({ form }) => form), null];
	const union = new Set([...some.flatMap(({ value }) => model.equal(value, rowEnd)), ...model.nulls(rowEnd)]);
	expect(index.in(forms, { rowEnd })).toEqual([...union].sort((a, b) => a - b));
	for (const reaches of REACHES) {
		const picked = reaches.map((reach) => [reach, pick()] as const);
		const bounds = Object.fromEntries(picked.map(([reach, { form }]) => [reach, form]));
		const wanted = model.between(Object.fromEntries(picked.map(([reach, { value }]) => [reach, value])), rowEnd);
		expect(index.range(bounds, { rowEnd })).toEqual(wanted);
		const limit = below(wanted.length + 2);
		expect(index.range(bounds, { rowEnd, limit })).toEqual(wanted.length > limit ? undefined : wanted);
		const order = below(2) === 0 ? "ascending" : "descending";
		const entries = [...index.entries({ ...bounds, rowEnd, order })];
		expect(entries.map(({ row }) => row)).toEqual(order === "ascending" ? wanted : [...wanted].reverse());
		expect(entries.map(({ value }) => value)).toEqual(entries.map(({ row }) => toOutput(kind, model.values[row])));
	}
}
