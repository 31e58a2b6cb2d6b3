import { type Codec, type EntryHeader, loadCodec } from "@memwal/wal-ipc-wasm";
import * as arrow from "apache-arrow";

export const codec: Codec = await loadCodec();

export const WRITE_ID: Uint8Array<ArrayBuffer> = Uint8Array.from({ length: 16 }, (_, index) => 0xa0 + index);

export const HEADER: EntryHeader & { readonly writerEpoch: bigint } = { writerEpoch: 7n, fenceSentinel: false };

/** A batch whose columns are exactly these, whatever their names. */
export function batchOf(
	fields: readonly arrow.Field[],
	vectors: readonly arrow.Vector[],
	schema: arrow.Schema = new arrow.Schema([...fields]),
): arrow.RecordBatch {
	const children = vectors.map((vector) => vector.data[0] as arrow.Data);
	const type = new arrow.Struct([...fields]);
	const length = children[0]?.length ?? 0;
	return new arrow.RecordBatch(schema, arrow.makeData({ type, length, nullCount: 0, children }));
}

export function columnBatch(type: arrow.DataType, values: readonly unknown[]): arrow.RecordBatch {
	return batchOf([new arrow.Field("column", type, true)], [arrow.vectorFromArray(values, type)]);
}

/** The bytes of an entry; the lease is given back at once. */
export function encodedBytes(
	batches: readonly arrow.RecordBatch[],
	{ schema = batches[0]?.schema ?? new arrow.Schema([]), header = HEADER } = {},
): Uint8Array<ArrayBuffer> {
	const entry = codec.encode({ schema, batches, header, writeId: WRITE_ID });
	const bytes = entry.bytes.slice();
	entry.release();
	return bytes;
}

/** The bytes of an entry as this codec writes it. */
export function encodedBy(by: Codec, batches: readonly arrow.RecordBatch[]): Uint8Array<ArrayBuffer> {
	const schema = (batches[0] as arrow.RecordBatch).schema;
	const entry = by.encode({ schema, batches, header: HEADER, writeId: WRITE_ID });
	const bytes = entry.bytes.slice();
	entry.release();
	return bytes;
}

/** Every column's values, in plain JavaScript. */
export function columnValues(batch: arrow.RecordBatch): unknown[][] {
	return batch.data.children.map((data) => {
		const vector = new arrow.Vector([data]);
		return Array.from({ length: vector.length }, (_, row) => plain(vector.get(row)));
	});
}

function plain(value: unknown): unknown {
	if (value === null || typeof value !== "object") return value;
	if (value instanceof arrow.Vector) return Array.from(value, plain);
	if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array);
	if (value instanceof Date) return value;
	return Array.from(value as Iterable<[unknown, unknown]>, ([name, inner]) => [plain(name), plain(inner)]);
}

/** The length of an entry without its trailer. */
export function streamLengthOf(entry: Uint8Array): number {
	return entry.length - 40;
}
