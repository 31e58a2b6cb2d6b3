import type { Operation } from "./codec-internals.ts";
import type { CodecResult } from "./codec-result.ts";
import { SWEPT_SIZES, sweepName, VARIANTS } from "./names.ts";

/** Less would be noise: another run might say the opposite. */
const CLEARLY_FASTER = 1.1;
/** What holds at one size only may be chance. */
const LEAST_SIZES = 2;

/** The source of the table by which `prefer: "auto"` chooses. */
export function autoChoiceSource(result: CodecResult): string {
	const lines = Object.keys(SWEPT_SIZES).map((operation) => autoChoiceLine(operation as Operation, result));
	return `// Generated from private/bench/results by \`npm run generate\`; do not edit.
import type { Operation } from "../engines.ts";

/** Where \`wasm\` is measured to be faster, with its copies counted in: from so many bytes on; \`undefined\` for never. */
export interface AutoChoice {
	readonly wasmFromBytes: number | undefined;
	/** Speed of \`wasm\` against \`ts\` at the size named in \`measuredBytes\`. */
	readonly ratio: number;
	readonly measuredBytes: number;
}

export const AUTO_CHOICE: Readonly<Record<Operation, AutoChoice>> = {
${lines.join("\n")}
};
`;
}

function autoChoiceLine(operation: Operation, { row }: CodecResult): string {
	const measured = SWEPT_SIZES[operation].map((bytes) => {
		const [ts, wasm] = [row(sweepName(operation, bytes), VARIANTS.ts), row(sweepName(operation, bytes), VARIANTS.wasm)];
		const ratio = wasm.p50 / ts.p50;
		return { bytes, ratio, isFaster: ratio >= CLEARLY_FASTER && wasm.p10 > ts.p50 };
	});
	const from = measured
		.slice(0, 1 - LEAST_SIZES)
		.find((_, index) => measured.slice(index).every(({ isFaster }) => isFaster))?.bytes;
	const largest = measured.at(-1);
	if (!largest) throw new Error(`${operation} was measured at no size`);
	return `\t${JSON.stringify(operation)}: { wasmFromBytes: ${from}, ratio: ${largest.ratio.toFixed(2)}, measuredBytes: ${largest.bytes} },`;
}
