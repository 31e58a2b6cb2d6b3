import { WalError } from "@memwal/wal-runtime";
import { AsyncByteQueue, RecordBatchStreamWriter, Schema, util } from "apache-arrow";
import type { OutputStream } from "./output-stream.ts";
import type { RowSink } from "./row-sink.ts";

/** Keeps what the writer wrote until it is taken, so that the reader's pace is the writer's too. */
class ByteQueue extends AsyncByteQueue {
	#chunks: Uint8Array[] = [];

	override write(chunk: Parameters<AsyncByteQueue["write"]>[0]): void {
		this.#chunks.push(chunk as Uint8Array);
	}

	take(): Uint8Array {
		const bytes = Buffer.concat(this.#chunks);
		this.#chunks = [];
		return bytes;
	}
}

/** An Arrow IPC stream. A log may change its schema, one stream cannot. */
export function arrowSink(out: OutputStream): RowSink {
	const writer = new RecordBatchStreamWriter({ autoDestroy: false });
	const bytes = new ByteQueue();
	let schema: Schema | undefined;
	return {
		async rows(batches, entry) {
			if (schema === undefined) writer.reset(bytes, entry.schema);
			else if (!util.compareSchemas(schema, entry.schema)) {
				throw new WalError(
					"WAL_UNSUPPORTED",
					`entry ${entry.entryPosition} has another schema than those before it, which one Arrow stream cannot hold`,
				);
			}
			schema ??= entry.schema;
			for (const batch of batches) writer.write(batch);
			await out.write(bytes.take());
		},
		async end() {
			if (schema === undefined) writer.reset(bytes, new Schema([]));
			writer.finish();
			await out.write(bytes.take());
		},
	};
}
