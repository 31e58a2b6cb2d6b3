import type { Codec } from "@memwal/wal-ipc-wasm";
import * as flechette from "@uwdata/flechette";
import { RecordBatchStreamWriter } from "apache-arrow";
import { type Goal, type Measurement, type ResultRow, resultRow } from "../bench-result.ts";
import { measureAllocation } from "./allocation.ts";
import { type Codecs, encodeWith, streamOf } from "./codecs.ts";
import { columnBuffers } from "./column-buffers.ts";
import { encodeName, heapName, sizeName, VARIANTS } from "./names.ts";
import { type Effort, measureWork, perSecond, type Work } from "./repeated-work.ts";
import { requireStreamOf } from "./same-rows.ts";
import type { Workload } from "./workloads.ts";

/** How many times as fast as apache-arrow. */
const FASTER_THAN_APACHE: Readonly<Record<string, Goal>> = {
	tiny: { atLeast: 20 },
	small: { atLeast: 12 },
	wide: { atLeast: 20 },
};
/** Times as long as copying the columns' bytes. */
const TIMES_MEMCPY: Readonly<Record<string, Goal>> = {
	small: { atMost: 3.5 },
	medium: { atMost: 1.1 },
	large: { atMost: 1.1 },
};

/** Encodes one workload in every way, and says what that takes of time and memory. */
export async function encodeRows(workload: Workload, codecs: Codecs, effort: Effort): Promise<ResultRow[]> {
	const stream = streamOf(codecs.streams, workload);
	const works = encodeWorks(workload, codecs, stream);
	const times = await measureWork(works, effort);
	const name = encodeName(workload.name);
	const perBuffer = times(name, VARIANTS.memcpyPerBuffer);
	const arena = times(name, VARIANTS.arena);
	const toApache = {
		baseline: perSecond(times(name, VARIANTS.apache)),
		goal: FASTER_THAN_APACHE[workload.name],
	};
	return [
		resultRow(bytesOf(sizeName(workload.name), stream.length)),
		...works.map(({ variant }) =>
			resultRow(times(name, variant), {
				baseline: variant === VARIANTS.memcpyPerBuffer ? undefined : perBuffer,
				goal: variant === VARIANTS.arena ? TIMES_MEMCPY[workload.name] : undefined,
			}),
		),
		resultRow(perSecond(arena), toApache),
		...works
			.filter(({ variant }) => !variant.startsWith("memcpy"))
			.flatMap((work) => allocationRows(name, work, effort)),
	];
}

export function allocationRows(name: string, work: Work, { quick }: Effort): ResultRow[] {
	const { heap, buffers } = measureAllocation(name, work, quick ? 3 : 9);
	const isTinyEncode = heap.name === heapName(encodeName("tiny")) && work.variant === VARIANTS.checksummed;
	return [
		resultRow(heap, { goal: isTinyEncode ? { atMost: 0.5 } : undefined }),
		resultRow(buffers, { goal: isTinyEncode ? { atMost: 0 } : undefined }),
	];
}

function bytesOf(name: string, bytes: number): Measurement {
	return { name, variant: VARIANTS.arena, unit: "bytes", samples: [bytes], rounds: 1 };
}

function encodeWorks(workload: Workload, codecs: Codecs, stream: Uint8Array): readonly Work[] {
	// Each copy has a target of its own, as each codec has an arena: two that took turns on one would find it in the cache
	// twice as often as an encoder finds its arena, which makes copies of 35 MB up to a quarter faster.
	const target = touchedBytes(stream.length + 4096);
	const perBufferTarget = touchedBytes(stream.length + 4096);
	const buffers = columnBuffers(workload);
	const toFlechette = flechette.tableFromIPC(stream);
	const byApache = () => RecordBatchStreamWriter.writeAll([...workload.batches]).toUint8Array(true);
	const byFlechette = () => flechette.tableToIPC(toFlechette, { format: "stream" });
	requireStreamOf(stream, workload, VARIANTS.arena);
	requireStreamOf(streamOf(codecs.wasmStreams, workload), workload, VARIANTS.wasmArena);
	requireStreamOf(streamOf(codecs.whole, workload), workload, VARIANTS.checksummed);
	requireStreamOf(byApache(), workload, VARIANTS.apache);
	requireStreamOf(byFlechette() ?? new Uint8Array(), workload, VARIANTS.flechette);
	return [
		{ variant: VARIANTS.memcpyWarm, garbage: "little", run: () => target.set(stream) },
		{ variant: VARIANTS.memcpyPerBuffer, garbage: "little", run: () => copyEach(buffers, perBufferTarget) },
		{ variant: VARIANTS.memcpyFresh, garbage: "much", run: () => new Uint8Array(stream.length).set(stream) },
		{ variant: VARIANTS.apache, garbage: "much", run: byApache },
		{ variant: VARIANTS.flechette, garbage: "much", run: byFlechette },
		{ variant: VARIANTS.arena, garbage: "little", run: intoArena(codecs.streams, workload) },
		{ variant: VARIANTS.pieces, garbage: "little", run: asPieces(codecs.streams, workload) },
		{ variant: VARIANTS.fresh, garbage: "much", run: () => streamOf(codecs.streams, workload) },
		{ variant: VARIANTS.wasmArena, garbage: "little", run: intoArena(codecs.wasmStreams, workload) },
		{ variant: VARIANTS.checksummed, garbage: "little", run: asPieces(codecs.whole, workload) },
	];
}

/** Memory whose pages are there, as those of an arena that is used again. */
function touchedBytes(byteLength: number): Uint8Array {
	return new Uint8Array(byteLength).fill(1);
}

function copyEach(buffers: readonly Uint8Array[], target: Uint8Array): number {
	let at = 0;
	for (const buffer of buffers) {
		target.set(buffer, at);
		at += buffer.length;
	}
	return at;
}

function intoArena(codec: Codec, workload: Workload): () => number {
	return () => {
		const entry = encodeWith(codec, workload);
		const { length } = entry.bytes;
		entry.release();
		return length;
	};
}

function asPieces(codec: Codec, workload: Workload): () => number {
	return () => {
		const entry = encodeWith(codec, workload);
		const { length } = entry.pieces;
		entry.release();
		return length;
	};
}
