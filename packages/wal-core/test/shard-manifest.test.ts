import { isWalError } from "@memwal/wal-runtime";
import { describe, expect, test } from "vitest";
import { resolveShard } from "../src/shard-id.ts";
import { decodeManifest, encodeManifest, firstManifest, type ShardManifest, shardName } from "../src/shard-manifest.ts";
import { goldenFiles } from "./golden.ts";

const KEY = "_mem_wal/x/manifest/1.binpb";
const SHARD = "aa48498d-ac91-59e2-8452-69f46010ace2";
const SHARD_ID_FIELD = "5a120a10aa48498dac9159e2845269f46010ace2";
const MAX = 2n ** 64n - 1n;

const fromHex = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const utf8 = (text: string) => new TextEncoder().encode(text);

const full: ShardManifest = {
	version: MAX,
	writerEpoch: 2n ** 53n + 1n,
	replayAfterEntryPosition: 2n ** 53n - 1n,
	lastSeenEntryPosition: 2n ** 53n,
	currentGeneration: MAX,
	sstables: [
		{ generation: 1n, path: "926437e6_gen_1", inMemoryBytes: 0n, physicalRows: MAX, primaryKeyBytes: 24n },
		{ generation: 0n, path: "" },
	],
	shardSpecId: 0xffff_ffff,
	shardId: SHARD,
	shardFieldEntries: new Map([
		["user_bucket", Uint8Array.of(7, 0, 0, 0)],
		["empty", new Uint8Array(0)],
	]),
	status: "sealed",
};

describe("the engine's manifests", () => {
	const manifests = goldenFiles(".binpb");

	test("are all there", () => {
		expect(manifests).toHaveLength(6);
	});

	test.each(manifests)("$path is decoded and written again byte for byte", ({ path, bytes }) => {
		expect(toHex(encodeManifest(decodeManifest(bytes, path)))).toBe(toHex(bytes));
	});

	test("say what the engine meant", () => {
		const flushed = manifests.find(({ path }) => path.startsWith("closed_cleanly/") && path.includes("/01000"));
		expect(decodeManifest(flushed?.bytes ?? new Uint8Array(), KEY)).toEqual({
			version: 2n,
			writerEpoch: 1n,
			replayAfterEntryPosition: 3n,
			lastSeenEntryPosition: 3n,
			currentGeneration: 2n,
			sstables: [
				{ generation: 1n, path: "926437e6_gen_1", inMemoryBytes: 180n, physicalRows: 6n, primaryKeyBytes: 24n },
			],
			shardSpecId: 1,
			shardId: SHARD,
			shardFieldEntries: new Map(),
			status: "active",
		});
	});
});

test("a first claim is the engine's 28 bytes", () => {
	const claim = firstManifest({ shardId: SHARD, shardSpecId: 1, writerEpoch: 1n });
	expect(toHex(encodeManifest(claim))).toBe(`0801100130015001${SHARD_ID_FIELD}`);
});

test("every field survives, to the last digit of 64 bits", () => {
	expect(decodeManifest(encodeManifest(full), KEY)).toEqual(full);
});

test("a number that is absent is not 0", () => {
	const [withZero, without] = decodeManifest(encodeManifest(full), KEY).sstables;
	expect(withZero?.inMemoryBytes).toBe(0n);
	expect(without && "inMemoryBytes" in without).toBe(false);
});

test("field entries keep their order, and a name may begin with a byte order mark", () => {
	const entries = new Map([
		["z", Uint8Array.of(1)],
		["\ufeffa", Uint8Array.of(2)],
	]);
	const manifest = firstManifest({ shardId: SHARD, fieldEntries: entries });
	expect([...decodeManifest(encodeManifest(manifest), KEY).shardFieldEntries]).toEqual([...entries]);
});

describe("fields of a later format", () => {
	const unknownVarint = "b00601";
	const unknownText = "ba0603616263";
	const unknownInSsTable = "400b";

	test("come back as they were, in the manifest and in its SSTables", () => {
		const bytes = fromHex(`0801 3001 4204 0801 ${unknownInSsTable} ${SHARD_ID_FIELD} ${unknownVarint} ${unknownText}`);
		expect(toHex(encodeManifest(decodeManifest(bytes, KEY)))).toBe(toHex(bytes));
	});

	test("are carried into the next version", () => {
		const found = decodeManifest(fromHex(`0801 ${SHARD_ID_FIELD} ${unknownText}`), KEY);
		expect(toHex(encodeManifest({ ...found, version: 2n }))).toBe(`0802${SHARD_ID_FIELD}${unknownText}`);
	});
});

