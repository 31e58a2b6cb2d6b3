// Run by a Node that can redirect imports: every apache-arrow, that of arrow-js-ffi too, is the oldest that is allowed.
import { registerHooks } from "node:module";

const oldest = import.meta.resolve("apache-arrow-18");
registerHooks({
	resolve: (specifier, context, next) => next(specifier === "apache-arrow" ? oldest : specifier, context),
});
const arrow = await import("apache-arrow");
const { loadCodec } = await import("@memwal/wal-ipc-wasm");

const list = new arrow.List(new arrow.Field("item", new arrow.Decimal(2, 30, 128), true));
const columns = {
	number: arrow.vectorFromArray([1, null, 3, 4], new arrow.Int32()),
	large: arrow.vectorFromArray(["a", null, "ccc", "dd"], new arrow.LargeUtf8()),
	flag: arrow.vectorFromArray([true, null, false, true], new arrow.Bool()),
	when: arrow.vectorFromArray([1, null, 2, 3], new arrow.TimestampMillisecond("Europe/Oslo")),
	interval: arrow.vectorFromArray([Int32Array.of(1, 2), null, Int32Array.of(3, 4), null], new arrow.IntervalDayTime()),
	decimals: arrow.vectorFromArray([[Uint32Array.of(1, 0, 0, 0)], null, [], [null, Uint32Array.of(5, 6, 7, 8)]], list),
};
const [batch] = new arrow.Table(columns).batches;
const codec = await loadCodec({ compression: "lz4" });
const written = codec.encode({
	schema: batch.schema,
	batches: [batch],
	header: { writerEpoch: 1n, fenceSentinel: false },
	writeId: new Uint8Array(16),
});
const bytes = written.bytes.slice();
written.release();

const text = (read) =>
	read.data.children.map((data) =>
		JSON.stringify([...new arrow.Vector([data])], (_, value) => (typeof value === "bigint" ? `${value}` : value)),
	);
const entry = await codec.decodeInWasm(bytes);
const views = text(entry.batch(0));
const copies = text(entry.batch(0, { arrays: "copies" }));
const values = entry.batch(0).getChildAt(0).data[0].values;
entry.release();
console.log(
	JSON.stringify({
		arrow: oldest,
		ordinary: text(codec.decode(bytes).batches[0]),
		views,
		copies,
		afterRelease: values.length,
	}),
);
