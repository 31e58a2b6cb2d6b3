import type { BatchTemplate } from "./batch-job.ts";
import { int8, int64, type Numbers, type Table, writeFlatbuffer } from "./flatbuffer-writer.ts";
import { HEADER_BATCH, HEADER_DICTIONARY, PREFIX_BYTES } from "./ipc-format.ts";
import { framed, messageTable } from "./schema-message.ts";

/** In the order in which the format numbers them. */
export const COMPRESSIONS = ["lz4", "zstd"] as const;

/** How the bodies of an entry are compressed. */
export type Compression = (typeof COMPRESSIONS)[number];

/** What a message with a body says, apart from the numbers that every batch has of its own. */
export interface BatchShapeOnWire {
	readonly nodes: number;
	readonly buffers: number;
	readonly compression: Compression | undefined;
	/** Buffers of each column of views. */
	readonly variadicCounts: readonly number[];
	readonly metadata?: ReadonlyMap<string, string> | undefined;
	/** The id of a dictionary, for a dictionary batch. */
	readonly dictionaryId?: number | undefined;
}

/** The framed message with zeros for its numbers. */
export function batchTemplate({
	nodes,
	buffers,
	compression,
	dictionaryId,
	variadicCounts,
	metadata,
}: BatchShapeOnWire): BatchTemplate {
	const rows = int64(0);
	const bodyLength = int64(0);
	const nodeVector: Numbers = { width: 16, count: nodes };
	const bufferVector: Numbers = { width: 16, count: buffers };
	const batch: Table = {
		fields: [
			rows,
			nodeVector,
			bufferVector,
			compression && { fields: [int8(COMPRESSIONS.indexOf(compression)), int8(0)] },
			variadicCounts.length > 0 ? { width: 8, values: variadicCounts } : undefined,
		],
	};
	const message =
		dictionaryId === undefined
			? messageTable(HEADER_BATCH, batch, bodyLength, metadata)
			: messageTable(HEADER_DICTIONARY, { fields: [int64(dictionaryId), batch] }, bodyLength, metadata);
	const { bytes, positions } = writeFlatbuffer(message);
	const frame = framed(bytes);
	const at = (described: object) => PREFIX_BYTES + (positions.get(described) ?? 0);
	return {
		bytes: frame,
		words: new Int32Array(frame.buffer),
		rowsAt: at(rows),
		bodyLengthAt: at(bodyLength),
		nodesAt: at(nodeVector),
		buffersAt: at(bufferVector),
	};
}
