/** The sample below which `share` of all samples lie, between two neighbours in proportion; NaN without samples. */
export function quantile(samples: readonly number[], share: number): number {
	const sorted = Float64Array.from(samples).sort();
	const at = share * (sorted.length - 1);
	const below = sorted[Math.floor(at)] ?? Number.NaN;
	const above = sorted[Math.ceil(at)] ?? Number.NaN;
	return below + (above - below) * (at - Math.floor(at));
}
