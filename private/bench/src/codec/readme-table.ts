import { isQuiet } from "../load.ts";
import { markdownTable, provenance } from "../markdown.ts";
import { goalText } from "../result-table.ts";
import type { Operation } from "./codec-internals.ts";
import type { CodecResult } from "./codec-result.ts";
import {
	buffersName,
	COMPRESSIBLE,
	compressName,
	decodeName,
	decompressName,
	encodeName,
	heapName,
	SWEPT_SIZES,
	sizeName,
	sweepName,
	VARIANTS,
	WORKLOADS,
} from "./names.ts";

/** The figures of a kept result, as Markdown. */
export function readmeTables(kept: CodecResult): string {
	return [
		`${provenance(kept.result)} Times hold for that machine, ratios travel further.`,
		"Medians, p10 and p90 are in `private/bench/results/codec.json`; peers are apache-arrow 21.2 and flechette 2.6.",
		...(isQuiet(kept.result.load)
			? []
			: [
					"**The machine was busy then: whoever leaves garbage suffers most from that, so ratios to peers are too large.**",
				]),
		"",
		"**Encode** into memory that is used again; in brackets how many times as fast as apache-arrow. “Copied” is a bare copy",
		"of the columns’ bytes, buffer by buffer; “pieces” are for `writev`: long columns stay where they are. Peers make no",
		"checksum, so these do without; the last but one column is a whole entry with it. Garbage is objects and ArrayBuffers.",
		"",
		encodeTable(kept),
		"",
		"**Decode** to views on what was received; in brackets, again, against apache-arrow.",
		"",
		decodeTable(kept),
		"",
		"**WebAssembly against TypeScript**, copies to and from its memory included, in MB/s. `auto` takes the faster:",
		"",
		engineTable(kept),
		"",
		"**Goals** that were set beforehand:",
		"",
		goalTable(kept),
	].join("\n");
}

function encodeTable(kept: CodecResult): string {
	const { row } = kept;
	const head = [
		"entry",
		"bytes",
		"copied",
		"apache-arrow",
		"flechette",
		"memwal",
		"pieces",
		"with checksum",
		"garbage: apache-arrow",
		"memwal",
	];
	return markdownTable(
		head,
		WORKLOADS.map((workload) => {
			const name = encodeName(workload);
			const against = (variant: string) => againstApache(kept, name, variant);
			return [
				workload,
				bytesText(row(sizeName(workload), VARIANTS.arena).p50),
				timeText(row(name, VARIANTS.memcpyPerBuffer).p50),
				timeText(row(name, VARIANTS.apache).p50),
				against(VARIANTS.flechette),
				`**${against(VARIANTS.arena)}**`,
				against(VARIANTS.pieces),
				against(VARIANTS.checksummed),
				garbageText(kept, name, VARIANTS.apache),
				garbageText(kept, name, VARIANTS.checksummed),
			];
		}),
	);
}

function decodeTable(kept: CodecResult): string {
	const head = [
		"entry",
		"apache-arrow",
		"flechette",
		"memwal",
		"lazy",
		"with checksum",
		"garbage: apache-arrow",
		"memwal",
		"lazy",
	];
	return markdownTable(
		head,
		WORKLOADS.map((workload) => {
			const name = decodeName(workload);
			const against = (variant: string) => againstApache(kept, name, variant);
			return [
				workload,
				timeText(kept.row(name, VARIANTS.apache).p50),
				against(VARIANTS.flechette),
				`**${against(VARIANTS.batches)}**`,
				`**${against(VARIANTS.lazy)}**`,
				against(VARIANTS.checksummed),
				...[VARIANTS.apache, VARIANTS.batches, VARIANTS.lazy].map((variant) => garbageText(kept, name, variant)),
			];
		}),
	);
}

function engineTable({ row }: CodecResult): string {
	const line = (what: string, name: string): string[] => {
		const ts = row(name, VARIANTS.ts);
		const wasm = row(name, VARIANTS.wasm);
		const ratio = wasm.ratio ?? Number.NaN;
		return [what, threeDigits(ts.p50), threeDigits(wasm.p50), `${threeDigits(ratio)}×`, ratio > 1 ? "wasm" : "ts"];
	};
	return markdownTable(
		["work", "ts", "wasm", "wasm/ts", "faster"],
		[
			...COMPRESSIBLE.map((column) => line(`LZ4, 4 MB of ${column}`, compressName(column))),
			...COMPRESSIBLE.map((column) => line(`un-LZ4, 4 MB of ${column}`, decompressName(column))),
			...(Object.entries(SWEPT_SIZES) as [Operation, readonly number[]][]).flatMap(([operation, sizes]) =>
				[4 << 10, sizes.at(-1) ?? 0].map((bytes) =>
					line(`${operation}, ${bytes >> 10} KiB`, sweepName(operation, bytes)),
				),
			),
		],
	);
}

function goalTable({ result }: CodecResult): string {
	const judged = result.rows.filter(({ met }) => met !== null);
	return markdownTable(
		["work", "who", "measured", "goal", ""],
		judged.map((row) => [
			row.name,
			row.variant,
			row.ratio === null ? `${row.p50} ${row.unit}` : `${threeDigits(row.ratio)}× ${row.baseline}`,
			goalText(row),
			row.met ? "met" : "**missed**",
		]),
	);
}

function againstApache({ row, speed }: CodecResult, name: string, variant: string): string {
	return `${timeText(row(name, variant).p50)} (${threeDigits(speed(name, variant, VARIANTS.apache))}×)`;
}

function garbageText({ row }: CodecResult, name: string, variant: string): string {
	const kibibytes = row(heapName(name), variant).p50 + row(buffersName(name), variant).p50;
	return kibibytes < 0.05 ? "0" : bytesText(kibibytes * 1024);
}

function timeText(micros: number): string {
	return micros < 1_000 ? `${threeDigits(micros)} µs` : `${threeDigits(micros / 1_000)} ms`;
}

function bytesText(bytes: number): string {
	if (bytes < 1_000) return `${threeDigits(bytes)} B`;
	return bytes < 1e6 ? `${threeDigits(bytes / 1_000)} kB` : `${threeDigits(bytes / 1e6)} MB`;
}

function threeDigits(value: number): string {
	const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
	return value.toFixed(digits);
}
