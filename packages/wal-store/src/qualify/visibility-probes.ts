import type { ObjectStore } from "../object-store.ts";
import { bodyOf, demand, type Probe, type ProbeContext, patiently, read, sameBytes, write } from "./probe.ts";

/** Objects that each of these probes writes: enough that a store which is late now and then shows it. */
const OBJECTS = 16;

const readAfterWrite: Probe = {
	name: "read after write",
	async run(context) {
		const { base, stores } = context;
		for (let i = 0; i < OBJECTS; i++) {
			const key = `${base}fresh/${i}`;
			const body = bodyOf(key, 300);
			const other = stores[i % stores.length] ?? stores[0];
			// A store that remembers for a moment what was absent shows it here.
			demand((await read(context, key, other)) === undefined, "an object is there before it was created");
			await write(context, key, body);
			demand(sameBytes((await read(context, key, other))?.bytes, body), "a finished write is not seen by a read");
			const meta = await patiently(context, () => other.head(key, { signal: context.signal }));
			demand(meta?.size === body.length, "a finished write is not seen by a look at its size");
		}
		return `${OBJECTS} objects, absent before and whole right after`;
	},
};

const listAfterWrite: Probe = {
	name: "list after write",
	async run(context) {
		const { base, stores } = context;
		const folder = `${base}listed/`;
		const keys = Array.from({ length: OBJECTS }, (_, i) => `${folder}${String.fromCodePoint(0x61 + i)}`);
		for (const [i, key] of keys.entries()) {
			await write(context, key, bodyOf(key, 50));
			const seen = await keysOf(context, stores[i % stores.length] ?? stores[0], folder);
			demand(
				sameKeys(seen, keys.slice(0, i + 1)),
				`after ${i + 1} finished writes a list gives ${seen.length} objects`,
			);
		}
		const [first = "", second = ""] = keys;
		const beside = `${base}listed-beside`;
		await write(context, beside, bodyOf(beside, 50));
		demand(sameKeys(await keysOf(context, stores[0], folder), keys), "a list gives what is not below its prefix");
		const later = await keysOf(context, stores[0], folder, first);
		demand(sameKeys(later, keys.slice(1)), "a list that begins after a key does not begin with the next");
		await patiently(context, () => stores[0].delete(second, { signal: context.signal }));
		demand(!(await keysOf(context, stores[0], folder)).includes(second), "a list gives an object that was deleted");
		return `${OBJECTS} lists, each complete and in order`;
	},
};

const deleteThenCreate: Probe = {
	name: "delete, then create",
	async run(context) {
		const { base, stores } = context;
		for (let i = 0; i < OBJECTS; i++) {
			const key = `${base}anew/${i}`;
			await write(context, key, bodyOf(`${key}, first`, 100));
			await patiently(context, () => stores[0].delete(key, { signal: context.signal }));
			demand((await read(context, key)) === undefined, "an object that was deleted is still read");
			const second = bodyOf(`${key}, second`, 120);
			await write(context, key, second);
			demand(sameBytes((await read(context, key))?.bytes, second), "a read gives the object that was deleted before");
		}
		return `${OBJECTS} objects, deleted and created anew`;
	},
};

export const visibilityProbes: readonly Probe[] = [readAfterWrite, listAfterWrite, deleteThenCreate];

function keysOf(context: ProbeContext, store: ObjectStore, prefix: string, startAfter?: string): Promise<string[]> {
	return patiently(context, async () => {
		const keys: string[] = [];
		for await (const { key } of store.list(prefix, { startAfter, signal: context.signal })) keys.push(key);
		return keys;
	});
}

function sameKeys(one: readonly string[], other: readonly string[]): boolean {
	return one.length === other.length && one.every((key, at) => key === other[at]);
}
