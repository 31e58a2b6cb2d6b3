import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import { type Random, seededRandom } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { type FaultPlan, type FaultyStore, withFaults, withLatency } from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import type { OpenWriterOptions } from "../src/open-writer.ts";
import type { ShardManifest } from "../src/shard-manifest.ts";
import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import { entryKey, manifestKey } from "../src/shard-paths.ts";
import { ShardWriter } from "../src/shard-writer.ts";
import { decodeWalEntry, type WalEntry } from "../src/wal-entry.ts";
import { CheckedIndexes } from "./checked-indexes.ts";
import { KillableProcess } from "./killable-process.ts";
import { ListenerLedger } from "./listener-ledger.ts";
import { RecordingSink } from "./recording-sink.ts";
import { drawWeather, USUAL_FAULTS } from "./store-weather.ts";
import { ID_SCHEMA } from "./test-writer.ts";
import {
	isExpected,
	type Journal,
	type OpenedWriter,
	type SeenRows,
	type ToldPut,
	WriterSession,
} from "./writer-session.ts";

/** Everything that happened to one shard under one seed. */
export interface WriterHistory {
	readonly seed: number;
	readonly puts: readonly ToldPut[];
	readonly reads: readonly SeenRows[];
	readonly writers: readonly OpenedWriter[];
	readonly entries: readonly WalEntry[];
	readonly manifests: readonly { readonly manifest: ShardManifest; readonly atMs: number }[];
	readonly sink: Pick<RecordingSink, "ids" | "lastPosition" | "moves" | "offered">;
	/** What went wrong while it ran. */
	readonly flaws: readonly string[];
	/** How many requests failed. */
	readonly faults: number;
	readonly killed: number;
	readonly failedOpens: number;
	/** What no run may leave behind. */
	readonly left: {
		readonly timers: number;
		readonly leases: number;
		readonly calls: number;
		/** The dead never stop listening, so nothing is said of a history in which somebody died. */
		readonly listeners: number | undefined;
	};
}

/** An opening has many reads, and fails with any of them. */
const FAULTS = { ...USUAL_FAULTS, "read-failed": 0.02 } as const;

/** Codecs whose processes have ended well, for later ones: each takes its memory anew. */
const idleCodecs: Codec[] = [];

/** Longer than any history takes: one that is not over by then never will be. */
const LONGEST_MS = 3_600_000;

/**
 * Runs some programs that write to one shard, over a store, sinks and indexes that fail by chance, on a clock of its
 * own; the same seed gives the same history. Whatever is rare is on or off as the seed says, so that nothing rare hides
 * behind what is frequent.
 */
export async function runWriterHistory(seed: number, puts: number): Promise<WriterHistory> {
	const listeners = new ListenerLedger();
	return listeners.during(() => {
		const run = new HistoryRun(seed, puts, listeners);
		return run.clock.run(run.play());
	});
}

class HistoryRun implements Journal {
	readonly clock: ManualClock = new ManualClock(1_000_000);
	readonly puts: ToldPut[] = [];
	readonly reads: SeenRows[] = [];
	readonly flaws: string[] = [];
	/** Timers of this run's own. */
	readonly background: Promise<unknown>[] = [];
	readonly #seed: number;
	readonly #share: number;
	readonly #listeners: ListenerLedger;
	readonly #random: Random;
	readonly #memory;
	readonly #faulty: FaultyStore;
	readonly #sink: RecordingSink;
	readonly #writers: OpenedWriter[] = [];
	readonly #sessions: WriterSession[] = [];
	readonly #codecs: { readonly codec: Codec; readonly process: KillableProcess }[] = [];
	readonly #chances;
	#moment = 0;
	#nextId = 0;
	#faults = 0;
	#killed = 0;
	#failedOpens = 0;

