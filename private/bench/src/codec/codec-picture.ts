import type { CodecResult } from "./codec-result.ts";
import { decodeName, encodeName, VARIANTS, WORKLOADS } from "./names.ts";

interface Series {
	readonly variant: string;
	readonly label: string;
	readonly className: string;
	/** Where its label begins. */
	readonly labelAt: number;
}

interface Panel {
	readonly title: string;
	readonly nameOf: (workload: string) => string;
	readonly series: readonly Series[];
}

const PANELS: readonly Panel[] = [
	{
		title: "Encode",
		nameOf: encodeName,
		series: [
			{ variant: VARIANTS.arena, label: "memwal", className: "ours", labelAt: 62 },
			{ variant: VARIANTS.checksummed, label: "memwal, with checksum", className: "more", labelAt: 136 },
			{ variant: VARIANTS.flechette, label: "flechette", className: "peer", labelAt: 310 },
		],
	},
	{
		title: "Decode",
		nameOf: decodeName,
		series: [
			{ variant: VARIANTS.batches, label: "memwal, RecordBatch[]", className: "ours", labelAt: 62 },
			{ variant: VARIANTS.lazy, label: "memwal, lazy", className: "more", labelAt: 236 },
			{ variant: VARIANTS.flechette, label: "flechette", className: "peer", labelAt: 350 },
		],
	},
];

const WIDTH = 900;
const PANEL_WIDTH = 440;
const LABEL_WIDTH = 62;
const VALUE_WIDTH = 48;
const TOP = 92;
const BAR = 9;
const GROUP = 40;
const TICKS = [0.1, 1, 10, 100, 1_000, 10_000, 100_000];

/** How many times as fast as apache-arrow, as bars on a logarithmic axis. */
export function codecPicture(kept: CodecResult): string {
	const height = TOP + WORKLOADS.length * GROUP + 34;
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Speed against apache-arrow">
<style>
svg { background: #ffffff; font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
text { fill: #24292f; } .quiet { fill: #57606a; } .line { stroke: #d0d7de; } .one { stroke: #57606a; }
.ours { fill: #0969da; } .more { fill: #76b7ff; } .peer { fill: #bf8700; } .title { font-size: 15px; font-weight: 600; }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117; }
text { fill: #e6edf3; } .quiet { fill: #9198a1; } .line { stroke: #30363d; } .one { stroke: #9198a1; }
.ours { fill: #4493f8; } .more { fill: #1f4f8f; } .peer { fill: #d29922; }
}
</style>
<text x="10" y="24" class="title">Times as fast as apache-arrow (logarithmic)</text>
${PANELS.map((panel, index) => `<g transform="translate(${10 + index * PANEL_WIDTH} 0)">\n${drawPanel(panel, kept)}\n</g>`).join("\n")}
</svg>
`;
}

function drawPanel({ title, nameOf, series }: Panel, { speed }: CodecResult): string {
	const times = (workload: string, variant: string) => speed(nameOf(workload), variant, VARIANTS.apache);
	const all = WORKLOADS.flatMap((workload) => series.map(({ variant }) => times(workload, variant)));
	const first = TICKS.filter((tick) => tick <= Math.min(1, ...all)).at(-1) ?? 1;
	const last = TICKS.find((tick) => tick >= Math.max(...all)) ?? 100_000;
	const ticks = TICKS.filter((tick) => tick >= first && tick <= last);
	const [least, most] = [Math.log(ticks[0] ?? 1), Math.log(ticks.at(-1) ?? 1)];
	const room = PANEL_WIDTH - LABEL_WIDTH - VALUE_WIDTH;
	const at = (value: number) =>
		Math.round(LABEL_WIDTH + (Math.max(0, Math.log(value) - least) / (most - least)) * room);
	const bottom = TOP + WORKLOADS.length * GROUP;
	const out = [`<text x="0" y="52" class="title">${title}</text>`];
	for (const { label, className, labelAt: x } of series) {
		out.push(
			`<rect x="${x}" y="59" width="10" height="10" class="${className}"/><text x="${x + 15}" y="68">${label}</text>`,
		);
	}
	for (const tick of ticks) {
		out.push(
			`<line x1="${at(tick)}" x2="${at(tick)}" y1="${TOP - 10}" y2="${bottom}" class="${tick === 1 ? "one" : "line"}"/>`,
		);
		out.push(`<text x="${at(tick)}" y="${bottom + 16}" text-anchor="middle" class="quiet">${tick}×</text>`);
	}
	WORKLOADS.forEach((workload, group) => {
		const y = TOP + group * GROUP;
		out.push(`<text x="${LABEL_WIDTH - 8}" y="${y + 18}" text-anchor="end">${workload}</text>`);
		series.forEach(({ variant, className }, index) => {
			const value = times(workload, variant);
			const [from, to] = [Math.min(at(1), at(value)), Math.max(at(1), at(value))];
			const top = y + index * (BAR + 1);
			out.push(`<rect x="${from}" y="${top}" width="${Math.max(1, to - from)}" height="${BAR}" class="${className}"/>`);
			out.push(`<text x="${to + 4}" y="${top + 8}" font-size="9" class="quiet">${valueText(value)}</text>`);
		});
	});
	return out.join("\n");
}

function valueText(value: number): string {
	return `${value >= 10 ? Math.round(value) : value.toFixed(1)}×`;
}
