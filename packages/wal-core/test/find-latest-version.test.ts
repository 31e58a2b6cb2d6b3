import { describe, expect, test } from "vitest";
import { lost, type ScriptedRequest, ScriptedStore } from "../../wal-store/test/scripted-store.ts";
import { findLatestVersion } from "../src/find-latest-version.ts";
import { manifestKey, manifestPrefix, versionHintKey } from "../src/shard-paths.ts";
import { encodeVersionHint } from "../src/version-hint.ts";
import { newStore } from "./test-store.ts";

const SHARD = "550e8400-e29b-41d4-a716-446655440000";
const utf8 = (text: string) => new TextEncoder().encode(text);

/** A shard whose versions exist; what is in them plays no part in the search. */
async function shardWith(versions: Iterable<bigint>, hint?: bigint | Uint8Array): Promise<ScriptedStore> {
	const store = new ScriptedStore({ inner: newStore() });
	for (const version of versions) await store.inner.putIfAbsent(manifestKey(SHARD, version), new Uint8Array([1]));
	if (hint !== undefined) {
		await store.inner.put(versionHintKey(SHARD), typeof hint === "bigint" ? encodeVersionHint(hint) : hint);
	}
	return store;
}

function* upTo(tip: bigint): Iterable<bigint> {
	for (let version = 1n; version <= tip; version++) yield version;
}

const isHeadOf = (version: bigint) => (request: ScriptedRequest) =>
	request.operation === "head" && request.key === manifestKey(SHARD, version);

test("a shard without manifests has no version, and costs two requests", async () => {
	const store = await shardWith([]);
	expect(await findLatestVersion(store, SHARD)).toBe(0n);
	expect(store.operations).toEqual(["get", "head"]);
});

test.each([
	// [tip, hint, HEADs of successors]: batches of 2, 4, 8, … 64, 64, and one without any at the end.
	[3n, 3n, 2],
	[3n, 2n, 6],
	[12n, 2n, 30],
	[102n, 2n, 190],
	[200n, 2n, 2 + 4 + 8 + 16 + 32 + 64 + 64 + 64 + 64],
])("version %d is found from hint %d by %d HEADs of successors", async (tip, hint, successors) => {
	const store = await shardWith(upTo(tip), hint);
	expect(await findLatestVersion(store, SHARD)).toBe(tip);
	expect(store.count("get")).toBe(1);
	expect(store.count("head")).toBe(1 + successors);
	expect(store.requests.length).toBe(2 + successors);
});

test.each([
	// [tip, known, HEADs of successors]: batches of 1, 2, 4, …, and one without any at the end.
	[5n, 5n, 1],
	[5n, 4n, 1 + 2],
	[5n, 1n, 1 + 2 + 4 + 8],
])(
	"version %d is found from version %d, which is known, by %d HEADs and without the hint",
	async (tip, knownVersion, heads) => {
		const store = await shardWith(upTo(tip), 1n);
		expect(await findLatestVersion(store, SHARD, { knownVersion })).toBe(tip);
		expect(store.operations).toEqual(Array.from({ length: heads }, () => "head"));
	},
);

describe("a hint", () => {
	test.each([
		["is missing", undefined],
		["is old", 1n],
		["names a version that was never written", 50n],
		["is 2^53 + 1, which no double holds", 2n ** 53n + 1n],
		["is 2^64 − 1, which has no successor", 2n ** 64n - 1n],
		["is 2^64", utf8('{"version":18446744073709551616}')],
		["is 0", utf8('{"version":0}')],
		["is negative", utf8('{"version":-3}')],
		["is cut short", utf8('{"version":3')],
		["is empty", utf8("")],
		["is not JSON", utf8("\u0000garbage")],
		["is another JSON", utf8('{"version":{"version":3}}')],
		["is huge", utf8(`{"version":${"9".repeat(100_000)}}`)],
	])("that %s is survived", async (_what, hint) => {
		const store = await shardWith(upTo(3n), hint);
		expect(await findLatestVersion(store, SHARD)).toBe(3n);
		expect(store.count("list")).toBe(0);
	});

	test("that cannot be read is survived", async () => {
		const store = await shardWith(upTo(3n), 3n);
		store.script("get", lost);
		expect(await findLatestVersion(store, SHARD)).toBe(3n);
	});

	test("at the last version there can be is the answer, without a look behind it", async () => {
		const last = 2n ** 64n - 1n;
		const store = await shardWith([1n, last], last);
		expect(await findLatestVersion(store, SHARD)).toBe(last);
		expect(store.count("head")).toBe(1);
	});

	test("just below the last version there can be leads to it, and not beyond", async () => {
		const last = 2n ** 64n - 1n;
		const store = await shardWith([1n, last - 1n, last], last - 1n);
		expect(await findLatestVersion(store, SHARD)).toBe(last);
		expect(store.count("head")).toBe(2);
	});
});

