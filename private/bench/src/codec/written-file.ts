import { closeSync, openSync, readFileSync, writeSync, writevSync } from "node:fs";
import { join } from "node:path";
import { RecordBatchStreamWriter } from "apache-arrow";
import { type ResultRow, resultRow } from "../bench-result.ts";
import { type Codecs, encodeWith, streamOf } from "./codecs.ts";
import { VARIANTS } from "./names.ts";
import { type Effort, measureWork, type Work } from "./repeated-work.ts";
import type { Workload } from "./workloads.ts";

const NAME = "encode and write large";
const WRITE = "write of encoded bytes";

/** Encodes and writes to a file, without a sync: what encoding adds to the write itself. */
export async function writtenFileRows(
	workload: Workload,
	codecs: Codecs,
	{ scratch, ...effort }: Effort & { readonly scratch: string },
): Promise<ResultRow[]> {
	const path = join(scratch, "entry.arrow");
	const file = openSync(path, "w+");
	try {
		const works = writeWorks(file, workload, codecs);
		verify(path, works, streamOf(codecs.streams, workload));
		const times = await measureWork(works, effort);
		const baseline = times(NAME, WRITE);
		return works.map(({ variant }) =>
			resultRow(times(NAME, variant), {
				baseline: variant === WRITE ? undefined : baseline,
				goal: variant === VARIANTS.pieces ? { atMost: 1.5 } : undefined,
			}),
		);
	} finally {
		closeSync(file);
	}
}

function writeWorks(file: number, workload: Workload, { streams, whole }: Codecs): readonly Work[] {
	const encoded = streamOf(streams, workload);
	const write = (bytes: Uint8Array) => requireAll(writeSync(file, bytes, 0, bytes.length, 0), bytes.length);
	const encodeAndWrite = (codec: Codecs["whole"], as: "pieces" | "bytes") => () => {
		const entry = encodeWith(codec, workload);
		if (as === "bytes") write(entry.bytes);
		else requireAll(writevSync(file, entry.pieces, 0), entry.byteLength);
		entry.release();
	};
	return [
		{ variant: WRITE, garbage: "little", run: () => write(encoded) },
		{ variant: VARIANTS.pieces, garbage: "little", run: encodeAndWrite(streams, "pieces") },
		{ variant: VARIANTS.arena, garbage: "little", run: encodeAndWrite(streams, "bytes") },
		{ variant: VARIANTS.checksummed, garbage: "little", run: encodeAndWrite(whole, "pieces") },
		{
			variant: VARIANTS.apache,
			garbage: "much",
			run: () => write(RecordBatchStreamWriter.writeAll([...workload.batches]).toUint8Array(true)),
		},
	];
}

function requireAll(written: number, bytes: number): void {
	if (written !== bytes) throw new Error(`${written} of ${bytes} bytes were written`);
}

/** Every way of ours leaves the same stream in the file. */
function verify(path: string, works: readonly Work[], stream: Uint8Array): void {
	for (const { variant, run } of works) {
		run();
		if (variant === VARIANTS.apache) continue;
		const found = readFileSync(path);
		if (!found.subarray(0, stream.length).equals(stream)) throw new Error(`${variant}: wrong bytes in the file`);
	}
}
