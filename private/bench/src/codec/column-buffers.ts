import type { Data } from "apache-arrow";
import type { Workload } from "./workloads.ts";

/**
 * The bytes of a workload's rows, one view a buffer: what has to be moved, whoever moves it.
 *
 * Copied one by one they cost what a gather costs; one long copy of the same bytes is faster than any gather can be.
 */
export function columnBuffers({ batches }: Workload): readonly Uint8Array[] {
	const buffers: Uint8Array[] = [];
	for (const { data } of batches) for (const child of data.children) addBuffers(child, buffers);
	return buffers;
}

function addBuffers(data: Data, to: Uint8Array[]): void {
	for (const buffer of [data.nullBitmap, data.valueOffsets, data.values]) {
		if (!ArrayBuffer.isView(buffer)) continue;
		const { byteLength } = buffer as ArrayBufferView;
		if (byteLength > 0) to.push(new Uint8Array(buffer.buffer, buffer.byteOffset, byteLength));
	}
	for (const child of data.children) addBuffers(child, to);
	for (const values of data.dictionary?.data ?? []) addBuffers(values, to);
}
