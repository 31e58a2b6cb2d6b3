import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import { isWalError, type Random, seededRandom, type WalError, type WriteOutcome } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import {
	type FaultName,
	type FaultPlan,
	type FaultRates,
	type FaultyStore,
	randomFaults,
	withFaults,
	withLatency,
} from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { WalAppender } from "../src/wal-appender.ts";
import type { WalEntry } from "../src/wal-entry.ts";
import { WalTailer } from "../src/wal-tailer.ts";
import { batchOf, idsOf } from "./test-log.ts";

/** What one append was told, by the id of its one row. */
export interface ToldAppend {
	readonly id: number;
	readonly epoch: bigint;
	readonly outcome: WriteOutcome;
	/** Of an acknowledged append. */
	readonly entryPosition?: bigint;
}

/** Everything that happened to one shard under one seed. */
export interface AppendHistory {
	readonly seed: number;
	readonly told: readonly ToldAppend[];
	readonly entries: readonly WalEntry[];
	readonly fenced: number;
	readonly opened: number;
	/** What no run may leave behind. */
	readonly pendingTimers: number;
	readonly outstandingLeases: number;
	/** Errors that no fault explains. */
	readonly unexpected: readonly unknown[];
}

const FAULTS = {
	"request-lost": 0.02,
	"reply-lost": 0.04,
	"ghost-write": 0.03,
	"conflict-409": 0.01,
	"server-error-before": 0.02,
	"server-error-after": 0.02,
	"read-failed": 0.03,
	"short-read": 0.01,
} as const satisfies FaultRates;

/**
 * Runs some writers against one shard, over a store that fails by chance, on a clock of its own; the same seed gives
 * the same history. Each fault is on or off as the seed says: rare ones must not hide behind frequent ones.
 */
export async function runHistory(seed: number, appends: number): Promise<AppendHistory> {
	const run = new HistoryRun(seed, await loadCodec());
	return run.clock.run(run.play(appends));
}

class HistoryRun {
	readonly clock: ManualClock = new ManualClock(1_000_000);
	readonly #seed: number;
	readonly #random: Random;
	readonly #codec: Codec;
	readonly #memory;
	readonly #faulty: FaultyStore;
	readonly #told: ToldAppend[] = [];
	readonly #unexpected: unknown[] = [];
	#nextId = 0;
	#fenced = 0;
	#opened = 0;

