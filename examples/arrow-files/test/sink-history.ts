import type { CoreEvent } from "@memwal/wal-core";
import { type FrozenMemtable, type MemtableSink, type PutAck, ShardWriter } from "@memwal/wal-core/writer";
import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import { isWalError, type Random, seededRandom } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import {
	type FaultPlan,
	type FaultRates,
	type FaultyStore,
	type ObjectStore,
	randomFaults,
	withFaults,
	withLatency,
} from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { Field, Int32, makeData, RecordBatch, Schema, Struct } from "apache-arrow";
import { ArrowFileSink, type ArrowFileSinkOptions } from "../src/arrow-file-sink.ts";
import { type RowsSeen, seeRows } from "../src/rows-seen.ts";
import type { Acknowledgement } from "../src/verdict.ts";
import { type ProcessRequest, SimulatedProcess } from "./simulated-process.ts";

const PREFIX = "sunk/";

/** Everything that happened to one shard and its chain under one seed. */
export interface SinkHistory {
	readonly seen: RowsSeen;
	readonly acknowledged: readonly Acknowledgement[];
	/** Rows that were told not written. */
	readonly refused: readonly number[];
	readonly counts: HistoryCounts;
	/** Errors that no fault explains. */
	readonly unexpected: readonly unknown[];
}

export interface HistoryCounts {
	opened: number;
	killed: number;
	/** Of those, while a request of the sink's was about to be sent or to be answered; likewise below. */
	killedInSink: number;
	stoppedInSink: number;
	fenced: number;
	sinksFailed: number;
	/** Creations of a file that found another one in its slot. */
	slotsTaken: number;
	/** Files that hold a memtable without its first entries. */
	partlyCovered: number;
	/** Memtables for which there was nothing left to write. */
	whollyCovered: number;
}

const FAULTS: FaultRates = {
	"request-lost": 0.02,
	"reply-lost": 0.04,
	"ghost-write": 0.02,
	"server-error-before": 0.02,
	"server-error-after": 0.02,
	"read-failed": 0.03,
	"short-read": 0.01,
};
const WRITERS = 6;
const PUTS = 14;

const SCHEMA = new Schema([new Field("id", new Int32(), true)]);

/** Made from its parts: apache-arrow's builders take longer than a put. */
function batchOf(ids: readonly number[]): RecordBatch {
	const column = makeData({ type: new Int32(), data: Int32Array.from(ids) });
	const rows = makeData({ type: new Struct(SCHEMA.fields), length: ids.length, nullCount: 0, children: [column] });
	return new RecordBatch(SCHEMA, rows);
}

function idsOf(batches: readonly RecordBatch[]): number[] {
	return batches.flatMap((batch) => [...(batch.getChild("id") ?? [])]);
}

/**
 * Runs some writers of one shard that all sink into one chain, one after the other and next to each other, over a store
 * that fails by chance; they are killed, stopped and woken up at any point. The same seed gives the same history.
 */
export async function runHistory(
	seed: number,
	makeSink: (options: ArrowFileSinkOptions) => MemtableSink = (options) => new ArrowFileSink(options),
): Promise<SinkHistory> {
	const run = new HistoryRun(seed, await loadCodec(), makeSink);
	return run.clock.run(run.play());
}

