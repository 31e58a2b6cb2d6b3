import { WalError } from "@memwal/wal-runtime";
import { type DataType, Field, Int32, makeData, RecordBatch, Schema, Struct, Utf8 } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { Memtable } from "../src/memtable.ts";
import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import { ShardWriter } from "../src/shard-writer.ts";
import { SinkQueue } from "../src/sink-queue.ts";
import { successorOf } from "../src/successor.ts";
import { batchOfRows, IndexDouble, isPending } from "./test-flusher.ts";
import { batchOf, failureOf, intercept, TestLog } from "./test-log.ts";
import { batchFrom, Gate, gatedStore, ID_SCHEMA, isEntry, openWriter, SinkDouble, visibleIds } from "./test-writer.ts";

/** Bytes of a row of one int32. */
const ROW = 4;

/** A shard with so many entries of one row. */
async function logOf(entries: number): Promise<TestLog> {
	const log = new TestLog();
	const writer = await openWriter(log);
	for (let id = 1; id <= entries; id++) await log.clock.run(writer.put([batchOf(id)]));
	await log.clock.run(writer.close());
	return log;
}

/** Claims the shard for a newer writer, without fencing the log yet. */
async function claimAnew(log: TestLog): Promise<void> {
	const manifests = new ShardManifestStore({ store: log.store });
	const current = await manifests.latest();
	if (!current) throw new Error("no manifest");
	await manifests.write(successorOf(current, { writerEpoch: current.writerEpoch + 1n }));
}

describe("a signal that has aborted already", () => {
	it("ends a flush, and the puts go on", async () => {
		const log = new TestLog();
		const writer = await openWriter(log);
		const put = writer.put([batchOf(1)]);
		const failure = await failureOf(writer.flush({ signal: AbortSignal.abort() }));
		expect(failure).toMatchObject({ code: "WAL_ABORTED" });
		expect(await log.clock.run(put)).toMatchObject({ entryPosition: 1n });
		await log.clock.run(writer.close());
	});
});

describe("an open that waits for its sink", () => {
	const limits = { maxMemtableBytes: 2 * ROW, maxMemoryBytes: 3_000 };

	it("ends with its signal", async () => {
		const log = await logOf(20);
		const sink = new SinkDouble();
		const patience = new AbortController();
		sink.before = ({ signal }) =>
			new Promise((_, reject) => {
				signal.addEventListener("abort", () => reject(signal.reason), { once: true });
			});
		const { signal } = patience;
		const opened = failureOf(ShardWriter.open({ ...log.options(), schema: ID_SCHEMA, sink, limits, signal }));
		expect(await isPending(opened, log, 60_000)).toBe(true);
		patience.abort();
		expect(await opened).toMatchObject({ code: "WAL_ABORTED" });
		expect(log.clock.pendingTimers).toBe(0);
	});

	it("says that it was fenced, where the sink's turn finds that out", async () => {
		const log = await logOf(20);
		const sink = new SinkDouble();
		sink.before = async () => {
			if (sink.offered.length === 1) await claimAnew(log);
		};
		const failure = await failureOf(openWriter(log, { sink, limits: { ...limits, maxMemoryBytes: 8_000 } }));
		expect(failure).toMatchObject({ code: "WAL_FENCED" });
		expect([sink.offered, log.clock.pendingTimers]).toEqual([[1n], 0]);
	});
});

describe("a sink that fails with what looks like the writer's own end", () => {
	it.each(["WAL_FENCED", "WAL_CLOSED"] as const)(
		"as %s of another log, is offered nothing any more, and the writer goes on",
		async (code) => {
			const log = new TestLog();
			const sink = new SinkDouble();
			sink.before = async () => {
				throw new WalError(code, "the log behind the sink has another writer", { outcome: "not-written" });
			};
			const writer = await openWriter(log, { sink, limits: { maxMemtableBatches: 1, maxMemoryBytes: 2 ** 30 } });
			for (const id of [1, 2]) await log.clock.run(writer.put([batchOf(id)]));
			await log.clock.advance(60_000);
			expect([sink.offered, writer.stats().stopped]).toEqual([[1n], undefined]);
			expect(await log.clock.run(writer.put([batchOf(3)]))).toMatchObject({ entryPosition: 3n });
			expect(await failureOf(log.clock.run(writer.close()))).toMatchObject({ code });
		},
	);

	it("makes a put that waits for memory say so, and not that the writer has ended", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		sink.before = async () => {
			throw new WalError("WAL_CLOSED", "the table was closed");
		};
		const limits = { maxMemtableBytes: 100 * ROW, maxMemoryBytes: 150 * ROW };
		const writer = await openWriter(log, { sink, limits });
		await log.clock.run(writer.put([batchOfRows(100)]));
		const failure = await failureOf(log.clock.run(writer.put([batchOfRows(100)])));
		expect(failure).toMatchObject({
			code: "WAL_BACKPRESSURE",
			message: expect.stringContaining("the table was closed"),
		});
		expect(await failureOf(log.clock.run(writer.close()))).toMatchObject({ code: "WAL_CLOSED" });
	});
});

