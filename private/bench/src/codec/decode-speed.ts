import * as flechette from "@uwdata/flechette";
import { RecordBatchReader } from "apache-arrow";
import { type ResultRow, resultRow } from "../bench-result.ts";
import { type Codecs, encodeWith, streamOf } from "./codecs.ts";
import { allocationRows } from "./encode-speed.ts";
import { decodeName, VARIANTS } from "./names.ts";
import { type Effort, measureWork, perSecond, type Work } from "./repeated-work.ts";
import { requireRowsOf } from "./same-rows.ts";
import type { Workload } from "./workloads.ts";

/** Decodes one workload in every way, and says what that takes of time and memory. */
export async function decodeRows(workload: Workload, codecs: Codecs, effort: Effort): Promise<ResultRow[]> {
	const works = decodeWorks(workload, codecs);
	const times = await measureWork(works, effort);
	const name = decodeName(workload.name);
	const apache = times(name, VARIANTS.apache);
	const rate = (variant: string) => perSecond(times(name, variant));
	return [
		...works.map(({ variant }) =>
			resultRow(times(name, variant), { baseline: variant === VARIANTS.apache ? undefined : apache }),
		),
		resultRow(rate(VARIANTS.batches), { baseline: rate(VARIANTS.apache), goal: { atLeast: 10 } }),
		resultRow(rate(VARIANTS.lazy), { baseline: rate(VARIANTS.apache), goal: { atLeast: 50 } }),
		...works
			.filter(({ variant }) => !variant.startsWith("memcpy"))
			.flatMap((work) => allocationRows(name, work, effort)),
	];
}

function decodeWorks(workload: Workload, { streams, whole }: Codecs): readonly Work[] {
	const stream = streamOf(streams, workload);
	const encoded = encodeWith(whole, workload);
	const entry = encoded.bytes.slice();
	encoded.release();
	const target = new Uint8Array(stream.length).fill(1);
	const byApache = () => RecordBatchReader.from(stream).readAll();
	requireRowsOf(byApache(), workload, VARIANTS.apache);
	requireRowsOf(streams.decode(stream).batches, workload, VARIANTS.batches);
	requireRowsOf(whole.decode(entry).batches, workload, VARIANTS.checksummed);
	const frames = streams.frames(stream);
	const lazily = Array.from({ length: frames.length }, (_, index) => frames.batch(index));
	requireRowsOf(lazily, workload, VARIANTS.lazy);
	const rows = flechette.tableFromIPC(stream).numRows;
	if (rows !== frames.rows) throw new Error(`${VARIANTS.flechette} finds ${rows} rows in ${workload.name}`);
	return [
		{ variant: VARIANTS.memcpyWarm, garbage: "little", run: () => target.set(stream) },
		{ variant: VARIANTS.apache, garbage: "much", run: byApache },
		{ variant: VARIANTS.flechette, garbage: "much", run: () => flechette.tableFromIPC(stream) },
		{ variant: VARIANTS.batches, garbage: "little", run: () => streams.decode(stream) },
		{ variant: VARIANTS.lazy, garbage: "little", run: () => streams.frames(stream) },
		{ variant: VARIANTS.checksummed, garbage: "little", run: () => whole.decode(entry) },
	];
}
