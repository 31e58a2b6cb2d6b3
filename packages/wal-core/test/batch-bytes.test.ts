import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { rowBytesOf } from "../src/batch-bytes.ts";
import { BatchStore } from "../src/batch-store.ts";
import { batchOfRows } from "./test-flusher.ts";

type Props = { readonly type: arrow.DataType } & Record<string, unknown>;
const makeData = arrow.makeData as unknown as (props: Props) => arrow.Data;
const field = (name: string, type: arrow.DataType) => new arrow.Field(name, type, true);

/** A batch of these columns. */
function batch(...columns: arrow.Data[]): arrow.RecordBatch {
	const fields = columns.map(({ type }, index) => field(`c${index}`, type));
	const length = columns[0]?.length ?? 0;
	const rows = makeData({ type: new arrow.Struct(fields), length, nullCount: 0, children: columns });
	return new arrow.RecordBatch(new arrow.Schema(fields), rows as arrow.Data<arrow.Struct>);
}

/** Bytes of all rows of a column, and of two from the second on. */
const bytesOf = (column: arrow.Data) => [rowBytesOf(batch(column)), rowBytesOf(batch(column).slice(1, 3))];

const int8 = (...values: number[]) => makeData({ type: new arrow.Int8(), data: Int8Array.from(values) });
const utf8 = (...texts: string[]) =>
	makeData({
		type: new arrow.Utf8(),
		valueOffsets: Int32Array.from([0, ...texts].map((_, end) => texts.slice(0, end).join("").length)),
		data: new TextEncoder().encode(texts.join("")),
	});

/** Views: those of more than 12 bytes are in a buffer. */
function views(type: arrow.DataType, texts: readonly string[], nullBitmap?: Uint8Array): arrow.Data {
	const bytes = new Uint8Array(16 * texts.length);
	const view = new DataView(bytes.buffer);
	let content = "";
	for (const [row, text] of texts.entries()) {
		view.setInt32(row * 16, text.length, true);
		if (text.length <= 12) {
			bytes.set(new TextEncoder().encode(text), row * 16 + 4);
			continue;
		}
		view.setInt32(row * 16 + 12, content.length, true);
		content += text;
	}
	const buffers = [undefined, bytes, nullBitmap];
	const NewData = arrow.Data as unknown as new (...parts: unknown[]) => arrow.Data;
	const variadic = [new TextEncoder().encode(content)];
	return new NewData(type, 0, texts.length, nullBitmap ? -1 : 0, buffers, [], undefined, variadic);
}

describe("bytes of the rows", () => {
	it("are those of values and validity, of the slice alone", () => {
		expect(bytesOf(int8(1, 2, 3, 4))).toEqual([4, 2]);
		const longs = makeData({ type: new arrow.Int64(), data: new BigInt64Array(4), nullBitmap: Uint8Array.of(5) });
		expect(bytesOf(longs)).toEqual([33, 17]);
		const bools = makeData({ type: new arrow.Bool(), length: 20, data: new Uint8Array(3) });
		expect(bytesOf(bools)).toEqual([3, 1]);
		expect(bytesOf(makeData({ type: new arrow.Decimal(2, 9, 128), data: new Uint32Array(16) }))).toEqual([64, 32]);
		const threeBytes = makeData({ type: new arrow.FixedSizeBinary(3), data: new Uint8Array(12) });
		expect(bytesOf(threeBytes)).toEqual([12, 6]);
		expect(bytesOf(makeData({ type: new arrow.Null(), length: 4 }))).toEqual([0, 0]);
	});

	it("are those of offsets and of what they enclose", () => {
		expect(bytesOf(utf8("long ago", "a", "bc", "later"))).toEqual([5 * 4 + 16, 3 * 4 + 3]);
		const lists = makeData({
			type: new arrow.List(field("item", new arrow.Int8())),
			valueOffsets: Int32Array.of(0, 4, 5, 5, 7),
			child: int8(0, 0, 0, 0, 1, 2, 3),
		});
		expect(bytesOf(lists)).toEqual([5 * 4 + 7, 3 * 4 + 1]);
	});

	it("are those of children, at any depth", () => {
		const names = utf8("long ago", "a", "bc", "later");
		const struct = makeData({
			type: new arrow.Struct([field("a", new arrow.Int8()), field("b", new arrow.Utf8())]),
			length: 4,
			nullCount: 0,
			children: [int8(1, 2, 3, 4), names],
		});
		expect(bytesOf(struct)).toEqual([4 + 36, 2 + 15]);
		const triples = makeData({
			type: new arrow.FixedSizeList(3, field("item", new arrow.Int8())),
			length: 4,
			child: int8(...new Array(12).fill(1)),
		});
		expect(bytesOf(triples)).toEqual([12, 6]);
		const listOfStructs = makeData({
			type: new arrow.List(field("item", struct.type)),
			valueOffsets: Int32Array.of(0, 0, 2, 2, 4),
			child: struct,
		});
		expect(bytesOf(listOfStructs)).toEqual([5 * 4 + 40, 3 * 4 + 2 + 3 * 4 + 9]);
	});

	it("are those of the children that a union's rows lead to", () => {
		const types = [field("n", new arrow.Int8()), field("t", new arrow.Utf8())];
		const typeIds = Int8Array.of(0, 1, 0, 1);
		const sparse = makeData({
			type: new arrow.SparseUnion([0, 1], types),
			typeIds,
			children: [int8(1, 0, 3, 0), utf8("", "ab", "", "c")],
		});
		expect(bytesOf(sparse)).toEqual([4 + 4 + 5 * 4 + 3, 2 + 2 + 3 * 4 + 2]);
		const dense = makeData({
			type: new arrow.DenseUnion([0, 1], types),
			typeIds,
			valueOffsets: Int32Array.of(0, 0, 1, 1),
			children: [int8(1, 3), utf8("ab", "c")],
		});
		expect(bytesOf(dense)).toEqual([4 + 16 + 2 + 3 * 4 + 3, 2 + 8 + 1 + 2 * 4 + 2]);
	});

	it("count a dictionary once a batch, whole, since it is written with every entry", () => {
		const values = arrow.makeVector(utf8("long ago", "later") as arrow.Data<arrow.Utf8>);
		const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8(), 1);
		const coded = makeData({ type, data: Int8Array.of(0, 1, 0, 1), dictionary: values });
		expect(bytesOf(coded)).toEqual([4 + 3 * 4 + 13, 2 + 3 * 4 + 13]);
		expect(rowBytesOf(batch(coded, coded))).toBe(4 + 4 + 3 * 4 + 13);
	});

	it("count what views refer to, at the top and below", () => {
		const texts = ["short", "more than twelve bytes", "", "again more than twelve"];
		for (const type of [new arrow.Utf8View(), new arrow.BinaryView()]) {
			expect(bytesOf(views(type, texts))).toEqual([4 * 16 + 44, 2 * 16 + 22]);
			const column = makeData({
				type: new arrow.Struct([field("v", type)]),
				length: 4,
				nullCount: 0,
				children: [views(type, texts)],
			});
			expect(bytesOf(column)).toEqual([4 * 16 + 44, 2 * 16 + 22]);
		}
	});

	it("count what views refer to once, however many share it, and nothing for nulls", () => {
		const long = "more than twelve bytes";
		const shared = views(new arrow.Utf8View(), [long, long]);
		new DataView(shared.values.buffer).setInt32(16 + 12, 0, true);
		const half = new (arrow.Data as unknown as new (...parts: unknown[]) => arrow.Data)(
			shared.type,
			0,
			2,
			0,
			shared.buffers,
			[],
			undefined,
			[shared.variadicBuffers[0]?.subarray(0, long.length)],
		);
		expect(rowBytesOf(batch(half))).toBe(2 * 16 + long.length);
		expect(rowBytesOf(batch(views(new arrow.Utf8View(), [long, long], Uint8Array.of(2))))).toBe(1 + 2 * 16 + 22);
	});
});