describe("a put that does not wait", () => {
	it("and finds memory full has the sink make some", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const limits = { maxMemtableBytes: 250 * ROW, maxMemoryBytes: 250 * ROW };
		const writer = await openWriter(log, { sink, limits });
		const whole = batchOfRows(200);
		// Ten rows, which keep all of the two hundred alive: the memtable is far from full.
		await log.clock.run(writer.putNoWait([whole.slice(0, 10)]).durable);
		expect(() => writer.putNoWait([batchOfRows(100)])).toThrow(expect.objectContaining({ code: "WAL_BACKPRESSURE" }));
		await log.clock.advance(1_000);
		expect(await log.clock.run(writer.putNoWait([batchOfRows(100)]).durable)).toMatchObject({ rows: 100 });
		await log.clock.run(writer.close());
	});
});

describe("a put that gives up its wait for memory", () => {
	it("holds up nobody behind it: neither a put that fits nor a flush", async () => {
		const log = new TestLog();
		const sink = new SinkDouble();
		const gate = new Gate();
		gate.shut();
		sink.before = () => gate.passed();
		const limits = { maxMemtableBytes: 100 * ROW, maxMemoryBytes: 150 * ROW };
		const writer = await openWriter(log, { sink, limits });
		await log.clock.run(writer.put([batchOfRows(100)]));
		const patience = new AbortController();
		const large = failureOf(writer.put([batchOfRows(100)], { signal: patience.signal }));
		await log.clock.advance(1_000);
		const behind = [writer.put([batchOfRows(10)]), writer.flush()];
		for (const one of behind) expect(await isPending(one, log, 60_000)).toBe(true);
		patience.abort();
		expect(await large).toMatchObject({ code: "WAL_ABORTED", outcome: "not-written" });
		await log.clock.run(Promise.all(behind));
		gate.open();
		await log.clock.run(writer.close());
		expect((await log.ids()).map((ids) => ids.length)).toEqual([100, 10]);
	});
});

describe("rows that can be read ahead of the log", () => {
	it("have none before them that cannot, also where the next memtable's indexes are faster", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const first = new Gate();
		first.shut();
		let made = 0;
		const indexes = () => {
			const memtable = ++made;
			return new IndexDouble({ column: "id", beforeBatch: async () => (memtable === 2 ? first.passed() : undefined) });
		};
		const writer = await openWriter(log, { store, indexes, durability: "deferred", limits: { maxMemtableBatches: 1 } });
		gate.shut();
		const puts = [1, 2].map((id) => writer.put([batchOf(id)]));
		for (const put of puts) expect(await isPending(put, log, 1_000)).toBe(true);
		expect([await visibleIds(writer), await writer.get("id", 2)]).toEqual([[], []]);
		first.open();
		await log.clock.run(Promise.all(puts));
		expect(await visibleIds(writer)).toEqual([1, 2]);
		gate.open();
		await log.clock.run(writer.close());
	});
});

describe("the memory limit", () => {
	it("counts what the indexes of a memtable take after it was frozen", async () => {
		const log = new TestLog();
		const indexes = () => {
			const index = new IndexDouble({ column: "id" });
			return Object.defineProperty(index, "bytes", { get: () => index.indexed * 1_000 }) as IndexDouble;
		};
		const writer = await openWriter(log, { indexes, limits: { maxMemtableBatches: 1 } });
		await log.clock.run(Promise.all([1, 2, 3].map((id) => writer.put([batchOf(id)]))));
		expect(writer.stats().memtables).toEqual({ count: 3, bytes: 3 * (1_000 + ROW) });
		await log.clock.run(writer.close());
	});
});

