import type { ResultRow } from "./bench-result.ts";
import { openCodecs } from "./codec/codecs.ts";
import { compressedRows } from "./codec/compressed-speed.ts";
import { decodeRows } from "./codec/decode-speed.ts";
import { encodeRows } from "./codec/encode-speed.ts";
import { engineRows, sweepRows } from "./codec/engine-speed.ts";
import { firstEncodeRows } from "./codec/first-encode.ts";
import { publishedSizeRows } from "./codec/published-size.ts";
import { makeWorkloads } from "./codec/workloads.ts";
import { writtenFileRows } from "./codec/written-file.ts";
import type { Suite, SuiteRun } from "./suite.ts";

/** Entries to bytes and back, by us in TypeScript and in WebAssembly, by apache-arrow and by flechette. */
export const codec: Suite = {
	name: "codec",
	title: "Entries to bytes and back, against apache-arrow, flechette and a bare copy",
	run: runCodec,
};

async function runCodec(run: SuiteRun): Promise<ResultRow[]> {
	const rows = firstEncodeRows(run.quick);
	const codecs = await openCodecs();
	const workloads = makeWorkloads(run);
	for (const workload of workloads) {
		rows.push(...(await encodeRows(workload, codecs, run)));
		rows.push(...(await decodeRows(workload, codecs, run)));
	}
	for (const workload of workloads) {
		if (workload.name === "large") rows.push(...(await writtenFileRows(workload, codecs, run)));
		if (["small", "medium", "flights"].includes(workload.name)) {
			rows.push(...(await compressedRows(workload, codecs, run)));
		}
	}
	rows.push(...(await engineRows(codecs, run)));
	rows.push(...(await sweepRows(codecs, run)));
	rows.push(...(await publishedSizeRows()));
	return rows;
}
