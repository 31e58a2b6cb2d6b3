import type { WalEntry } from "../src/wal-entry.ts";
import { idsOf } from "./test-log.ts";
import type { WriterHistory } from "./writer-history.ts";
import type { OpenedWriter, SeenRows, ToldPut } from "./writer-session.ts";

/** What is wrong with a history; nothing, of writers that keep their promises. */
export function flawsOf(history: WriterHistory): string[] {
	return new Verdict(history).flaws();
}

/** The model is a list: the rows of the log in their order. */
class Verdict {
	readonly #history: WriterHistory;
	readonly #flaws: string[];
	readonly #ids: number[] = [];
	/** By index: the entry that holds the row. */
	readonly #entryOf: WalEntry[] = [];
	readonly #indexOf = new Map<number, number>();
	readonly #putOf = new Map<number, ToldPut>();
	/** Batches of a writer's entries, in order, by the id of their first row. */
	readonly #batchStart = new Map<number, number>();

	constructor(history: WriterHistory) {
		this.#history = history;
		this.#flaws = [...history.flaws];
		for (const put of history.puts) for (const id of put.batches.flat()) this.#putOf.set(id, put);
		const written = new Map<bigint, number>();
		for (const entry of history.entries) {
			let start = written.get(entry.writerEpoch) ?? 0;
			for (const batch of entry.batches) {
				const ids = idsOf([batch]);
				this.#batchStart.set(ids[0] as number, start++);
				for (const id of ids) {
					if (this.#indexOf.has(id)) this.#flaw(`row ${id} is doubled: entry ${entry.entryPosition}`);
					this.#indexOf.set(id, this.#ids.length);
					this.#ids.push(id);
					this.#entryOf.push(entry);
				}
			}
			written.set(entry.writerEpoch, start);
		}
	}

	flaws(): string[] {
		this.#judgeLog();
		for (const put of this.#history.puts) this.#judgePut(put);
		this.#judgeTime();
		for (const writer of this.#history.writers) this.#judgeWriter(writer);
		this.#judgeSink();
		this.#judgeOffers();
		const { timers, leases, calls, listeners = 0 } = this.#history.left;
		if (timers > 0) this.#flaw(`${timers} timers are left`);
		if (leases > 0) this.#flaw(`${leases} leases are left`);
		if (calls > 0) this.#flaw(`${calls} calls never settled`);
		if (listeners !== 0) this.#flaw(`${listeners} listeners are left`);
		return this.#flaws.map((text) => `seed ${this.#history.seed}: ${text}`);
	}

	#flaw(text: string): void {
		this.#flaws.push(text);
	}

	#judgeLog(): void {
		let last: WalEntry | undefined;
		this.#history.entries.forEach((entry, index) => {
			if (entry.entryPosition !== BigInt(index) + 1n) this.#flaw(`hole before entry ${entry.entryPosition}`);
			if (entry.rows === 0) return;
			const at = `entry ${entry.entryPosition}`;
			if (last && entry.writerEpoch < last.writerEpoch) this.#flaw(`${at} of an older epoch lies after a newer one`);
			const ofOne = last?.writerEpoch === entry.writerEpoch;
			if (ofOne && (entry.generation ?? 0n) < (last?.generation ?? 0n)) this.#flaw(`${at} is of an earlier memtable`);
			last = entry;
		});
		for (let i = 0; i < this.#ids.length; i++) {
			const id = this.#ids[i] as number;
			const put = this.#putOf.get(id);
			if (!put) this.#flaw(`row ${id} was never put`);
			else if (put.epoch !== this.#entryOf[i]?.writerEpoch) this.#flaw(`row ${id} is in another writer's entry`);
			// Ids are given in the order of the calls.
			const before = this.#ids[i - 1] ?? -1;
			if (this.#entryOf[i - 1]?.writerEpoch === put?.epoch && before > id)
				this.#flaw(`row ${before} was put after row ${id}, and lies before it`);
		}
	}

	#judgePut(put: ToldPut): void {
		const ids = put.batches.flat();
		const first = ids[0] as number;
		const index = this.#indexOf.get(first);
		const told = `put of row ${first}, told ${put.told}${put.flushed ? " and flushed" : ""},`;
		if (index === undefined) {
			if (put.told === "written" || put.flushed) this.#flaw(`${told} is not in the log`);
			if (ids.some((id) => this.#indexOf.has(id))) this.#flaw(`${told} is there in part`);
			return;
		}
		const entry = this.#entryOf[index];
		const at = `entry ${entry?.entryPosition}`;
		if (put.told === "not-written") this.#flaw(`${told} is in ${at}`);
		if (put.told === "written" && (put.settledAtMs ?? Infinity) < (entry?.lastModifiedMs ?? 0))
			this.#flaw(`${told} was not yet in ${at}`);
		if (put.entryPosition !== undefined && put.entryPosition !== entry?.entryPosition)
			this.#flaw(`${told} was said to be in entry ${put.entryPosition}, and is in ${at}`);
		ids.forEach((id, i) => {
			if (this.#ids[index + i] !== id || this.#entryOf[index + i] !== entry) this.#flaw(`${told} is torn in ${at}`);
		});
		const start = this.#batchStart.get(first) ?? 0;
		put.batches.forEach((batch, i) => {
			if (this.#batchStart.get(batch[0] as number) !== start + i) this.#flaw(`${told} is cut into other batches`);
		});
		const base = this.#history.writers.find(({ epoch }) => epoch === put.epoch)?.durableBatches ?? 0;
		if (put.batchStart !== undefined && put.batchStart !== base + start)
			this.#flaw(`${told} was said to begin at batch ${put.batchStart}, and begins at ${base + start}`);
	}

	/** What was acknowledged before another put was called lies before it, whoever wrote it. */
	#judgeTime(): void {
		let latestCall = -1;
		for (const id of this.#ids) {
			const put = this.#putOf.get(id);
			if (!put) continue;
			const acknowledged = put.told === "written" || put.told === "accepted";
			if (acknowledged && (put.settledAt ?? Infinity) < latestCall)
				this.#flaw(`row ${id} was acknowledged before rows were put that lie before it`);
			latestCall = Math.max(latestCall, put.calledAt);
		}
	}

	#judgeWriter(writer: OpenedWriter): void {
		const { epoch, nextEntryPosition, durableBatches, mode, entries } = writer;
		const claim = this.#history.manifests.find(({ manifest }) => manifest.writerEpoch === epoch);
		const replayAfter = claim?.manifest.replayAfterEntryPosition ?? 0n;
		const replayed = this.#history.entries.filter(
			({ entryPosition }) => entryPosition > replayAfter && entryPosition < nextEntryPosition,
		);
		const batches = mode === "wal-only" ? 0 : replayed.reduce((sum, entry) => sum + entry.batches.length, 0);
		if (batches !== durableBatches)
			this.#flaw(`epoch ${epoch} read ${durableBatches} batches of a log that has ${batches}`);
		const own = this.#history.entries.filter((entry) => entry.writerEpoch === epoch && entry.rows > 0);
		if (entries !== undefined && entries !== own.length)
			this.#flaw(`epoch ${epoch} counted ${entries} entries, and has ${own.length}`);
		const lastReplayed = this.#ids.filter((_, i) => this.#position(i) < nextEntryPosition).length - 1;
		let [start, end] = [0, 0];
		for (const seen of this.#history.reads) {
			if (seen.epoch !== epoch) continue;
			const range = this.#judgeRead(seen, writer, replayAfter, lastReplayed);
			if (!range) continue;
			if (range.start < start || range.end < end)
				this.#flaw(`epoch ${epoch} saw rows ${start} to ${end}, and then less`);
			[start, end] = [range.start, range.end];
		}
	}

	/** Which rows of the log a reader saw: [start, end). */
	#judgeRead(seen: SeenRows, writer: OpenedWriter, replayAfter: bigint, lastReplayed: number) {
		const { epoch, durability, sinks } = writer;
		const inLog = seen.ids.filter((id) => this.#indexOf.has(id)).length;
		const ahead = seen.ids.slice(inLog);
		const say = (text: string) => this.#flaw(`epoch ${epoch} at moment ${seen.calledAt}: ${text}`);
		if (ahead.some((id) => this.#indexOf.has(id))) say("a row that is not in the log came before one that is");
		const newest = this.#entryOf[this.#indexOf.get(seen.ids[inLog - 1] ?? -1) ?? -1];
		if (durability === "durable" && newest && newest.lastModifiedMs > seen.atMs)
			say(`rows of entry ${newest.entryPosition} were seen before they were there`);
		if (durability === "durable" && ahead.length > 0) say(`rows ${ahead} were seen, and are not in the log`);
		if (ahead.some((id, i) => this.#putOf.get(id)?.epoch !== epoch || id < (ahead[i - 1] ?? 0)))
			say("the rows ahead of the log are not its own in their order");
		const lastPut = this.#putOf.get(seen.ids.at(-1) ?? -1);
		if (lastPut && lastPut.batches.flat().at(-1) !== seen.ids.at(-1)) say("the last put was seen in part");
		// Everything that is known when the read is called: what was replayed, and what was acknowledged.
		const known = this.#history.puts.filter(
			({ epoch: of, told, settledAt }) =>
				of === epoch && (told === "written" || told === "accepted") && (settledAt ?? Infinity) < seen.calledAt,
		);
		const bound = sinks && seen.sunk > replayAfter ? seen.sunk : replayAfter;
		const visible = new Set(seen.ids);
		for (const { batches } of known) {
			const id = batches[0]?.[0] as number;
			const index = this.#indexOf.get(id);
			if (!visible.has(id) && (index === undefined || this.#position(index) > bound))
				say(`row ${id} was acknowledged and not seen`);
		}
		const [first] = seen.ids;
		if (first === undefined || inLog === 0) {
			if (lastReplayed >= 0 && this.#position(lastReplayed) > bound) say("nothing of what was replayed was seen");
			return undefined;
		}
		const start = this.#indexOf.get(first) as number;
		const end = start + inLog;
		seen.ids.slice(0, inLog).forEach((id, i) => {
			if (this.#ids[start + i] !== id) say(`row ${this.#ids[start + i]} was expected, and row ${id} seen`);
		});
		if (start > 0 && this.#entryOf[start - 1] === this.#entryOf[start]) say("the first entry was seen in part");
		if (start > 0 && this.#position(start - 1) > bound) say(`rows before row ${first} were not seen`);
		if (this.#position(start) <= replayAfter) say(`row ${first} is not above the replay cursor`);
		if (lastReplayed >= end) say(`row ${this.#ids[lastReplayed]} was replayed and not seen`);
		const putAny = this.#history.puts.some((put) => put.epoch === epoch && put.calledAt < seen.calledAt);
		if (!putAny && end !== lastReplayed + 1) say("a writer that has just been opened saw more than the log");
		return { start, end };
	}

	/** With the log that is left, the sink has every row once, and the replay cursor was never ahead of it. */
	#judgeSink(): void {
		const { sink, manifests } = this.#history;
		const left = this.#ids.filter((_, i) => this.#position(i) > sink.lastPosition);
		if (`${[...sink.ids, ...left]}` !== `${this.#ids}`) this.#flaw("the sink and the log that is left are not the log");
		let before = 0n;
		for (const { manifest, atMs } of manifests) {
			const { replayAfterEntryPosition: position, version } = manifest;
			const sunk = sink.moves.filter((move) => move.atMs <= atMs).at(-1)?.position ?? 0n;
			if (position > sunk) this.#flaw(`version ${version} has the cursor at ${position}, and the sink was at ${sunk}`);
			if (position < before) this.#flaw(`version ${version} moved the cursor back to ${position}`);
			before = position;
		}
	}

	/** Memtables are offered one at a time and in order; each is a whole stretch of the log, and none is skipped. */
	#judgeOffers(): void {
		const last = new Map<bigint, WriterHistory["sink"]["offered"][number]>();
		for (const offer of this.#history.sink.offered) {
			const { epoch, generation, afterEntryPosition, entries, overlaps } = offer;
			const say = (text: string) => this.#flaw(`generation ${generation} of epoch ${epoch} ${text}`);
			if (overlaps) say("was offered while another was on its way");
			const before = last.get(epoch);
			if (before && generation < before.generation) say(`was offered after ${before.generation}`);
			if (before && generation > before.generation && before.told !== "taken") say("was offered after one that failed");
			last.set(epoch, offer);
			const end = entries.at(-1)?.entryPosition ?? 0n;
			const stretch = this.#history.entries.filter(
				({ entryPosition, rows }) => rows > 0 && entryPosition > afterEntryPosition && entryPosition <= end,
			);
			const same = stretch.map(({ entryPosition, batches }) => `${entryPosition}:${idsOf(batches)}`).join();
			if (same !== entries.map(({ entryPosition, ids }) => `${entryPosition}:${ids}`).join())
				say("is not what is in the log");
		}
	}

	#position(index: number): bigint {
		return this.#entryOf[index]?.entryPosition ?? 0n;
	}
}
