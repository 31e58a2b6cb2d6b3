import { realClock } from "@memwal/wal-runtime";
import { Presets, SingleBar } from "cli-progress";
import { countText } from "./display-numbers.ts";
import type { Session } from "./session.ts";

/** How far a long command is. */
export interface Progress {
	/** `share` is 0 to 1, where it is known. */
	update(count: number, share: number | undefined): void;
	/** Takes the bar away, for good. */
	stop(): void;
}

export interface ProgressOptions {
	/** What the bar is about, in a word or two. */
	readonly label: string;
	/** What is counted, in the plural. */
	readonly unit: string;
	/** How many were counted before. */
	readonly startCount?: number | undefined;
}

const steps = 1_000;
const silent: Progress = { update: () => undefined, stop: () => undefined };

/** A bar on standard error where that is a terminal, else nothing; the counted things a second beside it. */
export function startProgress({ err, errColors }: Session, { label, unit, startCount = 0 }: ProgressOptions): Progress {
	if (!err.isTerminal) return silent;
	const startedMs = realClock.monotonicMs();
	let count = startCount;
	let known = false;
	const bar = new SingleBar(
		{
			stream: err.stream as NodeJS.WritableStream,
			format: (_options, { progress }) => {
				const size = Math.max(10, Math.min(30, (err.columns ?? 80) - 50));
				const full = Math.round(size * progress);
				const drawn = `${"█".repeat(full)}${"░".repeat(size - full)}`;
				const rate = (count - startCount) / Math.max(0.001, (realClock.monotonicMs() - startedMs) / 1_000);
				const share = known ? ` ${errColors.cyan(drawn)} ${String(Math.floor(progress * 100)).padStart(3)} %` : "";
				return `${label}${share}  ${countText(count)} ${unit}  ${countText(Math.round(rate))}/s`;
			},
			clearOnComplete: true,
			hideCursor: true,
			linewrap: null,
			fps: 10,
			// Ctrl-C is the command's to handle.
			gracefulExit: false,
		},
		Presets.shades_classic,
	);
	bar.start(steps, 0);
	return {
		update(newCount, share) {
			count = newCount;
			known ||= share !== undefined;
			bar.update(Math.round((share ?? 0) * steps));
		},
		stop: () => bar.stop(),
	};
}