describe("abort", () => {
	it("and a close after it resolve when nothing is at work any more", async () => {
		const log = new TestLog();
		const index = new Gate();
		index.shut();
		const indexes = () => new IndexDouble({ column: "id", beforeBatch: () => index.passed() });
		const writer = await openWriter(log, { indexes });
		const put = failureOf(writer.put([batchOf(1)])).catch(() => undefined);
		await log.clock.advance(1);
		const ends = [writer.abort(), writer.close(), writer.abort()];
		for (const end of ends) expect(await isPending(end, log, 60_000)).toBe(true);
		index.open();
		await log.clock.run(Promise.all([...ends, put]));
	});

	it("waits for an index that went ahead of the log", async () => {
		const log = new TestLog();
		const { store, gate } = gatedStore(log);
		const index = new Gate();
		index.shut();
		const indexes = () => new IndexDouble({ column: "id", beforeBatch: () => index.passed() });
		const writer = await openWriter(log, { store, indexes, durability: "deferred", limits: { lingerMs: 60_000 } });
		gate.shut();
		const put = failureOf(writer.put([batchOf(1)]));
		await log.clock.advance(1);
		const aborted = writer.abort();
		expect(await put).toMatchObject({ code: "WAL_CLOSED", outcome: "not-written" });
		expect(await isPending(aborted, log, 60_000)).toBe(true);
		index.open();
		await log.clock.run(aborted);
	});
});

describe("a store that says it was closed", () => {
	it("ends the writer: nothing can be read any more", async () => {
		const log = new TestLog();
		const store = intercept(log.store, {
			putIfAbsent: async (key, proceed) => {
				if (!isEntry(key)) return proceed();
				throw new WalError("WAL_CLOSED", "the store was closed", { outcome: "not-written" });
			},
		});
		const writer = await openWriter(log, { store });
		const failure = await failureOf(log.clock.run(writer.put([batchOf(1)])));
		expect(failure).toMatchObject({ code: "WAL_CLOSED", outcome: "not-written" });
		expect(() => writer.scan()).toThrow(expect.objectContaining({ code: "WAL_POISONED" }));
		expect(await failureOf(log.clock.run(writer.close()))).toMatchObject({ code: "WAL_CLOSED" });
	});
});

describe("a batch that is not what it says", () => {
	const column = (type: DataType, parts: object) => {
		const schema = new Schema([new Field("id", type, true)]);
		const child = makeData({ type, length: 2, ...parts } as Parameters<typeof makeData>[0]);
		return new RecordBatch(
			schema,
			makeData({ type: new Struct(schema.fields), length: 2, nullCount: 0, children: [child] }),
		);
	};
	const gone = Int32Array.of(1, 2);
	const damaged = {
		"with text beyond its bytes": column(new Utf8(), {
			valueOffsets: Int32Array.of(0, 5, 100),
			data: new Uint8Array(7),
		}),
		"with offsets that go back": column(new Utf8(), { valueOffsets: Int32Array.of(5, 3, 0), data: new Uint8Array(7) }),
		"with memory that was handed over": column(new Int32(), { data: gone }),
	};
	structuredClone(gone.buffer, { transfer: [gone.buffer] });

	it.each(Object.entries(damaged))("%s, is refused at its put, and takes nobody along", async (_, bad) => {
		const log = new TestLog();
		const { schema } = bad;
		const text = schema.fields[0]?.type instanceof Utf8;
		const good = text ? batchFrom(schema, { id: ["a"] }) : batchOf(7);
		const writer = await openWriter(log, { schema });
		const puts = [writer.put([good]), failureOf(writer.put([good, bad])), writer.put([good])];
		expect(() => writer.putNoWait([bad])).toThrow(expect.objectContaining({ code: "WAL_INVALID" }));
		const [first, refused, last] = await log.clock.run(Promise.all(puts));
		expect(refused).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		expect([first, last]).toMatchObject([{ entryPosition: 1n }, { entryPosition: 1n }]);
		expect(writer.stats()).toMatchObject({ puts: { count: 2 }, stopped: undefined });
		await log.clock.run(writer.close());
	});

	it("when it becomes so while it waits, ends the writer, and nothing was written", async () => {
		const log = new TestLog();
		const writer = await openWriter(log);
		const batch = batchOf(1, 2);
		const put = failureOf(writer.put([batch]));
		const { buffer } = batch.getChildAt(0)?.data[0]?.values ?? new Int32Array();
		structuredClone(buffer, { transfer: [buffer] });
		expect(await log.clock.run(put)).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		expect(() => writer.scan()).toThrow(expect.objectContaining({ code: "WAL_POISONED" }));
		expect([await log.ids(), await failureOf(log.clock.run(writer.close()))]).toMatchObject([
			[],
			{ code: "WAL_INVALID" },
		]);
	});
});