class HistoryRun {
	readonly clock: ManualClock = new ManualClock(1_000_000);
	readonly #random: Random;
	readonly #codec: Codec;
	readonly #makeSink: (options: ArrowFileSinkOptions) => MemtableSink;
	readonly #memory: ObjectStore;
	readonly #faulty: FaultyStore;
	readonly #acknowledged: Acknowledgement[] = [];
	readonly #refused: number[] = [];
	readonly #unexpected: unknown[] = [];
	/** By writer and generation, the first entry of a memtable that was sunk. */
	readonly #sunk = new Map<string, bigint>();
	/** Stopped between two requests of their sinks, of which the second creates a file. */
	readonly #asleepBeforeFile = new Set<SimulatedProcess>();
	readonly #counts: HistoryCounts = {
		opened: 0,
		killed: 0,
		killedInSink: 0,
		stoppedInSink: 0,
		fenced: 0,
		sinksFailed: 0,
		slotsTaken: 0,
		partlyCovered: 0,
		whollyCovered: 0,
	};
	#nextId = 0;

	constructor(seed: number, codec: Codec, makeSink: (options: ArrowFileSinkOptions) => MemtableSink) {
		this.#random = seededRandom(seed);
		this.#codec = codec;
		this.#makeSink = makeSink;
		this.#memory = this.#counted(openMemoryStore({ clock: this.clock }));
		const far = withLatency(this.#memory, { clock: this.clock, latencyMs: () => 1 + this.#random.float() * 20 });
		this.#faulty = withFaults(far, { clock: this.clock, plan: this.#plan() });
	}

	async play(): Promise<SinkHistory> {
		const lives: Promise<void>[] = [];
		for (let i = 0; i < WRITERS; i++) {
			const process = new SimulatedProcess(this.clock, this.#faulty);
			const life = this.#live(process);
			lives.push(life);
			// A successor comes when its predecessor is gone, or while it is in the middle of something.
			if (this.#random.float() < 0.4) await life;
			else await this.clock.sleep(this.#random.float() * 1_500);
		}
		await Promise.all(lives);
		await this.#faulty.ghostsLanded();
		await this.#lastLife();
		const seen = await seeRows({ store: this.#memory, prefix: PREFIX, idsOf, clock: this.clock });
		this.#countCovered(seen);
		return {
			seen,
			acknowledged: this.#acknowledged,
			refused: this.#refused,
			counts: this.#counts,
			unexpected: this.#unexpected,
		};
	}

	/** Opens, puts, and ends in one of several ways, unless something ends it before. */
	async #live(process: SimulatedProcess): Promise<void> {
		process.onRequest = (request, moment) => this.#strike(process, request, moment);
		const lived = await process.outcome(this.#work(process));
		if (lived === "died") this.#counts.killed++;
	}

	async #work(process: SimulatedProcess): Promise<void> {
		const writer = await this.#open(process);
		if (!writer) return;
		this.#counts.opened++;
		const puts = Math.floor(this.#random.float() * PUTS);
		for (let put = 0, usable = true; put < puts && usable; ) {
			const burst = this.#random.float() < 0.3 ? 3 : 1;
			put += burst;
			const told = await Promise.all(Array.from({ length: burst }, () => this.#put(writer)));
			usable = told.every((ack) => ack !== undefined);
		}
		const end = this.#random.float();
		const ending = end < 0.2 ? writer.abort() : writer.close({ sink: end < 0.5 ? "all" : "full" });
		await ending.catch((error) => this.#expect(error));
	}

	async #open(process: SimulatedProcess): Promise<ShardWriter | undefined> {
		const { store, clock } = process;
		try {
			return await ShardWriter.open({
				store,
				clock,
				random: this.#random,
				codec: this.#codec,
				schema: SCHEMA,
				sink: this.#sink({ store, clock }),
				limits: {
					maxMemtableBatches: 1 + Math.floor(this.#random.float() * 4),
					persistDeadlineMs: 200 + this.#random.float() * 4_000,
				},
				observer: (event) => this.#observe(event),
			});
		} catch (error) {
			this.#expect(error);
			return undefined;
		}
	}

	/** The sink under test, as one process has it. */
	#sink(process: Pick<ArrowFileSinkOptions, "store" | "clock">): MemtableSink {
		const sink = this.#makeSink({ ...process, prefix: PREFIX, random: this.#random });
		return {
			write: async (memtable) => {
				await sink.write(memtable);
				const [first] = memtable.entries;
				if (first) this.#sunk.set(nameOf(memtable), first.entryPosition);
			},
		};
	}

	async #put(writer: ShardWriter): Promise<PutAck | undefined> {
		const ids = Array.from({ length: 1 + Math.floor(this.#random.float() * 3) }, () => this.#nextId++);
		try {
			const ack = await writer.put([batchOf(ids)]);
			if (ack.entryPosition !== undefined) this.#acknowledged.push({ entryPosition: ack.entryPosition, ids });
			return ack;
		} catch (error) {
			this.#expect(error);
			if (isWalError(error) && error.outcome === "not-written") this.#refused.push(...ids);
			if (isWalError(error, "WAL_FENCED")) this.#counts.fenced++;
			return undefined;
		}
	}

	/** A writer without misfortunes, which finds what the others left. */
	async #lastLife(): Promise<void> {
		const sink = this.#sink({ store: this.#memory, clock: this.clock });
		const { clock } = this;
		const writer = await ShardWriter.open({ store: this.#memory, clock, random: this.#random, schema: SCHEMA, sink });
		await this.#put(writer);
		await writer.close({ sink: this.#random.float() < 0.5 ? "all" : "full" });
	}

	/** Kills or stops a process where it stands: often while it is at the chain, now and then elsewhere. */
	#strike(process: SimulatedProcess, { operation, key }: ProcessRequest, moment: "before" | "after"): void {
		const inSink = key.startsWith(PREFIX);
		const creates = inSink && operation === "putIfAbsent" && moment === "before";
		const fate = this.#random.float();
		if (creates && this.#asleepBeforeFile.size > 0 && fate < 0.7) {
			// Whoever was about to create a file wakes up now, and is a little faster, or slower.
			for (const other of this.#asleepBeforeFile) this.#wake(other);
			this.#stop(process, 30);
		} else if (fate < (inSink ? 0.03 : 0.0005)) {
			process.kill();
			if (inSink) this.#counts.killedInSink++;
		} else if (fate < (creates ? 0.3 : inSink ? 0.1 : 0.002)) {
			if (inSink) this.#counts.stoppedInSink++;
			if (creates) this.#asleepBeforeFile.add(process);
			this.#stop(process, 6_000);
		}
	}

	#stop(process: SimulatedProcess, maxMs: number): void {
		process.stop();
		void this.clock.sleep(this.#random.float() * maxMs).then(() => this.#wake(process));
	}

	#wake(process: SimulatedProcess): void {
		this.#asleepBeforeFile.delete(process);
		process.resume();
	}

	/** Some faults all the time, and now and then a storm in which nothing gets through. */
	#plan(): FaultPlan {
		const calm = randomFaults(this.#random, FAULTS);
		const storm = randomFaults(this.#random, {
			"request-lost": 0.4,
			"reply-lost": 0.3,
			"ghost-write": 0.3,
			"read-failed": 1,
		});
		const everyMs = 3_000 + this.#random.float() * 10_000;
		const lastsMs = this.#random.float() * 1_500;
		return (request) => (this.clock.now() % everyMs < lastsMs ? storm : calm)(request);
	}

	#counted(store: ObjectStore): ObjectStore {
		return {
			get: (key, options) => store.get(key, options),
			head: (key, options) => store.head(key, options),
			put: (key, body, options) => store.put(key, body, options),
			list: (prefix, options) => store.list(prefix, options),
			delete: (key, options) => store.delete(key, options),
			putIfAbsent: async (key, body, options) => {
				const answer = await store.putIfAbsent(key, body, options);
				if (answer === "exists" && key.startsWith(PREFIX)) {
					const existing = await store.get(key);
					const own = Buffer.concat([body].flat());
					if (!own.equals(existing?.bytes ?? own)) this.#counts.slotsTaken++;
				}
				return answer;
			},
		};
	}

	#observe(event: CoreEvent): void {
		if (event.type !== "sink.failed") return;
		this.#counts.sinksFailed++;
		this.#expect(event.error);
	}

	#countCovered({ files }: RowsSeen): void {
		const firsts = new Map(files.map((file) => [nameOf(file), file.firstEntryPosition]));
		for (const [name, first] of this.#sunk) {
			const written = firsts.get(name);
			if (written === undefined) this.#counts.whollyCovered++;
			else if (written > first) this.#counts.partlyCovered++;
		}
	}

	/** Lets pass what the faults, a newer writer and the end of a writer explain. */
	#expect(error: unknown): void {
		const kinds = ["fenced", "unavailable", "closed", "aborted"];
		if (isWalError(error) && (kinds.includes(error.kind) || error.code === "WAL_CONFLICT")) return;
		this.#unexpected.push(error);
	}
}

function nameOf({ writerEpoch, generation }: Pick<FrozenMemtable, "writerEpoch" | "generation">): string {
	return `${writerEpoch}/${generation}`;
}
