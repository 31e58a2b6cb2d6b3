import { WalError } from "@memwal/wal-runtime";
import { Bool, Field, Int32, Int64, Schema, Utf8 } from "apache-arrow";
import { describe, expect, it } from "vitest";
import type { OpenWriterOptions } from "../src/open-writer.ts";
import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import type { ShardWriter } from "../src/shard-writer.ts";
import { successorOf } from "../src/successor.ts";
import { IndexDouble } from "./test-flusher.ts";
import { failureOf, TestLog } from "./test-log.ts";
import {
	batchFrom,
	ID_SCHEMA,
	openWriter,
	plantEntry,
	recordingWrites,
	SinkDouble,
	visibleIds,
} from "./test-writer.ts";

type Failure = typeof TypeError | typeof RangeError | string;

/** The message of an open that fails. Nothing is written for it, and whoever wrote before goes on. */
async function expectNobodyFenced(
	log: TestLog,
	incumbent: ShardWriter,
	options: object,
	failure: Failure,
): Promise<string> {
	const { store, writes } = recordingWrites(log.store);
	const error = await failureOf(openWriter(log, { store, ...options } as Partial<OpenWriterOptions>));
	if (typeof failure === "string") expect(error).toMatchObject({ code: failure });
	else expect(error).toBeInstanceOf(failure);
	expect(writes).toEqual([]);
	await log.clock.run(incumbent.checkFenced());
	const batch = batchFrom(incumbent.schema, Object.fromEntries(incumbent.schema.names.map((name) => [name, [99]])));
	expect(await log.clock.run(incumbent.put([batch]))).toMatchObject({ attempts: 1 });
	await log.clock.run(incumbent.close());
	return (error as Error).message;
}

const int = (name: string, nullable = true) => new Field(name, new Int32(), nullable);
const twice = new Schema([int("id"), new Field("id", new Utf8(), true)]);
const reserved = new Schema(ID_SCHEMA.fields, new Map([["writer_epoch", "1"]]));
const onId = () => new IndexDouble({ column: "id" });
const onNothing = () => {
	const indexes = new IndexDouble();
	indexes.validate = () => {
		throw new WalError("WAL_UNSUPPORTED", "column id has a type that cannot be indexed");
	};
	return indexes;
};

describe("an open that must fail because of its arguments", () => {
	it.each<[string, object, Failure, RegExp]>([
		["an entry of no bytes", { limits: { maxEntryBytes: 0 } }, RangeError, /maxEntryBytes must be 1 or more, not 0/],
		["no room in the queue", { limits: { maxQueuedBytes: 0 } }, RangeError, /maxQueuedBytes/],
		["a memtable without rows", { limits: { maxMemtableRows: 0 } }, RangeError, /maxMemtableRows/],
		["a memtable without bytes", { limits: { maxMemtableBytes: -1 } }, RangeError, /maxMemtableBytes/],
		["half a batch", { limits: { maxMemtableBatches: 1.5 } }, RangeError, /maxMemtableBatches must be a whole/],
		["endless batches", { limits: { maxMemtableBatches: Number.POSITIVE_INFINITY } }, RangeError, /whole number/],
		["a linger of less than nothing", { limits: { lingerMs: -1 } }, RangeError, /lingerMs must be 0 or more/],
		["a deadline that is no number", { limits: { persistDeadlineMs: Number.NaN } }, RangeError, /persistDeadlineMs/],
		["a limit in words", { limits: { maxEntryBytes: "8" } }, TypeError, /maxEntryBytes must be a number/],
		["a limit that does not exist", { limits: { maxRows: 8 } }, TypeError, /no limit called "maxRows"/],
		["too little memory", { limits: { maxMemtableBytes: 9, maxMemoryBytes: 8 } }, RangeError, /at least one memtable/],
		["no schema", { schema: undefined }, TypeError, /schema must be an Arrow schema/],
		["something else for a schema", { schema: { id: "int32" } }, TypeError, /schema must be an Arrow schema/],
		["a schema without columns", { schema: new Schema([]) }, "WAL_INVALID", /no columns/],
		["two columns of one name", { schema: twice }, "WAL_INVALID", /two columns called "id"/],
		["metadata that the log uses", { schema: reserved }, "WAL_INVALID", /"writer_epoch"/],
		["an unknown mode", { mode: "table" }, TypeError, /mode must be "memtable" or "wal-only", not "table"/],
		["an unknown durability", { durability: "none" }, TypeError, /durability must be "durable" or "deferred"/],
		["indexes that are no function", { indexes: new IndexDouble() }, TypeError, /indexes/],
		["a sink that cannot write", { sink: {} }, TypeError, /a sink must have a method write/],
		["an index on no column", { indexes: onId, schema: new Schema([int("nr")]) }, "WAL_INVALID", /no column "id"/],
		["an index on such a type", { indexes: onNothing }, "WAL_UNSUPPORTED", /cannot be indexed/],
		["indexes without memtables", { mode: "wal-only", indexes: onId }, TypeError, /indexes need memtables/],
		["a sink without memtables", { mode: "wal-only", sink: new SinkDouble() }, TypeError, /a sink needs memtables/],
		["a shard without a name", { shard: "" }, "WAL_INVALID", /shard name/],
		["a signal that has aborted", { signal: AbortSignal.abort() }, "WAL_ABORTED", /aborted/],
	])("%s: fences nobody", async (_, options, failure, message) => {
		const log = new TestLog();
		const incumbent = await openWriter(log);
		expect(await expectNobodyFenced(log, incumbent, options, failure)).toMatch(message);
	});

	it("a claim of another shard: fences nobody, and leaves the claim to its own shard", async () => {
		const log = new TestLog();
		const incumbent = await openWriter(log);
		const manifests = new ShardManifestStore({ ...log.options(), shard: "other" });
		const claim = await log.clock.run(manifests.claimEpoch());
		expect(await expectNobodyFenced(log, incumbent, { claim }, RangeError)).toMatch(/the claim is for shard/);
		const other = await openWriter(log, { shard: "other", claim });
		expect(other.writerEpoch).toBe(claim.epoch);
		expect(await failureOf(openWriter(log, { shard: "other", claim }))).toMatchObject({ code: "WAL_INTERNAL" });
		await log.clock.run(other.close());
	});
});

