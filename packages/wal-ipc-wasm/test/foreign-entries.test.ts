import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { codec, columnBatch, columnValues } from "./sample-entries.ts";

const golden = fileURLToPath(new URL("../../../private/interop/golden/", import.meta.url));
const shard = "aa48498d-ac91-59e2-8452-69f46010ace2";

function goldenEntries(tree: string): { position: number; bytes: Uint8Array<ArrayBuffer> }[] {
	const folder = `${golden}${tree}/${shard}/wal/`;
	return readdirSync(folder)
		.map((name) => ({
			position: Number(`0b${[...name.slice(0, 64)].reverse().join("")}`),
			bytes: new Uint8Array(readFileSync(folder + name)),
		}))
		.sort((a, b) => a.position - b.position);
}

/** What another writer puts into an entry: a stream whose schema names an epoch, and nothing behind it. */
function foreignStream(batch: arrow.RecordBatch, metadata: Record<string, string>): Uint8Array<ArrayBuffer> {
	const schema = new arrow.Schema(batch.schema.fields, new Map(Object.entries(metadata)));
	const writer = new arrow.RecordBatchStreamWriter();
	writer.write(new arrow.RecordBatch(schema, batch.data));
	return writer.finish().toUint8Array(true).slice();
}

describe("entries that a real engine wrote are read", () => {
	const replicated = ["id: Int32", "name: Utf8?", "_tombstone: Bool"];
	const firstThree = [
		{
			position: 1,
			epoch: 1n,
			columns: [
				[
					[0, 1],
					["n0", null],
					[false, false],
				],
			],
		},
		{
			position: 2,
			epoch: 1n,
			columns: [
				[
					[10, 11],
					["n1", null],
					[false, false],
				],
			],
		},
		{
			position: 3,
			epoch: 1n,
			columns: [
				[
					[20, 21],
					["n2", null],
					[false, false],
				],
			],
		},
	].map((entry) => ({ ...entry, fields: replicated }));
	const afterCrash = [
		{ position: 4, epoch: 2n, columns: [], fields: [] },
		{ position: 5, epoch: 2n, columns: [[[10], ["updated"], [false]]], fields: replicated },
	];
	const walOnly = { position: 1, epoch: 1n, columns: [[[7], [1]]], fields: ["id: Int32", "v: Float64?"] };

	it.each([
		["closed_cleanly", firstThree],
		["reopened_after_crash", [...firstThree, ...afterCrash]],
		["wal_only", [walOnly]],
	])("%s", (tree, expected) => {
		const read = goldenEntries(tree).map(({ position, bytes }) => {
			const { header, writeId, schema, batches, rows } = codec.decode(bytes);
			expect([writeId, schema.metadata.size]).toEqual([undefined, 0]);
			expect(rows).toBe(batches.reduce((sum, batch) => sum + batch.numRows, 0));
			const fields = schema.fields.map((field) => `${field}${field.nullable ? "?" : ""}`);
			return { position, epoch: header.writerEpoch, columns: batches.map(columnValues), fields };
		});
		expect(read).toEqual(expected);
	});

	it("the 200-byte sentinel of an engine is a sentinel", () => {
		const sentinels = goldenEntries("reopened_after_crash").filter(({ bytes }) => bytes.length === 200);
		expect(sentinels.map(({ bytes }) => codec.decode(bytes))).toMatchObject([
			{ header: { writerEpoch: 2n, fenceSentinel: true }, batches: [], rows: 0, writeId: undefined },
		]);
	});
});

describe("what another writer may do", () => {
	const batch = columnBatch(new arrow.Int32(), [1, null]);

	it("it may add the engine's own keys, which callers do not see", () => {
		const keys = ["generation", "generation_dir", "data_file", "creator_epoch", "batch_capacity"];
		const target = Object.fromEntries(keys.map((key) => [`mem_wal_target_${key}`, "1"]));
		const read = codec.decode(foreignStream(batch, { ...target, writer_epoch: "4", generation: "2", kept: "yes" }));
		expect([...read.schema.metadata]).toEqual([["kept", "yes"]]);
		expect([...(read.batches[0]?.schema.metadata ?? [])]).toEqual([["kept", "yes"]]);
		expect(read.header).toEqual({ writerEpoch: 4n, generation: 2n, fenceSentinel: false });
	});

	it.each(["", "-1", "+1", "1.5", "0x1", " 1", "1 ", "01", "18446744073709551616", "1e3"])(
		"it may write the epoch %j, which is none",
		(epoch) => {
			expect(codec.decode(foreignStream(batch, { writer_epoch: epoch })).header.writerEpoch).toBeUndefined();
		},
	);

	it("it may leave the epoch out, which is then undefined", () => {
		expect(codec.decode(foreignStream(batch, {})).header.writerEpoch).toBeUndefined();
	});

	it("it may count -1 nulls in a list's values of type Null, as apache-arrow does", () => {
		const type = new arrow.List(new arrow.Field("item", new arrow.Null(), true));
		const stream = foreignStream(columnBatch(type, [[null], null, [null, null]]), {});
		expect(codec.decode(stream).batches.map(columnValues)).toEqual([[[[null], null, [null, null]]]]);
	});

	it("it may have batches without rows, which are left out", () => {
		const schema = new arrow.Schema(batch.schema.fields);
		const writer = new arrow.RecordBatchStreamWriter();
		for (const slice of [batch.slice(0, 0), batch, batch.slice(0, 0)])
			writer.write(new arrow.RecordBatch(schema, slice.data));
		const read = codec.decode(writer.finish().toUint8Array(true).slice());
		expect(read.batches.map(columnValues)).toEqual([[[1, null]]]);
	});

	it("it may be big-endian, which is unsupported", () => {
		const stream = new DataView(new ArrayBuffer(64));
		const fields: [at: number, uint16: number][] = [
			[0, 0xffff],
			[2, 0xffff],
			[4, 48],
			// A Message at 24, whose vtable at 12 says: header type at +8, header at +4.
			[8, 16],
			[12, 10],
			[14, 12],
			[18, 8],
			[20, 4],
			[24, 12],
			[28, 16],
			[32, 1],
			// A Schema at 44, whose vtable at 36 says: endianness at +4.
			[36, 6],
			[38, 8],
			[40, 4],
			[44, 8],
			[48, 1],
			[56, 0xffff],
			[58, 0xffff],
		];
		for (const [at, value] of fields) stream.setUint16(at, value, true);
		const decode = () => codec.decode(new Uint8Array(stream.buffer));
		expect(decode).toThrow(
			expect.objectContaining({ code: "WAL_UNSUPPORTED", message: expect.stringContaining("big-endian") }),
		);
		stream.setUint16(48, 0, true);
		expect(decode().rows).toBe(0);
	});

	it("it may have a type that apache-arrow lacks, which is unsupported", () => {
		const stream = foreignStream(batch, {});
		const messages = [...stream.keys()]
			.filter((at) => stream[at] === arrow.Type.Int)
			.map((at) => {
				const changed = stream.slice();
				changed[at] = 22;
				try {
					return `${codec.decode(changed).rows} rows`;
				} catch (error) {
					return `${error}`;
				}
			});
		expect(messages).toContainEqual(expect.stringContaining('Column "column" has the type number 22'));
	});
});
