import { type JobEnd, WorkerProcess } from "./worker-process.ts";
import type { WorkerJob } from "./worker-protocol.ts";

export interface FailedCase {
	readonly number: number;
	readonly violations: readonly string[];
}

export interface FuzzReport {
	readonly cases: number;
	/** How many ended in what. */
	readonly outcomes: Readonly<Record<string, number>>;
	readonly failed: readonly FailedCase[];
}

export interface FuzzRunOptions {
	/** Cases are `[0, cases)`. */
	readonly cases: number;
	/** The job that judges these of them. */
	readonly jobFor: (from: number, to: number) => WorkerJob;
	readonly workers: number;
	/** Told after every job. */
	readonly onProgress?: ((done: number, failed: number) => void) | undefined;
	readonly startWorker?: (() => WorkerProcess) | undefined;
}

const CASES_PER_JOB = 2_000;
/** So many say what is wrong; more would only take time. */
const MAX_FAILED = 50;

/** Judges all cases in processes of their own; what hangs or kills one is a failed case, and the rest goes on in another. */
export async function runFuzz(options: FuzzRunOptions): Promise<FuzzReport> {
	const { cases, jobFor, workers, onProgress, startWorker = () => new WorkerProcess() } = options;
	const failed: FailedCase[] = [];
	const outcomes: Record<string, number> = {};
	let next = 0;
	let done = 0;
	const serve = async (): Promise<void> => {
		let worker = startWorker();
		try {
			while (next < cases && failed.length < MAX_FAILED) {
				let from = next;
				const to = Math.min(from + CASES_PER_JOB, cases);
				next = to;
				while (from < to && failed.length < MAX_FAILED) {
					const end = await worker.run(jobFor(from, to), (number, violations) => failed.push({ number, violations }));
					from = settle(end, from, to);
					if (end.kind !== "done") worker = startWorker();
				}
				onProgress?.(done, failed.length);
			}
		} finally {
			worker.kill();
		}
	};
	/** Takes a job's end into account, and gives where to go on. */
	const settle = (end: JobEnd, from: number, to: number): number => {
		if (end.kind === "done") {
			for (const [outcome, count] of Object.entries(end.outcomes)) outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
			done += to - from;
			return to;
		}
		if (end.stoppedAt === undefined) throw new Error(`a worker could not begin: ${end.problem}`);
		failed.push({ number: end.stoppedAt, violations: [`${end.kind}: ${end.problem}`] });
		outcomes[end.kind] = (outcomes[end.kind] ?? 0) + 1;
		done += end.stoppedAt + 1 - from;
		return end.stoppedAt + 1;
	};
	await Promise.all(Array.from({ length: Math.min(workers, Math.ceil(cases / CASES_PER_JOB)) }, serve));
	return { cases: done, outcomes, failed: failed.sort((a, b) => a.number - b.number) };
}