	constructor(seed: number, puts: number, listeners: ListenerLedger) {
		this.#seed = seed;
		this.#share = puts;
		this.#listeners = listeners;
		const random = seededRandom(seed);
		this.#random = random;
		const sometimes = (rate: number) => (random.float() < 0.5 ? rate * 2 * random.float() : 0);
		this.#chances = {
			stalledRequest: sometimes(0.001),
			killed: sometimes(0.4),
			aborted: sometimes(0.15),
			closedInUse: sometimes(0.15),
			memtable: random.float() < 0.9 ? 0.9 : 0,
			deferred: random.float(),
			sink: random.float() < 0.7 ? 0.8 : 0,
			indexes: random.float(),
			indexYields: sometimes(0.5),
			indexBreaks: sometimes(0.01),
		};
		this.#memory = openMemoryStore({ clock: this.clock });
		const far = withLatency(this.#memory, { clock: this.clock, latencyMs: () => this.#latencyMs() });
		this.#faulty = withFaults(far, { clock: this.clock, plan: this.#plan() });
		this.#sink = new RecordingSink(this.clock, random, {
			refused: sometimes(0.2),
			replyLost: sometimes(0.1),
			ghost: sometimes(0.1),
			stalled: sometimes(0.05),
		});
	}

	moment(): number {
		return this.#moment++;
	}

	nextId(): number {
		return this.#nextId++;
	}

	/** Near; but now and then a request sleeps on its way, until whoever sent it has a successor. */
	#latencyMs(): number {
		const random = this.#random.float();
		return random < this.#chances.stalledRequest ? this.#random.float() * 20_000 : 1 + random * 20;
	}

	/** Some faults all the time, and in some histories storms in which nothing gets through: only that outlasts a deadline. */
	#plan(): FaultPlan {
		const { calm, storm } = drawWeather(this.#random, FAULTS);
		const everyMs = 2_000 + this.#random.float() * 8_000;
		const lastsMs = this.#random.float() < 0.5 ? (this.#random.float() * everyMs) / 4 : 0;
		return (request) => {
			const fault = ((this.clock.now() + everyMs / 2) % everyMs < lastsMs ? storm : calm)(request);
			if (fault) this.#faults++;
			return fault;
		};
	}

	async play(): Promise<WriterHistory> {
		const over = new AbortController();
		const tooLong = this.clock.sleep(LONGEST_MS, { signal: over.signal }).then(
			() => this.flaws.push("it never ends"),
			() => undefined,
		);
		await Promise.race([this.#programs(), tooLong]);
		over.abort();
		// Whoever was told last may take some turns to hear it.
		await this.clock.yield();
		const calls = this.#sessions.reduce((sum, { pending }) => sum + pending, 0);
		const { entries, manifests } = await this.#whatIsStored();
		const codecs = this.#codecs.filter(({ process }) => !process.isDead).map(({ codec }) => codec);
		const leases = codecs.reduce((sum, { outstandingLeases }) => sum + outstandingLeases, 0);
		if (leases === 0) idleCodecs.push(...codecs);
		return {
			seed: this.#seed,
			puts: this.puts,
			reads: this.reads,
			writers: this.#writers,
			entries,
			manifests,
			sink: this.#sink,
			flaws: this.flaws,
			faults: this.#faults,
			killed: this.#killed,
			failedOpens: this.#failedOpens,
			left: {
				timers: this.clock.pendingTimers,
				leases,
				calls,
				listeners: this.#killed > 0 ? undefined : this.#listeners.count,
			},
		};
	}

	async #programs(): Promise<void> {
		const programs = 1 + Math.floor(this.#random.float() ** 0.8 * 3);
		const share = Math.ceil(this.#share / programs);
		await Promise.all(Array.from({ length: programs }, (_, i) => this.#program(i, share)));
		await Promise.all(this.background);
		const dead = this.#codecs.filter(({ process }) => process.isDead);
		await Promise.all(dead.map(({ process }) => process.requestsArrived()));
		await this.#sink.settled();
		await this.#faulty.ghostsLanded();
	}

	async #whatIsStored(): Promise<Pick<WriterHistory, "entries" | "manifests">> {
		const store = this.#memory;
		const codec = await loadCodec({ prefer: "ts" });
		const reader = new ShardManifestStore({ store, clock: this.clock });
		const { shardId } = reader;
		const entries: WalEntry[] = [];
		for (let entryPosition = 1n; ; entryPosition++) {
			const object = await store.get(entryKey(shardId, entryPosition));
			if (!object) break;
			entries.push(decodeWalEntry(object, { shardId, entryPosition }, codec));
		}
		const manifests: { manifest: ShardManifest; atMs: number }[] = [];
		for (let version = 1n; ; version++) {
			const manifest = await reader.readVersion(version);
			const meta = await store.head(manifestKey(shardId, version));
			if (!manifest || !meta) return { entries, manifests };
			manifests.push({ manifest, atMs: meta.lastModifiedMs });
		}
	}

	/** Opens, works, and opens again until its share of puts is called. */
	async #program(index: number, puts: number): Promise<void> {
		const { clock } = this;
		const chance = () => this.#random.float();
		await clock.sleep(index * chance() * 400);
		let left = puts;
		while (left > 0) {
			const process = new KillableProcess(clock, this.#faulty);
			// It dies at any moment: while it opens, while it works, while it closes.
			const killed = chance() < this.#chances.killed;
			if (killed) this.#later(chance() * 800, () => this.#kill(process));
			const session = await this.#open(process);
			if (session) {
				if (chance() < this.#chances.aborted) this.#later(chance() * 500, () => session.isUsable && session.abort());
				if (chance() < this.#chances.closedInUse)
					this.#later(chance() * 500, () => session.isUsable && session.close());
				while (session.isUsable && left > 0) left -= await session.act();
				if (!process.isDead) await session.close({ sink: chance() < 0.3 ? "all" : "full" });
				// Nobody reopens in a loop: the one who took over gets time to work.
				if (left > 0) await clock.sleep(chance() * 700);
			} else {
				await clock.sleep(200 + chance() * 1_000);
			}
		}
	}

	#kill(process: KillableProcess): void {
		process.kill();
		this.#killed++;
	}

	#later(ms: number, act: () => unknown): void {
		this.background.push(this.clock.sleep(ms).then(act));
	}

	async #open(process: KillableProcess): Promise<WriterSession | undefined> {
		const limits = this.#limits();
		const codec = idleCodecs.pop() ?? (await loadCodec({ prefer: "ts" }));
		this.#codecs.push({ codec, process });
		const options = this.#options(process, codec, limits);
		try {
			const open = await process.await(ShardWriter.open(options));
			if (open === "died") return undefined;
			const writer = open.value;
			const { nextEntryPosition, durableBatches } = writer.stats();
			const { mode = "memtable", durability = "durable" } = options;
			const opened: OpenedWriter = {
				epoch: writer.writerEpoch,
				mode,
				durability,
				sinks: options.sink !== undefined,
				nextEntryPosition,
				durableBatches,
				fenced: false,
			};
			this.#writers.push(opened);
			const session = new WriterSession({
				process,
				writer,
				opened,
				limits,
				clock: this.clock,
				random: this.#random,
				sink: this.#sink,
				journal: this,
			});
			this.#sessions.push(session);
			session.read();
			return session;
		} catch (error) {
			this.#failedOpens++;
			if (!isExpected(error)) this.flaws.push(`open: ${(error as Error).stack}`);
			return undefined;
		}
	}

	#options(process: KillableProcess, codec: Codec, limits: OpenWriterOptions["limits"]): OpenWriterOptions {
		const chance = () => this.#random.float();
		const common: OpenWriterOptions = {
			store: process.store,
			clock: process.clock,
			random: this.#random,
			codec,
			schema: ID_SCHEMA,
			limits,
			durability: chance() < this.#chances.deferred ? "deferred" : "durable",
			...(chance() < 0.04 ? { signal: this.#patience() } : {}),
		};
		if (chance() >= this.#chances.memtable) return { ...common, mode: "wal-only" };
		const indexes = () =>
			new CheckedIndexes({
				clock: process.clock,
				random: this.#random,
				yields: this.#chances.indexYields,
				breaks: this.#chances.indexBreaks,
				onMisuse: (misuse) => this.flaws.push(misuse),
			});
		return {
			...common,
			...(chance() < this.#chances.indexes ? { indexes } : {}),
			...(chance() < this.#chances.sink ? { sink: this.#sink.for(process) } : {}),
		};
	}

	/** Ends an open at any moment, if it is slow. */
	#patience(): AbortSignal {
		const patience = new AbortController();
		this.#later(this.#random.float() * 400, () => patience.abort());
		return patience.signal;
	}

	/** So small that rotation, cuts and holds happen all the time; a row has four bytes. */
	#limits(): NonNullable<OpenWriterOptions["limits"]> {
		const some = (least: number, most: number) => Math.floor(least + this.#random.float() ** 2 * (most - least + 1));
		const maxMemtableBytes = some(36, 400);
		return {
			maxEntryBytes: some(1, 80),
			lingerMs: this.#random.float() < 0.7 ? 0 : some(1, 30),
			maxQueuedBytes: some(1, 120),
			maxMemtableBytes,
			maxMemtableRows: some(9, 60),
			maxMemtableBatches: some(2, 20),
			maxMemoryBytes: this.#random.float() < 0.5 ? some(maxMemtableBytes, 4_000) : 1_000_000,
			persistDeadlineMs: 50 + this.#random.float() * 2_000,
		};
	}
}
