import type { Codec } from "@memwal/wal-ipc-wasm";
import type { Schema } from "apache-arrow";

/**
 * The same schema, made by this package's copy of apache-arrow: a program may hold two copies, and each makes batches
 * only of what is its own.
 *
 * @throws `WAL_UNSUPPORTED` for a type that no entry can have.
 */
export function ownSchema(schema: Schema, codec: Codec): Schema {
	const entry = codec.encode({
		schema,
		batches: [],
		header: { writerEpoch: 0n, fenceSentinel: false },
		writeId: new Uint8Array(16),
	});
	try {
		return codec.decode(entry.bytes.slice()).schema;
	} finally {
		entry.release();
	}
}
