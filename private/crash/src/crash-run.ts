import { seededRandom } from "@memwal/wal-runtime";
import type { CrashStore } from "./crash-store.ts";
import { readLog } from "./log-seen.ts";
import { type PlayedRound, playRound } from "./play-round.ts";
import { planRound } from "./round-plan.ts";
import { judgeLog, type LogCounts, NOTHING, type WriterHistory } from "./verdict.ts";
import { WriterPool } from "./writer-pool.ts";

export interface CrashRunOptions {
	readonly kills: number;
	readonly seed: number;
	readonly store: CrashStore;
	/** Told after every round. */
	readonly onRound?: (round: number, violations: readonly string[]) => void;
}

export interface RoundCounts {
	readonly kills: number;
	readonly killsWhileOpening: number;
	/** Rounds whose writer was killed after its successor had been told to open. */
	readonly successorsBeforeKill: number;
	/** Those of them whose successor had opened by then. */
	readonly successorsOpenAtKill: number;
	readonly zombies: number;
	readonly staleWritersFenced: number;
}

export interface CrashReport {
	readonly counts: RoundCounts & LogCounts;
	readonly violations: readonly string[];
}

/** After so many rounds a new shard begins: each is long enough for many epochs, and short enough to be read each time. */
const ROUNDS_PER_SHARD = 10;

/** One shard over its rounds. */
interface ShardLedger {
	readonly shard: string;
	readonly histories: WriterHistory[];
	/** What was found wrong already: it is found again after every later round. */
	readonly told: Set<string>;
	counts: LogCounts | undefined;
}

/** Kills writers, and reads the whole shard after each kill; resolves when no process is left. */
export async function runCrashes({ kills, seed, store, onRound }: CrashRunOptions): Promise<CrashReport> {
	const random = seededRandom(seed);
	const pool = new WriterPool(store.url);
	const killAll = (): void => pool.killAll();
	process.on("exit", killAll);
	const violations: string[] = [];
	const counts = {
		kills: 0,
		killsWhileOpening: 0,
		successorsBeforeKill: 0,
		successorsOpenAtKill: 0,
		zombies: 0,
		staleWritersFenced: 0,
	};
	const ledgers: ShardLedger[] = [];
	try {
		for (let round = 0; round < kills; round++) {
			if (round % ROUNDS_PER_SHARD === 0) {
				ledgers.push({ shard: `crash-${ledgers.length}`, histories: [], told: new Set(), counts: undefined });
			}
			const ledger = ledgers[ledgers.length - 1] as ShardLedger;
			const plan = planRound(round, random, store.kind);
			const played = await playRound(plan, { url: store.url, shard: ledger.shard }, pool);
			if (round + 1 < kills) pool.prepare();
			if (played.killed?.wasKilled) counts.kills++;
			if (played.killed?.heard("opened") === false) counts.killsWhileOpening++;
			if (plan.kind === "successor") counts.successorsBeforeKill++;
			if (played.successorOpened) counts.successorsOpenAtKill++;
			if (plan.kind === "zombie") counts.zombies++;
			if (played.staleFenced) counts.staleWritersFenced++;

			const found = [...played.violations, ...(await judgeShard(ledger, played, store))];
			violations.push(...found);
			onRound?.(round, found);
		}
	} finally {
		killAll();
		process.off("exit", killAll);
	}
	return { counts: { ...counts, ...sum(ledgers) }, violations };
}

/** Reads the shard and returns what is newly wrong with it. */
async function judgeShard(ledger: ShardLedger, { writers }: PlayedRound, store: CrashStore): Promise<string[]> {
	ledger.histories.push(...writers);
	const verdict = judgeLog(ledger.histories, await readLog(store, ledger.shard));
	ledger.counts = verdict.counts;
	const found = verdict.violations.filter((violation) => !ledger.told.has(violation));
	for (const violation of found) ledger.told.add(violation);
	return found.map((violation) => `${ledger.shard}: ${violation}`);
}

function sum(ledgers: readonly ShardLedger[]): LogCounts {
	const total = { ...NOTHING };
	for (const { counts = NOTHING } of ledgers) {
		for (const name of Object.keys(total) as (keyof LogCounts)[]) total[name] += counts[name];
	}
	return total;
}
