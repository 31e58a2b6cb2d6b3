import { isWalError, type Random, realClock, type WalError } from "@memwal/wal-runtime";
import { isExpected } from "./expected-error.ts";
import { makeBatch, type RowGroup, rowName, rowNames } from "./producer-rows.ts";
import type { RoundLedger } from "./round-ledger.ts";
import type { RowWriter } from "./row-writer.ts";

export interface RowProducerOptions {
	/** What is to be in the log at the end, once, in this order. */
	readonly groups: readonly RowGroup[];
	readonly random: Random;
	readonly ledger: RoundLedger;
	/** How many others write to the same shard. */
	readonly rivals: number;
	readonly open: () => Promise<RowWriter>;
}

/** How often a caller loses patience, and after how long at most, in milliseconds. */
const IMPATIENCE = { rate: 0.04, ms: 60 };

/** What an opening counts as at most, in milliseconds: one that failed may have taken until its deadline. */
const MAX_OPENING_MS = 500;

/**
 * Brings rows into the log as a careful program does: what it is told is not written it repeats; what is in doubt it
 * looks for, after it has opened anew, so that nothing can come late, and repeats only what is absent.
 */
export class RowProducer {
	readonly #options: RowProducerOptions;
	/** What is not known to be in the log, in order. */
	readonly #left: RowGroup[];
	readonly #inDoubt = new Set<RowGroup>();
	readonly #reopenAt: number;
	/** How long it took to open, the last time. */
	#openingMs = 0;

	constructor(options: RowProducerOptions) {
		this.#options = options;
		this.#left = [...options.groups];
		this.#reopenAt = Math.floor(options.groups.length / 2);
	}

	/** Groups that are not known to be in the log yet. */
	get left(): number {
		return this.#left.length;
	}

	/** Resolves when every row is known to be in the log, or `signal` ends it. */
	async run(signal: AbortSignal): Promise<void> {
		const { random } = this.#options;
		await realClock.sleep(random.float() * 200);
		while (this.#left.length > 0 && !signal.aborted) {
			const writer = await this.#open();
			if (writer) {
				await this.#write(writer, signal);
				await writer.close().catch((error) => this.#expect(error));
			}
			if (this.#left.length > 0) await realClock.sleep(this.#pauseMs());
		}
	}

	/** Nobody reopens in a loop: each rival gets the time to open and to work, whatever opening takes here and now. */
	#pauseMs(): number {
		const { random, rivals } = this.#options;
		return 20 + this.#openingMs * (0.5 + random.float() * 4 * rivals);
	}

	/** Opens, and finds out what became of the groups in doubt. */
	async #open(): Promise<RowWriter | undefined> {
		const { ledger, open } = this.#options;
		const knownBefore = ledger.known.length;
		const startedMs = realClock.monotonicMs();
		let writer: RowWriter | undefined;
		try {
			writer = await open();
			ledger.counts.opened++;
			const there = new Set((await writer.rowsAtOpening()).map(rowName));
			for (const known of ledger.known.slice(0, knownBefore)) {
				const missing = rowNames(known).filter((name) => !there.has(name));
				if (missing.length > 0) ledger.violation(`epoch ${writer.epoch} did not find ${missing.join()} when it opened`);
			}
			this.#resolveDoubt(there);
			return writer;
		} catch (error) {
			ledger.counts.failedOpens++;
			this.#expect(error);
			await writer?.close().catch((closing) => this.#expect(closing));
			return undefined;
		} finally {
			this.#openingMs = Math.min(realClock.monotonicMs() - startedMs, MAX_OPENING_MS);
		}
	}

	#resolveDoubt(there: ReadonlySet<string>): void {
		const { ledger } = this.#options;
		for (const group of this.#inDoubt) {
			const names = rowNames(group);
			const present = names.filter((name) => there.has(name)).length;
			if (present > 0 && present < names.length) ledger.violation(`half of the group from ${names[0]} is there`);
			if (present > 0) {
				ledger.counts.found++;
				this.#know(group, undefined);
			} else {
				ledger.counts.repeated++;
			}
		}
		this.#inDoubt.clear();
	}

	/** Appends until all is known to be there, or the writer is of no use any more. */
	async #write(writer: RowWriter, signal: AbortSignal): Promise<void> {
		const { random } = this.#options;
		while (this.#left.length > 0 && !signal.aborted) {
			const leftBefore = this.#left.length;
			const atOnce = random.float() < 0.4 ? writer.putsAtOnce : 1;
			const groups = this.#left.slice(0, atOnce);
			const results = await Promise.all(groups.map((group) => this.#append(writer, group, groups.length)));
			if (results.includes("over")) return;
			if (this.#inDoubt.size > 0 && !(await this.#settle(writer))) return;
			// Halfway everybody opens anew, so that openings are not only where something went wrong.
			if (leftBefore > this.#reopenAt && this.#left.length <= this.#reopenAt) return;
			if (random.float() < 0.2) await realClock.sleep(random.float() * 50);
		}
	}

	/** Whether the writer can still be used. */
	async #append(writer: RowWriter, group: RowGroup, atOnce: number): Promise<"usable" | "over"> {
		const { ledger, random } = this.#options;
		ledger.counts.operations++;
		// Of several at once, one that is taken out would be appended again after the others.
		const impatient = atOnce === 1 && random.float() < IMPATIENCE.rate;
		const signal = impatient ? AbortSignal.timeout(Math.ceil(random.float() * IMPATIENCE.ms)) : undefined;
		try {
			const entryPosition = await writer.append(makeBatch(group), signal);
			ledger.told("written");
			this.#know(group, entryPosition);
			return "usable";
		} catch (error) {
			this.#expect(error);
			const outcome = (error as WalError).outcome ?? "unknown";
			ledger.told(outcome);
			if (outcome !== "not-written") this.#inDoubt.add(group);
			return writer.outlives(error) ? "usable" : "over";
		}
	}

	/** Half of the time the writer itself is asked; whether nothing is in doubt any more. */
	async #settle(writer: RowWriter): Promise<boolean> {
		const { ledger, random } = this.#options;
		const [group] = this.#inDoubt;
		if (!group || !writer.settle || random.float() < 0.5) return false;
		try {
			const entryPosition = await writer.settle();
			ledger.counts.settled++;
			this.#inDoubt.delete(group);
			if (entryPosition === undefined) ledger.violation(`nothing was in doubt, though ${rowNames(group)[0]} was`);
			else this.#know(group, entryPosition);
			return this.#inDoubt.size === 0;
		} catch (error) {
			this.#expect(error);
			return false;
		}
	}

	#know(group: RowGroup, entryPosition: bigint | undefined): void {
		this.#options.ledger.known.push({ ...group, entryPosition });
		this.#left.splice(this.#left.indexOf(group), 1);
	}

	#expect(error: unknown): void {
		const { ledger } = this.#options;
		if (isWalError(error, "WAL_FENCED")) ledger.counts.fenced++;
		if (isExpected(error)) return;
		ledger.violation(`unexpected: ${error instanceof Error ? error.stack : error}`);
	}
}
