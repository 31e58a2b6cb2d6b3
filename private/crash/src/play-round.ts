import { realClock } from "@memwal/wal-runtime";
import type { RoundPlan } from "./round-plan.ts";
import type { WriterPool } from "./writer-pool.ts";
import type { WriterProcess } from "./writer-process.ts";
import type { WriterJob } from "./writer-protocol.ts";

/** A round that is over: all its processes are gone. */
export interface PlayedRound {
	readonly writers: readonly WriterProcess[];
	/** The one that was killed. */
	readonly killed: WriterProcess | undefined;
	/** Whether a successor had opened when the writer before it was killed. */
	readonly successorOpened: boolean;
	/** Whether a stale writer was woken up and told that it is fenced. */
	readonly staleFenced: boolean;
	/** What the processes did that they never should. */
	readonly violations: readonly string[];
}

type Place = Omit<WriterJob, "producer">;

/** Plays one round on one shard; whatever happens, no process is left running. */
export async function playRound(plan: RoundPlan, place: Place, pool: WriterPool): Promise<PlayedRound> {
	const writers: WriterProcess[] = [];
	const start = async (): Promise<WriterProcess> => {
		const writer = await pool.take();
		writers.push(writer);
		return writer;
	};
	const violations: string[] = [];
	let killed: WriterProcess | undefined;
	let successorOpened = false;
	try {
		({ killed, successorOpened = false } = await play(plan, place, start));
		if (!killed.wasKilled) violations.push(`writer ${killed.producer} had ended before it could be killed`);
	} catch (error) {
		violations.push(error instanceof Error ? error.message : String(error));
	} finally {
		await Promise.all(writers.map((writer) => writer.kill()));
	}
	for (const { producer, failure } of writers) {
		if (failure !== undefined) violations.push(`writer ${producer} failed: ${failure}`);
	}
	return {
		writers,
		killed,
		successorOpened,
		staleFenced: plan.kind === "zombie" && writers[0]?.heard("fenced") === true,
		violations: [...new Set(violations)],
	};
}

interface Kill {
	readonly killed: WriterProcess;
	readonly successorOpened?: boolean;
}

async function play(plan: RoundPlan, place: Place, start: () => Promise<WriterProcess>): Promise<Kill> {
	const writer = await start();
	if (plan.kind === "opening" || plan.kind === "appending") {
		writer.begin(place);
		if (plan.kind === "appending") await writer.until("opened");
		await realClock.sleep(plan.killAfterMs);
		await writer.kill();
		return { killed: writer };
	}
	const successor = await start();
	writer.begin(place);
	await writer.until("opened");
	if (plan.kind === "successor") {
		await realClock.sleep(plan.successorAfterMs);
		successor.begin(place);
		if (plan.killOnceIt === "opened") await successor.until("opened");
		await realClock.sleep(plan.killAfterMs);
		const successorOpened = successor.heard("opened");
		await writer.kill();
		await successor.until("opened");
		await realClock.sleep(plan.successorGoesOnMs);
		await successor.end();
		return { killed: writer, successorOpened };
	}
	await realClock.sleep(plan.pauseAfterMs);
	writer.pause();
	successor.begin(place);
	await successor.until("opened");
	await realClock.sleep(plan.resumeAfterMs);
	writer.resume();
	await realClock.sleep(plan.killAfterMs);
	await successor.kill();
	await writer.until("fenced");
	await writer.dismiss();
	return { killed: successor };
}