describe("the ledgers of a memtable", () => {
	it("charge a hundred slices of one batch with their rows, and with that batch's memory once", () => {
		const parent = batchOfRows(1_000);
		const store = new BatchStore({ capacity: 100 });
		for (let row = 0; row < 1_000; row += 10) store.append(parent.slice(row, row + 10));
		expect([store.rows, store.rowBytes, store.retainedBytes]).toEqual([1_000, 4_000, 4_000]);
	});

	it("charge one row with all the memory that it keeps", () => {
		const store = new BatchStore({ capacity: 2 });
		store.append(batchOfRows(1_000).slice(7, 8));
		expect([store.rowBytes, store.retainedBytes]).toEqual([4, 4_000]);
	});

	it("take a batch for a slice in all its short arrays, or in none, by the first of them", () => {
		const pool = new Int8Array(1_000);
		const short = () => makeData({ type: new arrow.Int8(), data: pool.subarray(0, 1) });
		const retained = (given: arrow.RecordBatch) => {
			const store = new BatchStore({ capacity: 2 });
			store.append(given);
			return store.retainedBytes;
		};
		expect(retained(batch(int8(1, 2), int8(3, 4)).slice(0, 1))).toBe(4);
		expect(retained(batch(short(), int8(1)))).toBe(1_000 + 1);
		expect(retained(batch(int8(1), short()))).toBe(1 + 1);
		const second = makeData({ type: new arrow.Int8(), data: pool.subarray(1, 2) });
		expect(retained(batch(int8(1), second))).toBe(1 + 1_000);
	});

	it("charge each buffer: of offsets, validity, types, children, views and dictionaries", () => {
		const store = new BatchStore({ capacity: 10 });
		const values = arrow.makeVector(utf8("long ago") as arrow.Data<arrow.Utf8>);
		const coded = makeData({
			type: new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8(), 1),
			data: Int8Array.of(0),
			dictionary: values,
			nullBitmap: Uint8Array.of(1),
		});
		store.append(batch(coded));
		expect(store.retainedBytes).toBe(1 + 1 + 2 * 4 + 8);
		store.append(batch(views(new arrow.Utf8View(), ["more than twelve bytes"])));
		expect(store.retainedBytes).toBe(18 + 16 + 22);
		const dense = makeData({
			type: new arrow.DenseUnion([0], [field("n", new arrow.Int8())]),
			typeIds: Int8Array.of(0),
			valueOffsets: Int32Array.of(0),
			children: [int8(9)],
		});
		store.append(batch(dense));
		expect(store.retainedBytes).toBe(56 + 1 + 4 + 1);
	});

	it("charge a buffer that batches share once, unless remembering it would take as much as it holds", () => {
		for (const [bytes, held] of [
			[64, 2 * 64],
			[65, 65],
		] as const) {
			const store = new BatchStore({ capacity: 2 });
			for (let time = 0; time < 2; time++)
				store.append(batch(makeData({ type: new arrow.Int8(), data: new Int8Array(bytes) })));
			expect(store.retainedBytes).toBe(2 * bytes);
			const shared = batch(makeData({ type: new arrow.Int8(), data: new Int8Array(bytes) }));
			const sharing = new BatchStore({ capacity: 2 });
			for (let time = 0; time < 2; time++) sharing.append(shared);
			expect(sharing.retainedBytes).toBe(held);
		}
	});
});
