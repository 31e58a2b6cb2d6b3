const grouped = new Intl.NumberFormat("en-US");

/** `200,000` */
export function countText(count: number | bigint): string {
	return grouped.format(count);
}

/** `1 row`, `2 rows`, `3 entries` */
export function counted(count: number | bigint, singular: string, plural = `${singular}s`): string {
	return `${countText(count)} ${Number(count) === 1 ? singular : plural}`;
}

/** `1.6 MB`; decimal units, as storage is sold and billed. */
export function bytesText(bytes: number): string {
	const units = ["B", "kB", "MB", "GB", "TB", "PB"];
	let value = bytes;
	let unit = 0;
	while (value >= 999.5 && unit < units.length - 1) {
		value /= 1_000;
		unit++;
	}
	return `${unit === 0 ? value : threeDigits(value)} ${units[unit]}`;
}

/** `0.42 ms`, `3.1 ms`, `1.25 s` */
export function durationText(ms: number): string {
	return ms >= 999.5 ? `${threeDigits(ms / 1_000)} s` : `${threeDigits(ms)} ms`;
}

function threeDigits(value: number): string {
	return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
