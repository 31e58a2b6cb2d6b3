import type { BatchTemplate } from "./batch-job.ts";
import { int8, int64, type Table, writeFlatbuffer, type ZeroPairs } from "./flatbuffer-writer.ts";
import { COMPRESSION_CODEC, HEADER_TYPE, PREFIX_BYTES } from "./ipc-format.ts";
import { framed, messageTable } from "./schema-message.ts";

/** How the bodies of an entry are compressed. */
export type Compression = keyof typeof COMPRESSION_CODEC;

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
export function batchTemplate(shape: BatchShapeOnWire): BatchTemplate {
	const rows = int64(0);
	const bodyLength = int64(0);
	const nodes: ZeroPairs = { pairs: shape.nodes };
	const buffers: ZeroPairs = { pairs: shape.buffers };
	const { compression, variadicCounts, dictionaryId } = shape;
	const batch: Table = {
		fields: [
			rows,
			nodes,
			buffers,
			compression && { fields: [int8(COMPRESSION_CODEC[compression]), int8(0)] },
			variadicCounts.length > 0 ? { width: 8, values: variadicCounts } : undefined,
		],
	};
	const message =
		dictionaryId !== undefined
			? messageTable(HEADER_TYPE.dictionary, { fields: [int64(dictionaryId), batch] }, bodyLength, shape.metadata)
			: messageTable(HEADER_TYPE.batch, batch, bodyLength, shape.metadata);
	const { bytes, positions } = writeFlatbuffer(message);
	const frame = framed(bytes);
	const at = (described: object) => PREFIX_BYTES + (positions.get(described) ?? 0);
	return {
		bytes: frame,
		words: new Int32Array(frame.buffer),
		rowsAt: at(rows),
		bodyLengthAt: at(bodyLength),
		nodesAt: at(nodes),
		buffersAt: at(buffers),
	};
}