describe("a manifest that is none", () => {
	test.each([
		["nothing at all", "", "no version"],
		["no version", SHARD_ID_FIELD, "no version"],
		["no shard id", "0801", "no shard id"],
		["a shard id of 15 bytes", `0801 5a11 0a0f ${"00".repeat(15)}`, "no shard id"],
		["a shard id without bytes", "0801 5a00", "no shard id"],
		["a truncated field", `0801 ${SHARD_ID_FIELD} 7208 0a05`, "no protobuf"],
		["a field that is longer than the file", `0801 5a7f ${SHARD_ID_FIELD}`, "no protobuf"],
		["a field number 0", `0801 ${SHARD_ID_FIELD} 0001`, "no protobuf"],
		["a path that is not UTF-8", `0801 4204 1202 fffe ${SHARD_ID_FIELD}`, "not UTF-8"],
		["a field id that is not UTF-8", `0801 ${SHARD_ID_FIELD} 7204 0a02 c080`, "not UTF-8"],
	])("with %s is WAL_CORRUPT and names its key", (_what, hex, problem) => {
		const error = thrownBy(() => decodeManifest(fromHex(hex), KEY));
		expect(isWalError(error, "WAL_CORRUPT") && error.details.key).toBe(KEY);
		expect(String(error)).toContain(problem);
		expect(String(error)).toContain(KEY);
	});

	test.each(["<!DOCTYPE html><html></html>", '{"version":1}', "\0\0\0\0"])("but the text %j is WAL_CORRUPT", (text) => {
		expect(
			isWalError(
				thrownBy(() => decodeManifest(utf8(text), KEY)),
				"WAL_CORRUPT",
			),
		).toBe(true);
	});

	test("cut off anywhere is never mistaken for another shard's", () => {
		const bytes = encodeManifest(full);
		for (let length = 0; length < bytes.length; length++) {
			const found = resultOf(() => decodeManifest(bytes.subarray(0, length), KEY));
			expect(isWalError(found, "WAL_CORRUPT") || (found as ShardManifest).shardId === SHARD).toBe(true);
		}
	});
});

test("a status that is not known yet is WAL_UNSUPPORTED", () => {
	const error = thrownBy(() => decodeManifest(fromHex(`0801 ${SHARD_ID_FIELD} 7802`), KEY));
	expect(isWalError(error, "WAL_UNSUPPORTED") && error.details.key).toBe(KEY);
});

test("a manifest without a status, as old writers leave it, is active", () => {
	expect(decodeManifest(fromHex(`0801 ${SHARD_ID_FIELD}`), KEY).status).toBe("active");
});

test("what does not fit its field is not written", () => {
	expect(() => encodeManifest({ ...full, version: 0n })).toThrow(RangeError);
	expect(() => encodeManifest({ ...full, version: MAX + 1n })).toThrow(RangeError);
	expect(() => encodeManifest({ ...full, lastSeenEntryPosition: -1n })).toThrow(RangeError);
	expect(() => encodeManifest({ ...full, shardSpecId: 1.5 })).toThrow(RangeError);
	expect(() => encodeManifest({ ...full, shardSpecId: 2 ** 32 })).toThrow(RangeError);
	// @ts-expect-error a bigint is required
	expect(() => encodeManifest({ ...full, writerEpoch: 1 })).toThrow(TypeError);
	// @ts-expect-error a number is required
	expect(() => encodeManifest({ ...full, shardSpecId: 1n })).toThrow(TypeError);
	expect(
		isWalError(
			thrownBy(() => encodeManifest({ ...full, shardId: "unsharded" })),
			"WAL_INVALID",
		),
	).toBe(true);
});

describe("a shard's name", () => {
	const named = (shardId: string, name: Uint8Array) =>
		firstManifest({ shardId, fieldEntries: new Map([["memwal.name", name]]) });

	test("is kept in version 1 and read back", () => {
		const { shardId, name } = resolveShard("flüge");
		const manifest = decodeManifest(encodeManifest(firstManifest({ shardId, name })), KEY);
		expect(manifest.shardFieldEntries.get("memwal.name")).toEqual(utf8("flüge"));
		expect(shardName(manifest)).toBe("flüge");
	});

	test("is undefined where nobody gave one, or one that leads to another shard", () => {
		expect(shardName(firstManifest({ shardId: SHARD }))).toBeUndefined();
		expect(shardName(named(SHARD, utf8("bucket-0")))).toBeUndefined();
		expect(shardName(named(SHARD, utf8(SHARD)))).toBeUndefined();
		expect(shardName(named(SHARD, Uint8Array.of(0xff)))).toBeUndefined();
	});
});

test("a shard begins with generation 1, no entries, and nobody's epoch", () => {
	expect(firstManifest({ shardId: SHARD, name: undefined })).toEqual({
		version: 1n,
		writerEpoch: 0n,
		replayAfterEntryPosition: 0n,
		lastSeenEntryPosition: 0n,
		currentGeneration: 1n,
		sstables: [],
		shardSpecId: 0,
		shardId: SHARD,
		shardFieldEntries: new Map(),
		status: "active",
	});
});

function resultOf(action: () => unknown): unknown {
	try {
		return action();
	} catch (error) {
		return error;
	}
}

function thrownBy(action: () => unknown): unknown {
	let result: unknown;
	try {
		result = action();
	} catch (error) {
		return error;
	}
	throw new Error(`nothing was thrown, but returned ${String(result)}`);
}
