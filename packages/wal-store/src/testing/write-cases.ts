import { bytesUnder, equal, failsWith, failureOf, holds, keysOf, pattern, sameBytes, utf8 } from "./check.ts";
import type { StoreCase } from "./conformance.ts";

export const writeCases: readonly StoreCase[] = [
	{
		name: "putIfAbsent creates once, and leaves what is there as it is",
		async test({ store, base }) {
			equal(await store.putIfAbsent(`${base}object`, utf8("first")), "created", "first call");
			equal(await store.putIfAbsent(`${base}object`, utf8("second")), "exists", "second call");
			equal(await store.putIfAbsent(`${base}object`, utf8("first")), "exists", "third call, with the same bytes");
			sameBytes(await bytesUnder(store, `${base}object`), utf8("first"), "bytes");
		},
	},
	{
		name: "of many rivals exactly one creates, and its bytes are stored",
		async test({ store, base, openRival }) {
			const stores = [store, await openRival(), await openRival(), await openRival()];
			for (let round = 0; round < 6; round++) {
				const key = `${base}race/${round}`;
				// Of different lengths, so that a mixture of two shows.
				const bodies = Array.from({ length: 16 }, (_, i) => pattern(2_000 + 997 * i, round * 100 + i));
				const results = await Promise.all(
					bodies.map((body, i) => (stores[i % stores.length] ?? store).putIfAbsent(key, body)),
				);
				const winners = results.flatMap((result, i) => (result === "created" ? [i] : []));
				equal(winners.length, 1, `winners of round ${round}`);
				equal(results.filter((result) => result === "exists").length, 15, `losers of round ${round}`);
				const winner = bodies[winners[0] ?? 0] ?? new Uint8Array();
				sameBytes(await bytesUnder(store, key), winner, `bytes of the winner of round ${round}`);
			}
		},
	},
	{
		name: "what a finished write created is seen by every later get, head and list",
		async test({ store, base, openRival }) {
			const other = await openRival();
			for (let i = 0; i < 10; i++) {
				const key = `${base}fresh/${i}`;
				equal(await other.get(key), undefined, "before");
				await store.putIfAbsent(key, utf8(`${i}`));
				sameBytes(await bytesUnder(other, key), utf8(`${i}`), "get");
				equal((await other.head(key))?.size, `${i}`.length, "head");
				equal((await keysOf(other.list(`${base}fresh/`))).length, i + 1, "list");
			}
		},
	},
	{
		name: "many different objects can be created at once",
		async test({ store, base }) {
			const keys = Array.from({ length: 64 }, (_, i) => `${base}many/${i % 8}/${i}`);
			const results = await Promise.all(keys.map((key) => store.putIfAbsent(key, utf8(key))));
			equal(new Set(results).size, 1, "kinds of results");
			for (const key of keys) sameBytes(await bytesUnder(store, key), utf8(key), key);
		},
	},
	{
		name: "a body in pieces is one object, in their order",
		async test({ store, base }) {
			const whole = pattern(10_000);
			const pieces = [
				whole.subarray(0, 1),
				new Uint8Array(),
				whole.subarray(1, 4_000),
				whole.subarray(4_000, 4_003),
				whole.subarray(4_003),
			];
			await store.putIfAbsent(`${base}created`, pieces);
			sameBytes(await bytesUnder(store, `${base}created`), whole, "bytes of putIfAbsent");
			await store.put(`${base}put`, pieces);
			sameBytes(await bytesUnder(store, `${base}put`), whole, "bytes of put");
		},
	},
	{
		name: "a body may have thousands of pieces, or none",
		async test({ store, base }) {
			const whole = pattern(2_600 * 3);
			const pieces = Array.from({ length: 2_600 }, (_, i) => whole.subarray(3 * i, 3 * i + 3));
			await store.putIfAbsent(`${base}thousands`, pieces);
			sameBytes(await bytesUnder(store, `${base}thousands`), whole, "bytes");
			equal(await store.putIfAbsent(`${base}none`, []), "created", "no pieces");
			equal((await store.head(`${base}none`))?.size, 0, "size of no pieces");
		},
	},
	{
		name: "a body may be overwritten as soon as its call has settled",
		async test({ store, base }) {
			for (const pieces of [1, 3]) {
				const original = pattern(300_000, pieces);
				const reused = original.slice();
				const third = Math.ceil(reused.length / pieces);
				const body = Array.from({ length: pieces }, (_, i) => reused.subarray(i * third, (i + 1) * third));
				await store.putIfAbsent(`${base}${pieces}`, pieces === 1 ? reused : body);
				reused.fill(0);
				sameBytes(await bytesUnder(store, `${base}${pieces}`), original, `a body of ${pieces} pieces`);
			}
		},
	},
	{
		name: "a checksum of the body may be given",
		async test({ store, base }) {
			// The check value that the definition of CRC-32 states for these nine digits.
			equal(
				await store.putIfAbsent(`${base}object`, utf8("123456789"), { crc32: 0xcbf43926 }),
				"created",
				"putIfAbsent",
			);
			sameBytes(await bytesUnder(store, `${base}object`), utf8("123456789"), "bytes");
		},
	},
	{
		name: "put creates and overwrites, also with fewer bytes",
		async test({ store, base }) {
			await store.put(`${base}hint`, utf8("a long hint"));
			sameBytes(await bytesUnder(store, `${base}hint`), utf8("a long hint"), "created");
			await store.put(`${base}hint`, utf8("short"));
			sameBytes(await bytesUnder(store, `${base}hint`), utf8("short"), "overwritten");
			equal((await store.head(`${base}hint`))?.size, 5, "size");
			equal(await store.putIfAbsent(`${base}hint`, utf8("x")), "exists", "putIfAbsent after put");
		},
	},
	{
		name: "a reader never sees half of an overwritten object",
		async test({ store, base }) {
			const versions = Array.from({ length: 20 }, (_, i) => new Uint8Array(50_000 + i).fill(i));
			await store.put(`${base}hint`, versions[0] ?? new Uint8Array());
			const writing = (async () => {
				for (const version of versions) await store.put(`${base}hint`, version);
			})();
			for (let read = 0; read < 20; read++) {
				const bytes = await bytesUnder(store, `${base}hint`);
				const version = versions[bytes?.[0] ?? -1];
				sameBytes(bytes, version ?? new Uint8Array(), `read ${read}`);
			}
			await writing;
		},
	},
	{
		name: "delete removes an object, and where there is none it resolves",
		async test({ store, base }) {
			await store.delete(`${base}object`);
			await store.putIfAbsent(`${base}object`, utf8("first"));
			await store.delete(`${base}object`);
			equal(await store.get(`${base}object`), undefined, "get");
			equal(await store.head(`${base}object`), undefined, "head");
			equal(await keysOf(store.list(base)), [], "list");
			await store.delete(`${base}object`);
		},
	},
	{
		name: "delete of a folder's name leaves the objects in it",
		async test({ store, base }) {
			await store.putIfAbsent(`${base}folder/object`, utf8("x"));
			await store.delete(`${base}folder`);
			equal(await keysOf(store.list(base)), [`${base}folder/object`], "list");
		},
	},
	{
		name: "a deleted object can be created anew",
		async test({ store, base }) {
			await store.putIfAbsent(`${base}object`, utf8("first"));
			await store.delete(`${base}object`);
			equal(await store.putIfAbsent(`${base}object`, utf8("second")), "created", "putIfAbsent");
			sameBytes(await bytesUnder(store, `${base}object`), utf8("second"), "bytes");
		},
	},
	{
		name: "a body that is not bytes is a TypeError, and nothing is written",
		async test({ store, base }) {
			for (const body of ["text", 5, null, [1, 2], new ArrayBuffer(3)] as unknown as Uint8Array[]) {
				for (const operation of ["putIfAbsent", "put"] as const) {
					const error = await failureOf(async () => store[operation](`${base}object`, body), `${operation} of ${body}`);
					holds(error instanceof TypeError, `${operation} of ${body} is a TypeError`);
				}
			}
			equal(await keysOf(store.list(base)), [], "list");
		},
	},
	{
		name: "a key may be that of an object and of a folder",
		appliesTo: ({ nestedKeys }) => nestedKeys,
		async test({ store, base }) {
			equal(await store.putIfAbsent(`${base}a`, utf8("a")), "created", "a");
			equal(await store.putIfAbsent(`${base}a/b`, utf8("b")), "created", "a/b");
			equal(await store.putIfAbsent(`${base}c/d`, utf8("d")), "created", "c/d");
			equal(await store.putIfAbsent(`${base}c`, utf8("c")), "created", "c");
			equal(await keysOf(store.list(base)), [`${base}a`, `${base}a/b`, `${base}c`, `${base}c/d`], "list");
		},
	},
	{
		name: "a key that cannot be beside another is refused, and nothing is written",
		appliesTo: ({ nestedKeys }) => !nestedKeys,
		async test({ store, base }) {
			await store.putIfAbsent(`${base}object`, utf8("x"));
			await store.putIfAbsent(`${base}folder/object`, utf8("x"));
			for (const key of [`${base}object/below`, `${base}folder`]) {
				for (const operation of ["putIfAbsent", "put"] as const) {
					const error = await failsWith(() => store[operation](key, utf8("y")), "WAL_INVALID", `${operation} ${key}`);
					equal(error.outcome, "not-written", `outcome of ${operation} ${key}`);
				}
			}
			equal(await keysOf(store.list(base)), [`${base}folder/object`, `${base}object`], "list");
		},
	},
];
