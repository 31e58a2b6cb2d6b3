import { loadCodec } from "@memwal/wal-ipc-wasm";
import { isWalError, seededRandom } from "@memwal/wal-runtime";
import type { StoredObject } from "@memwal/wal-store";
import { type RecordBatch, Schema, Table, tableFromArrays, tableToIPC } from "apache-arrow";
import { describe, expect, test } from "vitest";
import { entryKey, parseEntryFileName } from "../src/shard-paths.ts";
import { decodeWalEntry } from "../src/wal-entry.ts";
import { goldenFiles } from "./golden.ts";

const SHARD = "aa48498d-ac91-59e2-8452-69f46010ace2";
const codec = await loadCodec();

function stored(bytes: Uint8Array, entryPosition = 1n): StoredObject {
	return {
		key: entryKey(SHARD, entryPosition),
		size: bytes.length,
		lastModifiedMs: 1_700_000_000_000,
		bytes: Uint8Array.from(bytes),
	};
}

/** Rows of `id` 1, 2, 3 as a stream by apache-arrow, with this metadata. */
function stream(metadata: Readonly<Record<string, string>>): Uint8Array {
	const { batches, schema } = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
	const labelled = new Schema(schema.fields, new Map(Object.entries(metadata)));
	return tableToIPC(new Table(labelled, batches), "stream");
}

function encoded(batches: readonly RecordBatch[], schema: Schema, writerEpoch: bigint): Uint8Array {
	const entry = codec.encode({
		schema,
		batches,
		header: { writerEpoch, generation: 7n, fenceSentinel: batches.length === 0 },
		writeId: seededRandom(1).bytes(16),
	});
	const bytes = entry.bytes.slice();
	entry.release();
	return bytes;
}

function decode(bytes: Uint8Array, entryPosition = 1n) {
	return decodeWalEntry(stored(bytes, entryPosition), { shardId: SHARD, entryPosition }, codec);
}

test("an entry says whose it is, where it is, and gives back the rows and the user's own metadata", () => {
	const table = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
	const schema = new Schema(table.schema.fields, new Map([["source", "gate 3"]]));
	const bytes = encoded(table.batches, schema, 2n ** 64n - 1n);
	const entry = decode(bytes, 2n ** 53n + 1n);
	expect(entry).toMatchObject({
		shardId: SHARD,
		entryPosition: 2n ** 53n + 1n,
		writerEpoch: 2n ** 64n - 1n,
		generation: 7n,
		fenceSentinel: false,
		rows: 3,
		bytes: bytes.length,
		lastModifiedMs: 1_700_000_000_000,
	});
	expect([...entry.schema.metadata]).toEqual([["source", "gate 3"]]);
	expect(entry.batches.flatMap((batch) => batch.toArray().map((row) => row.id))).toEqual([1, 2, 3]);
});

test("only the columns that were asked for are handed out", () => {
	const table = tableFromArrays({ a: Int32Array.of(1), b: Int32Array.of(2) });
	const object = stored(encoded(table.batches, table.schema, 1n));
	const place = { shardId: SHARD, entryPosition: 1n };
	expect(decodeWalEntry(object, place, codec, { columns: ["b"] }).schema.names).toEqual(["b"]);
	const error = thrownBy(() => decodeWalEntry(object, place, codec, { columns: ["c"] }));
	expect(isWalError(error, "WAL_INVALID")).toBe(true);
});

test("a sentinel has an epoch and no rows", () => {
	const entry = decode(encoded([], new Schema([]), 2n));
	expect(entry).toMatchObject({ writerEpoch: 2n, fenceSentinel: true, rows: 0, batches: [] });
});

describe("an entry without a writer's epoch is damaged", () => {
	test.each([
		["none", {}],
		["an empty one", { writer_epoch: "" }],
		["a word", { writer_epoch: "two" }],
		["a negative one", { writer_epoch: "-1" }],
		["a fraction", { writer_epoch: "1.0" }],
		["a hexadecimal one", { writer_epoch: "0x2" }],
		["one beyond 64 bits", { writer_epoch: "18446744073709551616" }],
	])("%s", (_what, metadata) => {
		const error = thrownBy(() => decode(stream(metadata), 5n));
		expect(isWalError(error, "WAL_CORRUPT") && error.details).toEqual({
			shard: SHARD,
			key: entryKey(SHARD, 5n),
			entryPosition: 5n,
		});
		expect(String(error)).toContain("missing or malformed");
	});
});

test("another writer's stream with an epoch is read as it is", () => {
	const entry = decode(stream({ writer_epoch: "3", generation: "9", mine: "kept" }));
	expect(entry).toMatchObject({ writerEpoch: 3n, generation: 9n, fenceSentinel: false, rows: 3 });
	expect([...entry.schema.metadata]).toEqual([["mine", "kept"]]);
});

test.each([
	["an empty file", (_whole: Uint8Array) => new Uint8Array(0)],
	["half an entry", (whole: Uint8Array) => whole.subarray(0, whole.length >> 1)],
	["an entry without its last byte", (whole: Uint8Array) => whole.subarray(0, -1)],
	["an entry with a flipped bit", (whole: Uint8Array) => whole.map((byte, at) => (at === 300 ? byte ^ 1 : byte))],
	["text", (_whole: Uint8Array) => new TextEncoder().encode("<html>not found</html>")],
])("%s is WAL_CORRUPT, with shard, position and key", (_what, damage) => {
	const table = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
	const error = thrownBy(() => decode(damage(encoded(table.batches, table.schema, 1n)), 5n));
	expect(isWalError(error, "WAL_CORRUPT") && error.details).toMatchObject({
		shard: SHARD,
		key: entryKey(SHARD, 5n),
		entryPosition: 5n,
	});
	expect(String(error)).toContain(`entry 5 of shard ${SHARD}`);
});

test("a trailer of a later version is WAL_UNSUPPORTED, with shard, position and key", () => {
	const table = tableFromArrays({ id: Int32Array.of(1) });
	const bytes = encoded(table.batches, table.schema, 1n);
	bytes[bytes.length - 12] = 2;
	const error = thrownBy(() => decode(bytes, 5n));
	expect(isWalError(error, "WAL_UNSUPPORTED") && error.details).toMatchObject({ shard: SHARD, entryPosition: 5n });
});

test.each([
	["closed_cleanly", ["1: 2 rows of epoch 1", "2: 2 rows of epoch 1", "3: 2 rows of epoch 1"]],
	[
		"reopened_after_crash",
		[
			"1: 2 rows of epoch 1",
			"2: 2 rows of epoch 1",
			"3: 2 rows of epoch 1",
			"4: sentinel of epoch 2",
			"5: 1 rows of epoch 2",
		],
	],
	["wal_only", ["1: 1 rows of epoch 1"]],
])("the engine's entries of the tree %s are read whole", (tree, expected) => {
	const found = goldenFiles(".arrow")
		.filter(({ path }) => path.startsWith(`${tree}/`))
		.map(({ name, bytes }) => decode(bytes, parseEntryFileName(name)))
		.map(({ entryPosition, writerEpoch, fenceSentinel, rows }) => {
			return `${entryPosition}: ${fenceSentinel ? "sentinel" : `${rows} rows`} of epoch ${writerEpoch}`;
		});
	expect(found.sort()).toEqual(expected);
});

function thrownBy(action: () => unknown): unknown {
	try {
		action();
	} catch (error) {
		return error;
	}
	throw new Error("nothing was thrown");
}
