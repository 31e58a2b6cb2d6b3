import { bytesUnder, equal, sameBytes, utf8 } from "./check.ts";
import type { StoreCase } from "./conformance.ts";

export const lifetimeCases: readonly StoreCase[] = [
	{
		name: "a store that was closed opens again when it is used",
		async test({ store, base }) {
			await store.putIfAbsent(`${base}before`, utf8("x"));
			await store.close?.();
			await store.close?.();
			sameBytes(await bytesUnder(store, `${base}before`), utf8("x"), "get");
			equal(await store.putIfAbsent(`${base}after`, utf8("y")), "created", "putIfAbsent");
			equal(await store.putIfAbsent(`${base}before`, utf8("z")), "exists", "putIfAbsent of an older object");
		},
	},
	{
		name: "calls that are under way when a store is closed come to their end",
		async test({ store, base }) {
			const keys = Array.from({ length: 16 }, (_, i) => `${base}${i}`);
			const writing = Promise.all(keys.map((key) => store.putIfAbsent(key, utf8(key))));
			await store.close?.();
			equal(new Set(await writing).size, 1, "kinds of results");
			for (const key of keys) sameBytes(await bytesUnder(store, key), utf8(key), key);
		},
	},
	{
		name: "sync, where there is one, resolves for folders with objects and without",
		async test({ store, base }) {
			await store.sync?.(base);
			await store.putIfAbsent(`${base}folder/object`, utf8("x"));
			await store.get(`${base}folder/object`);
			for (const prefix of [`${base}folder/`, `${base}fol`, base, "", `${base}absent/`]) await store.sync?.(prefix);
			sameBytes(await bytesUnder(store, `${base}folder/object`), utf8("x"), "get");
		},
	},
];
