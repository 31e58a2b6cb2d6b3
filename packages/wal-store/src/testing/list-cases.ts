import type { ObjectStore } from "../object-store.ts";
import { equal, keysOf, listed, utf8 } from "./check.ts";
import type { StoreCase } from "./conformance.ts";

async function create(store: ObjectStore, base: string, names: readonly string[]): Promise<void> {
	await Promise.all(names.map((name) => store.putIfAbsent(base + name, utf8(name))));
}

export const listCases: readonly StoreCase[] = [
	{
		name: "list is ascending by the UTF-8 bytes of the keys, above U+FFFF too",
		async test({ store, base }) {
			// By UTF-16 units, which is how JavaScript sorts, 😀 would come before ｚ and U+FFFD.
			const ascending = ["A", "a", "z", "é", "ｚ", "\ufffd", "😀", "😁"];
			await create(store, base, [...ascending].reverse());
			equal(
				await keysOf(store.list(base)),
				ascending.map((name) => base + name),
				"keys",
			);
		},
	},
	{
		name: "list sorts whole keys, in which a slash is a character like others",
		async test({ store, base }) {
			// "-" and "." sort before "/", and "0" after it.
			const ascending = ["a!/x", "a-b", "a-b.c", "a.b/x", "a/b", "a/b-c", "a/c-d/x", "a/c/x", "a0", "a1/x"];
			await create(store, base, [...ascending].reverse());
			equal(
				await keysOf(store.list(base)),
				ascending.map((name) => base + name),
				"keys",
			);
		},
	},
	{
		name: "a list prefix is any string that a key may start with, not only a folder",
		async test({ store, base }) {
			await create(store, base, ["wal/01", "wal/010", "wal/02", "wal-old/01", "wa", "x/wal/01"]);
			const under = async (prefix: string) =>
				(await keysOf(store.list(base + prefix))).map((key) => key.slice(base.length));
			equal(await under("wal/01"), ["wal/01", "wal/010"], "an unfinished name");
			equal(await under("wal/"), ["wal/01", "wal/010", "wal/02"], "a folder");
			equal(await under("wal"), ["wal-old/01", "wal/01", "wal/010", "wal/02"], "a folder without its slash");
			equal(await under("w"), ["wa", "wal-old/01", "wal/01", "wal/010", "wal/02"], "one letter");
			equal(await under("wal/3"), [], "a prefix that nothing has");
			equal(await under("absent/folder/"), [], "a folder that is not there");
		},
	},
	{
		name: "an empty prefix lists everything",
		async test({ store, base }) {
			await create(store, base, ["a", "b/c"]);
			const mine = (await keysOf(store.list(""))).filter((key) => key.startsWith(base));
			equal(mine, [`${base}a`, `${base}b/c`], "keys");
		},
	},
	{
		name: "startAfter leaves out that key and all before it",
		async test({ store, base }) {
			await create(store, base, ["a", "b-x", "b/1", "b/2", "b0", "c"]);
			const after = async (startAfter: string) =>
				(await keysOf(store.list(base, { startAfter: base + startAfter }))).map((key) => key.slice(base.length));
			equal(await after("a"), ["b-x", "b/1", "b/2", "b0", "c"], "after an object");
			equal(await after("b/1"), ["b/2", "b0", "c"], "after an object in a folder");
			equal(await after("b/15"), ["b/2", "b0", "c"], "after a key that is not there");
			equal(await after("b"), ["b-x", "b/1", "b/2", "b0", "c"], "after the name of a folder");
			equal(await after("b/"), ["b/1", "b/2", "b0", "c"], "after a folder's slash");
			equal(await after("b/~"), ["b0", "c"], "after all that is in a folder");
			equal(await after("c"), [], "after the last");
			equal((await keysOf(store.list(`${base}b/`, { startAfter: `${base}b/1` }))).length, 1, "with a longer prefix");
			equal((await keysOf(store.list(base, { startAfter: "" }))).length, 6, "after the empty key");
		},
	},
	{
		name: "list gives more than a thousand objects, each once and with its size",
		async test({ store, base }) {
			const names = Array.from({ length: 1_005 }, (_, i) => `${i}`.padStart(4, "0"));
			for (let i = 0; i < names.length; i += 67) await create(store, base, names.slice(i, i + 67));
			const found = await listed(store.list(base));
			equal(
				found.map(({ key }) => key.slice(base.length)),
				names,
				"keys",
			);
			equal(new Set(found.map(({ size }) => size)).size, 1, "sizes");
			equal((await keysOf(store.list(base, { startAfter: `${base}0997` }))).length, 7, "after 0997");
		},
	},
	{
		name: "a list may be left early, and begun anew",
		async test({ store, base }) {
			await create(store, base, ["a", "b", "c"]);
			const list = store.list(base);
			for await (const { key } of list) {
				equal(key, `${base}a`, "first key");
				break;
			}
			equal((await keysOf(store.list(base))).length, 3, "keys of another list");
		},
	},
	{
		name: "objects that are deleted meanwhile do not end a list",
		async test({ store, base }) {
			const names = Array.from({ length: 60 }, (_, i) => `${i}`.padStart(2, "0"));
			await create(store, base, names);
			let seen = 0;
			for await (const { key } of store.list(base)) {
				if (seen++ === 0) equal(key, `${base}00`, "first key");
				for (const name of names.splice(1)) await store.delete(base + name);
			}
			equal(await keysOf(store.list(base)), [`${base}00`], "what is left");
		},
	},
];
