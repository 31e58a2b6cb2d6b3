import { Field, Int64, makeData, RecordBatch, Schema, Struct, Utf8 } from "apache-arrow";

const schema = new Schema([new Field("id", new Int64(), false), new Field("event", new Utf8(), false)]);
const [idType, eventType] = schema.fields.map(({ type }) => type) as [Int64, Utf8];
const row = new Struct(schema.fields);
const EVENT = new TextEncoder().encode("user 4711 has put article 0815 into the basket".padEnd(64, "."));

/** What a service has that writes one event at a time: its schema, and buffers that it fills. */
export const EVENT_SCHEMA: Schema = schema;

/** A batch of one event. */
export function eventBatch(id: number): RecordBatch {
	const children = [
		makeData({ type: idType, length: 1, nullCount: 0, data: BigInt64Array.of(BigInt(id)) }),
		makeData({ type: eventType, length: 1, nullCount: 0, valueOffsets: Int32Array.of(0, EVENT.length), data: EVENT }),
	];
	return new RecordBatch(schema, makeData({ type: row, length: 1, nullCount: 0, children }));
}
