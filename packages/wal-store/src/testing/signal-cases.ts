import { isWalError } from "@memwal/wal-runtime";
import { bytesUnder, equal, failsWith, holds, keysOf, pattern, sameBytes, utf8 } from "./check.ts";
import type { StoreCase } from "./conformance.ts";

export const signalCases: readonly StoreCase[] = [
	{
		name: "with an aborted signal nothing is done",
		async test({ store, base }) {
			await store.putIfAbsent(`${base}object`, utf8("x"));
			const signal = AbortSignal.abort(new Error("the caller's reason"));
			const key = `${base}never`;
			const reads: [string, () => Promise<unknown>][] = [
				["get", () => store.get(`${base}object`, { signal })],
				["head", () => store.head(`${base}object`, { signal })],
				["list", () => keysOf(store.list(base, { signal }))],
			];
			for (const [name, call] of reads) {
				const error = await failsWith(call, "WAL_ABORTED", name);
				equal(error.outcome, undefined, `outcome of ${name}`);
				equal(error.name, "AbortError", `name of ${name}`);
			}
			const writes: [string, () => Promise<unknown>][] = [
				["putIfAbsent", () => store.putIfAbsent(key, utf8("x"), { signal })],
				["put", () => store.put(key, utf8("x"), { signal })],
				["delete", () => store.delete(`${base}object`, { signal })],
			];
			for (const [name, call] of writes) {
				const error = await failsWith(call, "WAL_ABORTED", name);
				equal(error.outcome, "not-written", `outcome of ${name}`);
			}
			equal(await keysOf(store.list(base)), [`${base}object`], "list");
		},
	},
	{
		name: "a write that is aborted on its way says truly how far it got",
		async test({ store, base }) {
			for (let round = 0; round < 10; round++) {
				const key = `${base}${round}`;
				const body = pattern(100_000, round);
				const abort = new AbortController();
				const writing = store.putIfAbsent(key, body, { signal: abort.signal });
				for (let turn = 0; turn < round; turn++) await Promise.resolve();
				abort.abort();
				try {
					equal(await writing, "created", "result");
					sameBytes(await bytesUnder(store, key), body, "bytes after created");
				} catch (error) {
					holds(isWalError(error, "WAL_ABORTED"), `WAL_ABORTED, not ${error}`);
					const outcome = isWalError(error) ? error.outcome : undefined;
					holds(outcome === "not-written" || outcome === "unknown", `an outcome, not ${outcome}`);
					if (outcome === "not-written") equal(await store.get(key), undefined, "get after not-written");
				}
			}
		},
	},
	{
		name: "a list ends when its signal is aborted",
		async test({ store, base }) {
			await store.putIfAbsent(`${base}a`, utf8("x"));
			await store.putIfAbsent(`${base}b`, utf8("x"));
			const abort = new AbortController();
			await failsWith(
				async () => {
					for await (const { key } of store.list(base, { signal: abort.signal })) {
						equal(key, `${base}a`, "key");
						abort.abort();
					}
				},
				"WAL_ABORTED",
				"list",
			);
		},
	},
	{
		name: "a signal that is never aborted changes nothing",
		async test({ store, base }) {
			const { signal } = new AbortController();
			equal(await store.putIfAbsent(`${base}object`, utf8("x"), { signal }), "created", "putIfAbsent");
			sameBytes((await store.get(`${base}object`, { signal }))?.bytes, utf8("x"), "get");
			equal(await keysOf(store.list(base, { signal })), [`${base}object`], "list");
			await store.delete(`${base}object`, { signal });
			equal(await store.head(`${base}object`, { signal }), undefined, "head");
		},
	},
];