describe("indexes that fail in a way that nobody thought of", () => {
	const fails = (what: "make" | "insert" | "insert at once") => {
		let made = 0;
		return () => {
			// One is made to check the schema, one for the first memtable.
			if (what === "make" && ++made > 2) throw new Error("the index broke");
			const index = new IndexDouble({
				column: "id",
				beforeBatch: async () => {
					if (what === "insert") throw new Error("the index broke");
				},
			});
			if (what === "insert at once")
				index.insertBatches = () => {
					throw new Error("the index broke");
				};
			return index;
		};
	};

	it.each(["durable", "deferred"] as const)("when they are made, end a %s writer and every put", async (durability) => {
		const log = new TestLog();
		const writer = await openWriter(log, { indexes: fails("make"), durability, limits: { maxMemtableBatches: 1 } });
		const puts = [1, 2, 3].map((id) => failureOf(writer.put([batchOf(id)])).catch(() => undefined));
		const [, second, third] = await log.clock.run(Promise.all(puts));
		expect(second).toMatchObject({ code: "WAL_INTERNAL", outcome: "not-written" });
		expect(third).toMatchObject({ outcome: "not-written" });
		expect(() => writer.scan()).toThrow(expect.objectContaining({ code: "WAL_POISONED" }));
		expect(await failureOf(log.clock.run(writer.close()))).toMatchObject({ code: "WAL_INTERNAL" });
		const next = await openWriter(log);
		expect([[], [1]]).toContainEqual(await visibleIds(next));
		await log.clock.run(next.close());
	});

	it("when they are made to give a waiting put room, fail that put, and no row is seen twice", async () => {
		for (const how of ["put", "putNoWait"] as const) {
			const log = new TestLog();
			const limits = { maxMemtableBytes: 250 * ROW, maxMemoryBytes: 250 * ROW };
			const writer = await openWriter(log, { indexes: fails("make"), sink: new SinkDouble(), limits });
			await log.clock.run(writer.put([batchOfRows(200).slice(0, 3)]));
			const failure = await failureOf(log.clock.run((async () => writer[how]([batchOfRows(100)]))()));
			expect((failure as WalError).outcome).toBe("not-written");
			expect(await visibleIds(writer)).toEqual([0, 1, 2]);
			await log.clock.run(writer.close());
		}
	});

	it.each(["insert", "insert at once"] as const)(
		"as they %s ahead of the log, say how far the rows got",
		async (how) => {
			const log = new TestLog();
			const writer = await openWriter(log, { indexes: fails(how), durability: "deferred" });
			const failure = await failureOf(log.clock.run(writer.put([batchOf(1)])));
			expect(failure).toMatchObject({ code: "WAL_INTERNAL" });
			const written = (await log.ids()).length > 0;
			expect([written ? "written" : "not-written", "unknown"]).toContain((failure as WalError).outcome);
			expect(await failureOf(log.clock.run(writer.close()))).toMatchObject({ code: "WAL_INTERNAL" });
		},
	);

	it("as they are read from the log, say so", async () => {
		const log = await logOf(3);
		const failure = await failureOf(openWriter(log, { indexes: fails("insert") }));
		expect(failure).toMatchObject({ code: "WAL_INTERNAL", cause: { message: "the index broke" } });
	});
});

it("a queue of memtables that has ended says so to whoever waits, also when another one comes", async () => {
	const log = new TestLog();
	const sink = new SinkDouble();
	const { clock, random } = log;
	const queue = new SinkQueue({
		sink,
		schema: ID_SCHEMA,
		manifests: new ShardManifestStore(log.options()),
		epoch: 1n,
		replayAfterEntryPosition: 0n,
		clock,
		random,
		observer: undefined,
		onSunk: () => undefined,
		onFenced: () => undefined,
	});
	await queue.end();
	queue.offer(new Memtable({ generation: 1n, capacity: 1, globalOffset: 0, schema: ID_SCHEMA, indexes: undefined }));
	expect(await failureOf(queue.next())).toMatchObject({ code: "WAL_CLOSED" });
	expect(sink.offered).toEqual([]);
});
