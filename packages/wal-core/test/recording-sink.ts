import { type Clock, type Random, throwIfAborted } from "@memwal/wal-runtime";
import type { FrozenMemtable, MemtableSink } from "../src/memtable-sink.ts";
import type { KillableProcess } from "./killable-process.ts";
import { idsOf } from "./test-log.ts";

/** One memtable that a writer offered. */
export interface OfferedMemtable {
	readonly epoch: bigint;
	readonly generation: bigint;
	readonly afterEntryPosition: bigint;
	readonly entries: readonly { readonly entryPosition: bigint; readonly ids: readonly number[] }[];
	/** What the writer was told; nothing while it waits, or when it died. */
	told: "taken" | "failed" | undefined;
	/** Whether the same writer had another one under way. */
	readonly overlaps: boolean;
}

export interface SinkFaults {
	/** Shares of the offers that fail before anything is stored, that are stored and fail, that are stored later and fail. */
	readonly refused: number;
	readonly replyLost: number;
	readonly ghost: number;
	readonly stalled: number;
}

/**
 * A system outside, into which all writers of a shard sink, exactly once: it keeps the last position with the rows, and
 * drops entries at or below it. It fails by chance.
 */
export class RecordingSink {
	readonly offered: OfferedMemtable[] = [];
	readonly ids: number[] = [];
	/** When it moved to which position. */
	readonly moves: { readonly atMs: number; readonly position: bigint }[] = [];
	/** Also what nobody waits for any more: its caller has died or given up. */
	readonly #underWay: Promise<void>[] = [];
	readonly #clock: Clock;
	readonly #random: Random;
	readonly #faults: SinkFaults;

	constructor(clock: Clock, random: Random, faults: SinkFaults) {
		this.#clock = clock;
		this.#random = random;
		this.#faults = faults;
	}

	get lastPosition(): bigint {
		return this.moves.at(-1)?.position ?? 0n;
	}

	/** Resolves when nothing will be stored any more. */
	async settled(): Promise<void> {
		for (let known = 0; known < this.#underWay.length; ) {
			known = this.#underWay.length;
			await Promise.all(this.#underWay);
		}
	}

	/** The sink as one process sees it. */
	for(process: KillableProcess): MemtableSink {
		return {
			write: (memtable) => {
				const offered = this.#offer(memtable);
				this.#underWay.push(offered.catch(() => undefined));
				return process.answered(offered);
			},
		};
	}

	async #offer(memtable: FrozenMemtable): Promise<void> {
		const { writerEpoch: epoch, generation, afterEntryPosition, entries, signal } = memtable;
		const offer: OfferedMemtable = {
			epoch,
			generation,
			afterEntryPosition,
			entries: entries.map(({ entryPosition, batches }) => ({ entryPosition, ids: idsOf(batches) })),
			told: undefined,
			overlaps: this.offered.some((other) => other.epoch === epoch && other.told === undefined),
		};
		this.offered.push(offer);
		try {
			await this.#write(offer, signal);
			offer.told = "taken";
		} catch (error) {
			offer.told = "failed";
			throw error;
		}
	}

	async #write(offer: OfferedMemtable, signal: AbortSignal): Promise<void> {
		const { refused, replyLost, ghost, stalled } = this.#faults;
		const random = this.#random.float();
		const delayMs = random < stalled ? 2_000 + this.#random.float() * 20_000 : 1 + this.#random.float() * 40;
		const fate = this.#random.float();
		if (fate < ghost) {
			this.#underWay.push(this.#clock.sleep(200 + this.#random.float() * 3_000).then(() => this.#store(offer)));
			throw new Error("the sink did not answer");
		}
		await this.#clock.sleep(delayMs, { signal });
		throwIfAborted(signal);
		if (fate < ghost + refused) throw new Error("the sink is away");
		this.#store(offer);
		if (fate < ghost + refused + replyLost) throw new Error("the sink's answer was lost");
	}

	#store({ entries }: OfferedMemtable): void {
		for (const { entryPosition, ids } of entries) {
			if (entryPosition <= this.lastPosition) continue;
			this.ids.push(...ids);
			this.moves.push({ atMs: this.#clock.now(), position: entryPosition });
		}
	}
}