describe("a shard that lost its version 1", () => {
	test.each([
		["a garbage hint", utf8("?")],
		["a hint too high", 50n],
		["a hint of version 1", 1n],
	])("does not look new because of %s: it is listed", async (_what, hint) => {
		const store = await shardWith([2n, 3n, 4n, 5n], hint);
		expect(await findLatestVersion(store, SHARD)).toBe(5n);
		expect(store.requests).toContain(`list ${manifestPrefix(SHARD)}`);
	});

	test("does not look new because its hint cannot be read", async () => {
		const store = await shardWith([2n, 3n], 3n);
		store.script("get", lost);
		expect(await findLatestVersion(store, SHARD)).toBe(3n);
	});

	test("is found by its hint alone, where that is good", async () => {
		const store = await shardWith([4n, 5n], 4n);
		expect(await findLatestVersion(store, SHARD)).toBe(5n);
		expect(store.count("list")).toBe(0);
	});

	test("is not found in foreign files", async () => {
		const store = await shardWith([], utf8("?"));
		const stray = `${manifestKey(SHARD, 7n)}.tmp`;
		await store.inner.putIfAbsent(stray, new Uint8Array([1]));
		expect(await findLatestVersion(store, SHARD)).toBe(0n);
	});
});

describe("a failed request is never read as the end of the sequence", () => {
	const failed = { code: "WAL_UNAVAILABLE" };

	test.each([
		["of the version that the hint names", 2n],
		["of the first successor", 3n],
		["of the last successor in the batch", 4n],
	])("where it is the HEAD %s", async (_what, version) => {
		const store = await shardWith(upTo(3n), 2n);
		store.decide = (request) => (isHeadOf(version)(request) ? lost : undefined);
		await expect(findLatestVersion(store, SHARD)).rejects.toMatchObject(failed);
		store.decide = undefined;
		expect(await findLatestVersion(store, SHARD)).toBe(3n);
	});

	test("where it is the HEAD of version 1", async () => {
		const store = await shardWith(upTo(3n), 50n);
		store.decide = (request) => (isHeadOf(1n)(request) ? lost : undefined);
		await expect(findLatestVersion(store, SHARD)).rejects.toMatchObject(failed);
	});

	test("where it is the listing of a shard without version 1", async () => {
		const store = await shardWith([2n], utf8("?"));
		store.script("list", lost);
		await expect(findLatestVersion(store, SHARD)).rejects.toMatchObject(failed);
	});
});

test("versions written during the search are found, in whatever order the answers come", async () => {
	const store = await shardWith(upTo(2n), 2n);
	store.decide = (request) =>
		isHeadOf(4n)(request)
			? async ({ proceed }) => {
					for (const version of [3n, 4n]) await store.inner.putIfAbsent(manifestKey(SHARD, version), new Uint8Array(1));
					return proceed();
				}
			: undefined;
	expect(await findLatestVersion(store, SHARD)).toBe(4n);
});

test("an aborted signal ends the search as aborted, not as an answer", async () => {
	const store = await shardWith(upTo(2n), 2n);
	const search = findLatestVersion(store, SHARD, { signal: AbortSignal.abort("enough") });
	await expect(search).rejects.toMatchObject({ code: "WAL_ABORTED" });
});
