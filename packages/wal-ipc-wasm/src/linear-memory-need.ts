import { aligned, LENGTH_PREFIX_BYTES, STORED_LENGTH } from "./batch-job.ts";
import type { Compression } from "./batch-template.ts";
import { mostUnpacked, ZSTD_MAX_EXPANSION } from "./body-reader.ts";
import { arrayBytes } from "./c-data-writer.ts";
import type { ColumnPlan } from "./column-plan.ts";
import { int64At } from "./flatbuffer-reader.ts";
import type { ReadPlan } from "./read-plan.ts";
import type { BatchMessage } from "./stream-scan.ts";

export interface LinearMemoryNeed {
	/** Of columns as they are unpacked, and of the structures that describe them: never too few. */
	readonly bytes: number;
	/** Those of them that buffers announce beyond what is common for their compressed bytes. */
	readonly unlikelyBytes: number;
	/** The longest compressed buffer. */
	readonly longestPacked: number;
}

/** What columns without views take in all batches, by what these say of themselves. */
export function linearMemoryNeed(
	view: DataView,
	{ columns, starts }: ReadPlan,
	indices: readonly number[],
	messages: readonly BatchMessage[],
): LinearMemoryNeed {
	let bytes = 0;
	let unlikelyBytes = 0;
	let longestPacked = 0;
	let next = 0;
	const addColumn = (message: BatchMessage, plan: ColumnPlan): void => {
		bytes += arrayBytes(plan.buffers, plan.children.length);
		for (const end = next + plan.buffers; next < end; next++) {
			// Its reader says that it has too few.
			if (next >= message.bufferCount) return;
			const at = message.buffersAt + next * 16;
			const length = int64At(view, at + 8);
			const unpacked = unpackedBytes(view, message, message.bodyStart + int64At(view, at), length);
			bytes += aligned(unpacked);
			if (message.compression) {
				unlikelyBytes += Math.max(0, unpacked - commonlyUnpacked(message.compression, length));
				longestPacked = Math.max(longestPacked, length);
			}
		}
		for (const child of plan.children) addColumn(message, child);
	};
	for (const message of messages) {
		if (message.dictionary) continue;
		bytes += arrayBytes(1, indices.length);
		for (const index of indices) {
			next = (starts[index] as ReadPlan["starts"][number]).buffer;
			addColumn(message, columns[index] as ColumnPlan);
		}
	}
	return { bytes, unlikelyBytes, longestPacked };
}

function unpackedBytes(view: DataView, { compression }: BatchMessage, start: number, length: number): number {
	if (!compression || length < LENGTH_PREFIX_BYTES) return length;
	const announced = int64At(view, start);
	const content = length - LENGTH_PREFIX_BYTES;
	if (announced === STORED_LENGTH) return content;
	return Math.max(0, Math.min(announced, mostUnpacked(compression, content)));
}

/** What so many bytes unpack to at the most, but for a ZSTD column that is almost constant. */
function commonlyUnpacked(compression: Compression, packedBytes: number): number {
	return compression === "zstd" ? packedBytes * ZSTD_MAX_EXPANSION : mostUnpacked(compression, packedBytes);
}
