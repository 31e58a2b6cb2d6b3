import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import { isWalError, type Random, seededRandom, type WalError, type WriteOutcome } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { type FaultPlan, type FaultyStore, withFaults, withLatency } from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { WalAppender } from "../src/wal-appender.ts";
import type { WalEntry } from "../src/wal-entry.ts";
import { WalTailer } from "../src/wal-tailer.ts";
import { drawWeather, USUAL_FAULTS } from "./store-weather.ts";
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
	/** What a reader saw that followed the log all the while. */
	readonly followed: readonly WalEntry[];
	/** What settling an append in doubt resolved with. */
	readonly settled: readonly { readonly epoch: bigint; readonly entryPosition: bigint }[];
	readonly fenced: number;
	readonly opened: number;
	/** What no run may leave behind. */
	readonly pendingTimers: number;
	readonly outstandingLeases: number;
	/** Errors that no fault explains. */
	readonly unexpected: readonly unknown[];
}

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
	readonly #settled: { epoch: bigint; entryPosition: bigint }[] = [];
	readonly #unexpected: unknown[] = [];
	/** Timers of this run's own. */
	readonly #lostPatience: Promise<void>[] = [];
	#nextId = 0;
	#fenced = 0;
	#opened = 0;

	constructor(seed: number, codec: Codec) {
		this.#seed = seed;
		this.#random = seededRandom(seed);
		this.#codec = codec;
		this.#memory = openMemoryStore({ clock: this.clock });
		const far = withLatency(this.#memory, { clock: this.clock, latencyMs: () => this.#latencyMs() });
		this.#faulty = withFaults(far, { clock: this.clock, plan: this.#plan() });
	}

	/** Near; but now and then a request sleeps on its way, until whoever sent it has a successor. */
	#latencyMs(): number {
		return this.#random.float() < 0.001 ? this.#random.float() * 20_000 : 1 + this.#random.float() * 20;
	}

	/** Some faults all the time, and now and then a storm in which nothing gets through: only that outlasts a deadline. */
	#plan(): FaultPlan {
		const { calm, storm } = drawWeather(this.#random, USUAL_FAULTS);
		const everyMs = 5_000 + this.#random.float() * 20_000;
		const lastsMs = this.#random.float() * 3_000;
		return (request) => (this.clock.now() % everyMs < lastsMs ? storm : calm)(request);
	}

	async play(appends: number): Promise<AppendHistory> {
		const writers = 2 + Math.floor(this.#random.float() * 4);
		const perWriter = Math.ceil(appends / writers);
		const end = new AbortController();
		const following = this.#follow(end.signal);
		await Promise.all(Array.from({ length: writers }, (_, i) => this.#writer(i, perWriter)));
		end.abort();
		const followed = await following;
		await Promise.all(this.#lostPatience);
		await this.#faulty.ghostsLanded();
		const tailer = await WalTailer.open({ store: this.#memory, clock: this.clock, codec: this.#codec });
		const entries: WalEntry[] = [];
		for await (const entry of tailer.entries({ from: 1n })) entries.push(entry);
		return {
			seed: this.#seed,
			told: this.#told,
			entries,
			followed,
			settled: this.#settled,
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
				const burst = this.#random.float() < 0.2 ? Math.min(left, 4) : 1;
				left -= burst;
				const usableAfter = await Promise.all(Array.from({ length: burst }, () => this.#append(appender)));
				usable = usableAfter.every(Boolean);
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
		const patience = this.#patience();
		try {
			const { entryPosition } = await appender.append([batchOf(id)], patience);
			this.#told.push({ id, epoch, outcome: "written", entryPosition });
			return true;
		} catch (error) {
			this.#expect(error);
			const outcome = (error as WalError).outcome ?? "unknown";
			this.#told.push({ id, epoch, outcome });
			if (isWalError(error, "WAL_FENCED")) this.#fenced++;
			const usable = isWalError(error) && (error.kind === "unavailable" || error.kind === "aborted");
			if (usable && outcome === "unknown" && this.#random.float() < 0.5) await this.#settle(appender);
			return usable;
		}
	}

	async #settle(appender: WalAppender): Promise<void> {
		try {
			const settled = await appender.settle(this.#patience());
			if (settled) this.#settled.push({ epoch: appender.writerEpoch, entryPosition: settled.entryPosition });
		} catch (error) {
			this.#expect(error);
			if ((error as WalError).outcome !== "unknown") this.#unexpected.push(error);
		}
	}

	/** Most callers wait; some give up soon. */
	#patience(): { signal?: AbortSignal } {
		if (this.#random.float() < 0.9) return {};
		const controller = new AbortController();
		this.#lostPatience.push(this.clock.sleep(this.#random.float() * 60).then(() => controller.abort()));
		return { signal: controller.signal };
	}

	/** Follows the log over the same failing store, from where it was when a failure ended it. */
	async #follow(signal: AbortSignal): Promise<WalEntry[]> {
		const { clock } = this;
		const followed: WalEntry[] = [];
		const tailer = await WalTailer.open({ store: this.#faulty, clock, random: this.#random, codec: this.#codec });
		while (!signal.aborted) {
			try {
				const from = BigInt(followed.length) + 1n;
				for await (const entry of tailer.entries({ from, follow: true, signal })) followed.push(entry);
			} catch (error) {
				this.#expect(error);
			}
		}
		return followed;
	}

	#expect(error: unknown): void {
		const expected = isWalError(error) && ["unavailable", "fenced", "aborted"].includes(error.kind);
		if (!expected) this.#unexpected.push(error);
	}
}

/** What is wrong with a history; nothing, of a log that keeps its promises. */
export function flawsOf(history: AppendHistory): string[] {
	const flaws: string[] = [];
	const flaw = (text: string) => flaws.push(`seed ${history.seed}: ${text}`);
	const positionsOf = new Map<number, bigint[]>();
	let epoch = 0n;
	let lastId = -1;
	history.entries.forEach((entry, index) => {
		if (entry.entryPosition !== BigInt(index) + 1n) flaw(`hole before entry ${entry.entryPosition}`);
		for (const id of idsOf(entry.batches)) positionsOf.set(id, [...(positionsOf.get(id) ?? []), entry.entryPosition]);
		const seen = history.followed[index];
		if (seen && (seen.writerEpoch !== entry.writerEpoch || `${idsOf(seen.batches)}` !== `${idsOf(entry.batches)}`))
			flaw(`entry ${entry.entryPosition} was another one to the reader that followed`);
		if (entry.rows === 0) return;
		if (entry.writerEpoch < epoch)
			flaw(`entry ${entry.entryPosition} of epoch ${entry.writerEpoch} lies after epoch ${epoch}`);
		// Ids are given in the order of the calls.
		const [id = -1] = idsOf(entry.batches);
		if (entry.writerEpoch === epoch && id < lastId)
			flaw(`row ${id} was appended before row ${lastId}, and lies after it`);
		lastId = id;
		epoch = entry.writerEpoch;
	});
	if (history.followed.length > history.entries.length) flaw("the reader that followed saw entries that are gone");
	history.followed.forEach(({ entryPosition }, index) => {
		if (entryPosition !== BigInt(index) + 1n) flaw(`entry ${entryPosition} was the follower's number ${index + 1}`);
	});
	for (const { id, outcome, entryPosition } of history.told) {
		const positions = positionsOf.get(id) ?? [];
		if (positions.length > 1) flaw(`row ${id} is doubled: entries ${positions}`);
		if (outcome === "written" && positions[0] !== entryPosition)
			flaw(`row ${id}, acknowledged at ${entryPosition}, is at ${positions}`);
		if (outcome === "not-written" && positions.length > 0) flaw(`row ${id}, told not written, is at ${positions}`);
	}
	for (const { epoch, entryPosition } of history.settled) {
		const entry = history.entries[Number(entryPosition) - 1];
		if (entry?.writerEpoch !== epoch || entry.rows !== 1)
			flaw(`entry ${entryPosition}, settled by epoch ${epoch}, is not`);
	}
	const known = new Set(history.told.map(({ id }) => id));
	for (const id of positionsOf.keys()) if (!known.has(id)) flaw(`row ${id} was never appended`);
	if (history.pendingTimers > 0) flaw(`${history.pendingTimers} timers are left`);
	if (history.outstandingLeases > 0) flaw(`${history.outstandingLeases} leases are left`);
	for (const error of history.unexpected) flaw(`unexpected: ${error}`);
	return flaws;
}
