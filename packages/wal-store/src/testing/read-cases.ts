import { bytesUnder, equal, failureOf, holds, keysOf, listed, pattern, sameBytes, utf8 } from "./check.ts";
import type { StoreCase } from "./conformance.ts";

export const readCases: readonly StoreCase[] = [
	{
		name: "what is absent is undefined, and nothing is listed",
		async test({ store, base }) {
			equal(await store.get(`${base}absent`), undefined, "get");
			equal(await store.get(`${base}absent`, { range: { start: 0, end: 1 } }), undefined, "get of a range");
			equal(await store.head(`${base}absent`), undefined, "head");
			equal(await keysOf(store.list(base)), [], "list");
		},
	},
	{
		name: "a folder of objects is no object",
		async test({ store, base }) {
			await store.putIfAbsent(`${base}folder/object`, utf8("x"));
			equal(await store.get(`${base}folder`), undefined, "get");
			equal(await store.head(`${base}folder`), undefined, "head");
		},
	},
	{
		name: "below an object there is nothing",
		async test({ store, base }) {
			await store.putIfAbsent(`${base}object`, utf8("x"));
			equal(await store.get(`${base}object/below`), undefined, "get");
			equal(await store.head(`${base}object/below`), undefined, "head");
			equal(await keysOf(store.list(`${base}object/`)), [], "list");
		},
	},
	{
		name: "get gives the bytes, the key, the size and the time",
		async test({ store, base }) {
			const bytes = pattern(1000);
			await store.putIfAbsent(`${base}object`, bytes);
			const object = await store.get(`${base}object`);
			sameBytes(object?.bytes, bytes, "bytes");
			equal(object?.key, `${base}object`, "key");
			equal(object?.size, 1000, "size");
			holds(Number.isFinite(object?.lastModifiedMs), "lastModifiedMs is a number");
		},
	},
	{
		name: "get, head and list agree on key, size and time",
		async test({ store, base }) {
			await store.putIfAbsent(`${base}object`, pattern(77));
			const object = await store.get(`${base}object`);
			const { key, size, lastModifiedMs } = object ?? {};
			const head = await store.head(`${base}object`);
			equal([head?.key, head?.size, head?.lastModifiedMs], [key, size, lastModifiedMs], "head");
			const [meta] = await listed(store.list(base));
			equal([meta?.key, meta?.size, meta?.lastModifiedMs], [key, size, lastModifiedMs], "list");
		},
	},
	{
		name: "an empty object is an object",
		async test({ store, base }) {
			equal(await store.putIfAbsent(`${base}empty`, new Uint8Array()), "created", "putIfAbsent");
			equal(await store.putIfAbsent(`${base}empty`, utf8("x")), "exists", "second putIfAbsent");
			equal((await store.get(`${base}empty`))?.bytes.length, 0, "bytes of get");
			equal((await store.head(`${base}empty`))?.size, 0, "size of head");
			equal(await keysOf(store.list(base)), [`${base}empty`], "list");
		},
	},
	{
		name: "a large object comes back whole",
		async test({ store, base }) {
			const bytes = pattern(2 * 2 ** 20 + 17);
			await store.putIfAbsent(`${base}large`, bytes);
			sameBytes(await bytesUnder(store, `${base}large`), bytes, "bytes");
		},
	},
	{
		name: "a range gives its bytes, and the size of the whole object",
		async test({ store, base }) {
			await store.putIfAbsent(`${base}object`, utf8("0123456789"));
			const object = await store.get(`${base}object`, { range: { start: 2, end: 5 } });
			sameBytes(object?.bytes, utf8("234"), "bytes");
			equal(object?.size, 10, "size");
		},
	},
	{
		name: "what a range asks for past the end is cut off",
		async test({ store, base }) {
			await store.putIfAbsent(`${base}object`, utf8("0123456789"));
			const bytesOf = async (start: number, end: number) =>
				(await store.get(`${base}object`, { range: { start, end } }))?.bytes;
			sameBytes(await bytesOf(8, 100), utf8("89"), "a range across the end");
			sameBytes(await bytesOf(10, 20), utf8(""), "a range from the end on");
			sameBytes(await bytesOf(500, 600), utf8(""), "a range past the end");
			sameBytes(await bytesOf(3, 3), utf8(""), "an empty range");
			sameBytes(await bytesOf(0, 10), utf8("0123456789"), "the whole");
		},
	},
	{
		name: "a range of an empty object gives no bytes",
		async test({ store, base }) {
			await store.putIfAbsent(`${base}empty`, new Uint8Array());
			equal((await store.get(`${base}empty`, { range: { start: 0, end: 8 } }))?.bytes.length, 0, "bytes");
		},
	},
	{
		name: "a range that is none is a RangeError",
		async test({ store, base }) {
			await store.putIfAbsent(`${base}object`, utf8("0123456789"));
			for (const [start, end] of [
				[-1, 3],
				[3, 1],
				[0.5, 2],
				[0, Number.NaN],
			] as const) {
				const error = await failureOf(
					() => store.get(`${base}object`, { range: { start, end } }),
					`[${start}, ${end})`,
				);
				holds(error instanceof RangeError, `[${start}, ${end}) is a RangeError`);
			}
		},
	},
	{
		name: "bytes that get gave belong to the caller",
		async test({ store, base }) {
			const bytes = pattern(100);
			await store.putIfAbsent(`${base}object`, bytes);
			const first = await store.get(`${base}object`);
			const second = await store.get(`${base}object`);
			first?.bytes.fill(0);
			sameBytes(second?.bytes, bytes, "bytes of another get");
			sameBytes(await bytesUnder(store, `${base}object`), bytes, "bytes of a later get");
		},
	},
	{
		name: "many reads at once each get their own object",
		async test({ store, base }) {
			const keys = Array.from({ length: 32 }, (_, i) => `${base}${i}`);
			await Promise.all(keys.map((key) => store.putIfAbsent(key, utf8(key))));
			const found = await Promise.all([...keys, ...keys].map((key) => bytesUnder(store, key)));
			found.forEach((bytes, i) => {
				sameBytes(bytes, utf8(keys[i % keys.length] ?? ""), `object ${i}`);
			});
		},
	},
];
