import { loadCodec } from "@memwal/wal-ipc-wasm";
import type { RecordBatch, TypeMap } from "apache-arrow";
import { expect, it, vi } from "vitest";

// The installed apache-arrow is 18.1 here, the oldest that is allowed, and batches come from the newest.
vi.mock("apache-arrow", () => import("apache-arrow-18"));
const arrow = await vi.importActual<typeof import("apache-arrow")>("apache-arrow");
const oldest = await import("apache-arrow-18");

const codec = await loadCodec();
const header = { writerEpoch: 1n, fenceSentinel: false };
const writeId = new Uint8Array(16);

function roundTrip(batch: RecordBatch) {
	const entry = codec.encode({ schema: batch.schema, batches: [batch], header, writeId });
	const read = codec.decode(entry.bytes.slice());
	entry.release();
	return read;
}

it("with the oldest apache-arrow, slices of what its writer gets wrong are right", () => {
	const columns = {
		large: arrow.vectorFromArray(["a", null, "ccc", "dd"], new arrow.LargeUtf8()),
		none: arrow.vectorFromArray([null, null, null, null], new arrow.Bool()),
		list: arrow.vectorFromArray(
			[["a"], null, ["b", null], []],
			new arrow.List(new arrow.Field("item", new arrow.Utf8(), true)),
		),
	};
	const batch = new arrow.Table<TypeMap>(columns).batches[0]?.slice(1) as RecordBatch;
	const [read] = roundTrip(batch).batches;
	expect(read).toBeInstanceOf(oldest.RecordBatch);
	expect(JSON.parse(JSON.stringify(read?.toArray()))).toEqual([
		{ large: null, none: null, list: null },
		{ large: "ccc", none: null, list: ["b", null] },
		{ large: "dd", none: null, list: [] },
	]);
});

it("with the oldest apache-arrow, types that it lacks are refused by name", () => {
	const item = new arrow.Field("item", new arrow.Int32(), true);
	const types = [
		new arrow.Utf8View(),
		new arrow.BinaryView(),
		new arrow.LargeList(item),
		new arrow.IntervalMonthDayNano(),
	];
	for (const type of types) {
		const schema = new arrow.Schema([new arrow.Field("column", type, true)]);
		expect(() => codec.encode({ schema, batches: [], header, writeId })).toThrow(
			expect.objectContaining({
				code: "WAL_UNSUPPORTED",
				message: expect.stringContaining(`"column" has the type ${type}`),
			}),
		);
	}
});

it("with the oldest apache-arrow, an entry with a type that it lacks is refused by name", () => {
	const batch = new arrow.RecordBatch({
		column: arrow.makeData({
			type: new arrow.Utf8View(),
			length: 1,
			views: new Uint8Array(16),
			variadicBuffers: [],
		} as never) as never,
	});
	const writer = new arrow.RecordBatchStreamWriter();
	writer.write(batch);
	const bytes = writer.finish().toUint8Array(true).slice();
	expect(() => codec.decode(bytes)).toThrow(
		expect.objectContaining({ code: "WAL_UNSUPPORTED", message: expect.stringContaining('"column"') }),
	);
});
