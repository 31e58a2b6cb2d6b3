import { cpus, loadavg } from "node:os";
import { realClock } from "@memwal/wal-runtime";

/** How busy the machine was before a suite began. */
export interface Load {
	/** The system's load average over the last minute, in runnable tasks. */
	readonly oneMinute: number;
	/** Share of all cores that was busy in the second before, from 0 to 1, this process excepted. */
	readonly busy: number;
}

const WATCH_MS = 1_000;
/** Busier than this, medians drift with whatever else is running. */
const QUIET_BELOW = 0.25;

/** Looks at the machine for a second, while this process does nothing. */
export async function measureLoad(): Promise<Load> {
	const before = coreTimes();
	await realClock.sleep(WATCH_MS);
	const after = coreTimes();
	const busy = (after.busy - before.busy) / Math.max(1, after.all - before.all);
	return { oneMinute: round(loadavg()[0] ?? 0), busy: round(busy) };
}

export function isQuiet({ busy }: Load): boolean {
	return busy < QUIET_BELOW;
}

function coreTimes(): { readonly busy: number; readonly all: number } {
	let busy = 0;
	let idle = 0;
	for (const { times } of cpus()) {
		busy += times.user + times.nice + times.sys + times.irq;
		idle += times.idle;
	}
	return { busy, all: busy + idle };
}

function round(value: number): number {
	return Math.round(value * 100) / 100;
}