describe("an open that must fail because of the shard", () => {
	it("which is sealed: fences nobody", async () => {
		const log = new TestLog();
		const incumbent = await openWriter(log);
		const manifests = new ShardManifestStore(log.options());
		const current = await manifests.latest();
		if (!current) throw new Error("no manifest");
		await manifests.write(successorOf(current, { status: "sealed" }));
		expect(await expectNobodyFenced(log, incumbent, {}, "WAL_SEALED")).toMatch(/sealed/);
	});

	const old = new Schema([int("a"), int("b")]);
	const flaws: [string, Schema, RegExp][] = [
		[
			"has a column of another type",
			new Schema([int("a"), new Field("b", new Int64(), true)]),
			/entry 1 of.*"b".*Int32 in place/,
		],
		["lacks a column that is never null", new Schema([int("a"), int("c", false)]), /lacks column "c"/],
		["has a null that may not be", new Schema([int("a"), int("b", false)]), /nulls in column "b"/],
	];

	it.each(flaws)("whose newest entry %s: fences nobody", async (_, schema, message) => {
		const log = new TestLog();
		const incumbent = await openWriter(log, { schema: old });
		await log.clock.run(incumbent.put([batchFrom(old, { a: [1, 2], b: [1, null] })]));
		expect(await expectNobodyFenced(log, incumbent, { schema }, "WAL_INVALID")).toMatch(message);
	});

	it.each(flaws)("whose newest entry with rows %s, under the sentinels of others: fences nobody", async (...flaw) => {
		const [, schema, message] = flaw;
		const log = new TestLog();
		const first = await openWriter(log, { schema: old });
		await log.clock.run(first.put([batchFrom(old, { a: [1, 2], b: [1, null] })]));
		for (let restart = 0; restart < 3; restart++) await openWriter(log, { schema: old });
		const incumbent = await openWriter(log, { schema: old });
		expect(await expectNobodyFenced(log, incumbent, { schema }, "WAL_INVALID")).toMatch(message);
	});

	it("whose newest entry holds deletes: fences nobody", async () => {
		const log = new TestLog();
		const incumbent = await openWriter(log);
		const deletes = new Schema([...ID_SCHEMA.fields, new Field("_tombstone", new Bool(), false)]);
		await plantEntry(log, 1n, 1n, [batchFrom(deletes, { id: [1], _tombstone: [true] })]);
		const { store, writes } = recordingWrites(log.store);
		expect(await failureOf(openWriter(log, { store }))).toMatchObject({ code: "WAL_UNSUPPORTED" });
		expect(writes).toEqual([]);
		await log.clock.run(incumbent.checkFenced());
	});
});

describe("an open that need not fail", () => {
	const old = new Schema([int("id"), int("b")]);
	const changed = new Schema([int("id"), new Field("b", new Utf8(), true)]);

	it("because what does not fit is in a sink already, takes the new columns", async () => {
		const log = new TestLog();
		const first = await openWriter(log, { schema: old, sink: new SinkDouble() });
		await log.clock.run(first.put([batchFrom(old, { id: [1], b: [1] })]));
		await log.clock.run(first.close({ sink: "all" }));
		const second = await openWriter(log, { schema: changed });
		await log.clock.run(second.put([batchFrom(changed, { id: [2], b: ["two"] })]));
		expect(await visibleIds(second)).toEqual([2]);
		await log.clock.run(second.close());
	});

	it("because nothing is read back, takes the new columns", async () => {
		const log = new TestLog();
		const first = await openWriter(log, { schema: old, mode: "wal-only" });
		await log.clock.run(first.put([batchFrom(old, { id: [1], b: [1] })]));
		const second = await openWriter(log, { schema: changed, mode: "wal-only" });
		await log.clock.run(second.put([batchFrom(changed, { id: [2], b: ["two"] })]));
		expect(await log.ids()).toEqual([[1], [], [2]]);
		await log.clock.run(second.close());
	});
});
