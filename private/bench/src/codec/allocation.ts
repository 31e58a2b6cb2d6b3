import { memoryUsage } from "node:process";
import type { Measurement } from "../bench-result.ts";
import { liveBytes } from "../live-memory.ts";
import { quantile } from "../quantiles.ts";

/** So little that hardly any round meets a collection, which would make what was allocated look less. */
const MEASURED_BYTES = 256 << 10;
const MOST_RUNS = 200;

/** What one run leaves to the garbage collector, in KiB: objects, and the buffers behind them. */
export function measureAllocation(
	name: string,
	{ variant, run }: { readonly variant: string; run(): unknown },
	rounds: number,
): { readonly heap: Measurement; readonly buffers: Measurement } {
	liveBytes();
	const first = allocated(run, 1);
	const runs = Math.max(1, Math.min(MOST_RUNS, Math.floor(MEASURED_BYTES / Math.max(1, first.heap + first.buffers))));
	const taken = Array.from({ length: rounds }, () => {
		// What a large one left would be collected during the next.
		if (runs === 1) liveBytes();
		return allocated(run, runs);
	});
	const kibibytes = (bytes: number): number => Math.max(0, bytes) / runs / 1024;
	const measured = { variant, unit: "KiB", rounds };
	return {
		heap: { ...measured, name: `${name}: heap`, samples: taken.map(({ heap }) => kibibytes(heap - asking())) },
		buffers: { ...measured, name: `${name}: ArrayBuffers`, samples: taken.map(({ buffers }) => kibibytes(buffers)) },
	};
}

/** What {@link allocated} itself takes. */
let cost: number | undefined;
function asking(): number {
	cost ??= quantile(
		Array.from({ length: 15 }, () => allocated(() => undefined, 1).heap),
		0.5,
	);
	return cost;
}

function allocated(run: () => unknown, runs: number): { readonly heap: number; readonly buffers: number } {
	const before = memoryUsage();
	for (let i = 0; i < runs; i++) run();
	const after = memoryUsage();
	return { heap: after.heapUsed - before.heapUsed, buffers: after.arrayBuffers - before.arrayBuffers };
}