	constructor(seed: number, codec: Codec) {
		this.#seed = seed;
		this.#random = seededRandom(seed);
		this.#codec = codec;
		this.#memory = openMemoryStore({ clock: this.clock });
		const far = withLatency(this.#memory, { clock: this.clock, latencyMs: () => 1 + this.#random.float() * 20 });
		this.#faulty = withFaults(far, { clock: this.clock, plan: this.#plan() });
	}

	/** Some faults all the time, and now and then a storm in which nothing gets through: only that outlasts a deadline. */
	#plan(): FaultPlan {
		const usual: Partial<Record<FaultName, number>> = {};
		for (const [name, rate] of Object.entries(FAULTS)) {
			if (this.#random.float() < 0.5) usual[name as FaultName] = rate * 2 * this.#random.float();
		}
		const calm = randomFaults(this.#random, usual);
		const storm = randomFaults(this.#random, {
			"request-lost": 0.4,
			"reply-lost": 0.3,
			"ghost-write": 0.3,
			"read-failed": 1,
		});
		const everyMs = 5_000 + this.#random.float() * 20_000;
		const lastsMs = this.#random.float() * 3_000;
		return (request) => (this.clock.now() % everyMs < lastsMs ? storm : calm)(request);
	}

	async play(appends: number): Promise<AppendHistory> {
		const writers = 2 + Math.floor(this.#random.float() * 4);
		const perWriter = Math.ceil(appends / writers);
		await Promise.all(Array.from({ length: writers }, (_, i) => this.#writer(i, perWriter)));
		await this.#faulty.ghostsLanded();
		const tailer = await WalTailer.open({ store: this.#memory, clock: this.clock, codec: this.#codec });
		const entries: WalEntry[] = [];
		for await (const entry of tailer.entries({ from: 1n })) entries.push(entry);
		return {
			seed: this.#seed,
			told: this.#told,
			entries,
			fenced: this.#fenced,
			opened: this.#opened,
			pendingTimers: this.clock.pendingTimers,
			outstandingLeases: this.#codec.outstandingLeases,
			unexpected: this.#unexpected,
		};
	}

	/** Opens, appends, and reopens until its share is told one way or the other; now and then it sleeps like a stalled process. */
	async #writer(index: number, appends: number): Promise<void> {
		const { clock } = this;
		await clock.sleep(index * this.#random.float() * 2_000);
		let left = appends;
		while (left > 0) {
			const appender = await this.#open();
			if (!appender) {
				await clock.sleep(500 + this.#random.float() * 2_000);
				continue;
			}
			let usable = true;
			while (usable && left > 0) {
				left--;
				usable = await this.#append(appender);
				if (this.#random.float() < 0.02) await clock.sleep(this.#random.float() * 4_000);
			}
			await appender.close().catch((error) => this.#expect(error));
			// Nobody reopens in a loop: the one who took over gets time to work.
			if (left > 0) await clock.sleep(3_000 + this.#random.float() * 10_000);
		}
	}

	async #open(): Promise<WalAppender | undefined> {
		const { clock } = this;
		try {
			const appender = await WalAppender.open({
				store: this.#faulty,
				clock,
				random: this.#random,
				codec: this.#codec,
				persistDeadlineMs: 100 + this.#random.float() * 2_000,
			});
			this.#opened++;
			return appender;
		} catch (error) {
			this.#expect(error);
			return undefined;
		}
	}

	/** Whether the appender may be used again. */
	async #append(appender: WalAppender): Promise<boolean> {
		const id = this.#nextId++;
		const epoch = appender.writerEpoch;
		try {
			const { entryPosition } = await appender.append([batchOf(id)]);
			this.#told.push({ id, epoch, outcome: "written", entryPosition });
			return true;
		} catch (error) {
			this.#expect(error);
			const outcome = (error as WalError).outcome ?? "unknown";
			this.#told.push({ id, epoch, outcome });
			if (isWalError(error, "WAL_FENCED")) this.#fenced++;
			return isWalError(error) && error.kind === "unavailable";
		}
	}

	#expect(error: unknown): void {
		const expected = isWalError(error) && (error.kind === "unavailable" || error.kind === "fenced");
		if (!expected) this.#unexpected.push(error);
	}
}

/** What is wrong with a history; nothing, of a log that keeps its promises. */
export function flawsOf(history: AppendHistory): string[] {
	const flaws: string[] = [];
	const flaw = (text: string) => flaws.push(`seed ${history.seed}: ${text}`);
	const positionsOf = new Map<number, bigint[]>();
	let epoch = 0n;
	history.entries.forEach((entry, index) => {
		if (entry.entryPosition !== BigInt(index) + 1n) flaw(`hole before entry ${entry.entryPosition}`);
		for (const id of idsOf(entry.batches)) positionsOf.set(id, [...(positionsOf.get(id) ?? []), entry.entryPosition]);
		if (entry.rows === 0) return;
		if (entry.writerEpoch < epoch)
			flaw(`entry ${entry.entryPosition} of epoch ${entry.writerEpoch} lies after epoch ${epoch}`);
		epoch = entry.writerEpoch;
	});
	for (const { id, outcome, entryPosition } of history.told) {
		const positions = positionsOf.get(id) ?? [];
		if (positions.length > 1) flaw(`row ${id} is doubled: entries ${positions}`);
		if (outcome === "written" && positions[0] !== entryPosition)
			flaw(`row ${id}, acknowledged at ${entryPosition}, is at ${positions}`);
		if (outcome === "not-written" && positions.length > 0) flaw(`row ${id}, told not written, is at ${positions}`);
	}
	const known = new Set(history.told.map(({ id }) => id));
	for (const id of positionsOf.keys()) if (!known.has(id)) flaw(`row ${id} was never appended`);
	if (history.pendingTimers > 0) flaw(`${history.pendingTimers} timers are left`);
	if (history.outstandingLeases > 0) flaw(`${history.outstandingLeases} leases are left`);
	for (const error of history.unexpected) flaw(`unexpected: ${error}`);
	return flaws;
}
