import { Field, Int64, makeData, RecordBatch, Schema, Struct, Utf8 } from "apache-arrow";

/** The size of the entry that such a batch makes, but for its header. */
const LARGE_ENTRY_BYTES = 1 << 20;

const ROWS = 1_024;
const ID_BYTES = 8;
const OFFSET_BYTES = 4;
const TEXT_BYTES = LARGE_ENTRY_BYTES / ROWS - ID_BYTES - OFFSET_BYTES;

const schema = new Schema([new Field("id", new Int64(), false), new Field("document", new Utf8(), false)]);
const [idType, textType] = schema.fields.map(({ type }) => type) as [Int64, Utf8];
const row = new Struct(schema.fields);
const DOCUMENTS = new TextEncoder().encode("a document of about a kilobyte. ".repeat(LARGE_ENTRY_BYTES / 32));
const OFFSETS = Int32Array.from({ length: ROWS + 1 }, (_, at) => at * TEXT_BYTES);

/** A batch of documents whose ids begin at `firstId`. */
export function largeBatch(firstId: number): RecordBatch {
	const ids = BigInt64Array.from({ length: ROWS }, (_, i) => BigInt(firstId + i));
	const children = [
		makeData({ type: idType, length: ROWS, nullCount: 0, data: ids }),
		makeData({
			type: textType,
			length: ROWS,
			nullCount: 0,
			valueOffsets: OFFSETS,
			data: DOCUMENTS.subarray(0, ROWS * TEXT_BYTES),
		}),
	];
	return new RecordBatch(schema, makeData({ type: row, length: ROWS, nullCount: 0, children }));
}

/** Throws unless the batch is the one that was made for `firstId`. */
export function requireLargeBatch(batch: RecordBatch, firstId: number): void {
	if (batch.numRows === ROWS && batch.getChild("id")?.get(0) === BigInt(firstId)) return;
	throw new Error(`the batch of document ${firstId} is not what was appended`);
}

/** Throws where the codec no longer makes entries of about the size that the suite speaks of. */
export function requireLargeEntry(bytes: number): void {
	if (Math.abs(bytes / LARGE_ENTRY_BYTES - 1) < 0.01) return;
	throw new Error(`the entry has ${bytes} bytes, not about ${LARGE_ENTRY_BYTES}: fit the batch to the codec`);
}
