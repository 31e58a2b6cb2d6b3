import { type ResultRow, resultRow } from "../bench-result.ts";
import { type Codecs, encodeWith } from "./codecs.ts";
import { decodeName, encodeName, VARIANTS } from "./names.ts";
import { type Effort, measureWork } from "./repeated-work.ts";
import { requireRowsOf } from "./same-rows.ts";
import type { Workload } from "./workloads.ts";

/** Whole entries with LZ4, and entries looked through with `validate: "full"`, by both engines; checksums included. */
export async function compressedRows(
	workload: Workload,
	{ lz4, streams, wasmStreams }: Codecs,
	effort: Effort,
): Promise<ResultRow[]> {
	const encode = (codec: Codecs["whole"]) => () => {
		const entry = encodeWith(codec, workload);
		const { byteLength } = entry;
		entry.release();
		return byteLength;
	};
	const bytesBy = (codec: Codecs["whole"]) => {
		const entry = encodeWith(codec, workload);
		const bytes = entry.bytes.slice();
		entry.release();
		return bytes;
	};
	const packed = bytesBy(lz4.ts);
	if (!Buffer.from(packed).equals(bytesBy(lz4.wasm)))
		throw new Error(`ts and wasm compress ${workload.name} differently`);
	requireRowsOf(lz4.ts.decode(packed).batches, workload, "LZ4 by ts");
	requireRowsOf(lz4.wasm.decode(packed).batches, workload, "LZ4 by wasm");
	const plain = bytesBy(streams);
	const stream = plain.subarray(0, plain.length - 40).slice();
	const validate = "full";
	return [
		...(await compared(`${encodeName(workload.name)}, LZ4`, { ts: encode(lz4.ts), wasm: encode(lz4.wasm) }, effort)),
		...(await compared(
			`${decodeName(workload.name)}, LZ4`,
			{ ts: () => lz4.ts.decode(packed), wasm: () => lz4.wasm.decode(packed) },
			effort,
		)),
		...(await compared(
			`${decodeName(workload.name)}, validated in full`,
			{
				ts: () => streams.decode(stream, { validate }),
				wasm: () => wasmStreams.decode(stream, { validate }),
			},
			effort,
		)),
	];
}

async function compared(
	name: string,
	{ ts, wasm }: { readonly ts: () => unknown; readonly wasm: () => unknown },
	effort: Effort,
): Promise<ResultRow[]> {
	const garbage = "much";
	const times = await measureWork(
		[
			{ variant: VARIANTS.ts, garbage, run: ts },
			{ variant: VARIANTS.wasm, garbage, run: wasm },
		],
		effort,
	);
	const baseline = times(name, VARIANTS.ts);
	return [resultRow(baseline), resultRow(times(name, VARIANTS.wasm), { baseline })];
}
