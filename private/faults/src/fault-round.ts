import { S3Client } from "@aws-sdk/client-s3";
import { realClock, seededRandom } from "@memwal/wal-runtime";
import { type ObjectStore, withPrefix } from "@memwal/wal-store";
import { type OpenS3StoreOptions, openS3Store } from "@memwal/wal-store/s3";
import type { FaultCase, Place } from "./fault-deck.ts";
import { type EntrySeen, type LogSeen, readLog } from "./log-seen.ts";
import { auditLists, followLog } from "./log-watchers.ts";
import { openNaiveWriter } from "./naive-writer.ts";
import type { RowGroup } from "./producer-rows.ts";
import { RoundFaults } from "./round-faults.ts";
import { type RoundCounts, RoundLedger } from "./round-ledger.ts";
import type { RoundPlan } from "./round-plan.ts";
import { RowProducer } from "./row-producer.ts";
import { openRowWriter, type RowWriter } from "./row-writer.ts";
import type { S3Place } from "./s3-server.ts";
import { judgeLog, type LogCounts } from "./verdict.ts";
import type { FaultName } from "./wire-fault.ts";
import { WireProxy } from "./wire-proxy.ts";

/** The server that a round is played on. */
export interface RoundServer {
	readonly endpoint: string;
	readonly place: S3Place;
}

/** A round that is over: nothing of it is left running. */
export interface PlayedRound {
	readonly counts: RoundCounts;
	readonly log: LogCounts;
	readonly violations: readonly string[];
	readonly injected: Readonly<Partial<Record<FaultName, number>>>;
	/** Cases that befell a request. */
	readonly met: readonly FaultCase[];
	/** Cases that did not. */
	readonly left: readonly FaultCase[];
	readonly requests: number;
}

const SHARD = "faults";

/** Short, so that a request that is never answered costs no more than that; shorter ones would break healthy requests. */
const TIMEOUTS = { connectMs: 500, idleMs: 300, requestMs: 1_200 };

/** After so long nothing goes wrong any more; after so long everything must be over, in milliseconds. */
const PATIENCE_MS = { faults: 40_000, round: 150_000, follower: 30_000, connections: 2_000 };

/** Plays one round against the server, and judges what a fresh reader finds. */
export async function playRound(plan: RoundPlan, server: RoundServer): Promise<PlayedRound> {
	const round = new Round(plan, server);
	return round.play();
}

class Round {
	readonly #plan: RoundPlan;
	readonly #server: RoundServer;
	readonly #prefix: string;
	readonly #ledger = new RoundLedger();
	readonly #faults: RoundFaults;
	readonly #stores: ObjectStore[] = [];
	readonly #clients: S3Client[] = [];
	readonly #random;
	readonly #closingGroup: RowGroup;
	#proxy: WireProxy | undefined;
	#producers: readonly RowProducer[] = [];

	constructor(plan: RoundPlan, server: RoundServer) {
		this.#plan = plan;
		this.#server = server;
		// The control plays the same plan.
		this.#prefix = `${this.#isNaive ? "control" : "round"}-${plan.number}-${plan.seed}`;
		this.#random = seededRandom(plan.seed);
		this.#closingGroup = { producer: plan.producers.length, firstSequence: 0, rows: 1, repeats: 1 };
		const { seed, rate, names, cases } = plan;
		this.#faults = new RoundFaults({ seed, rate, names, cases, place: () => this.#place() });
	}

	async play(): Promise<PlayedRound> {
		const proxy = await WireProxy.start({
			upstream: this.#server.endpoint,
			plan: (request) => this.#faults.plan(request),
		});
		this.#proxy = proxy;
		const direct = await this.#open(this.#server.endpoint);
		try {
			const { log, followed } = await this.#run(direct);
			const { violations, counts } = judgeLog({ groups: this.#groups(), known: this.#ledger.known, followed }, log);
			await this.#closeClients(proxy);
			return {
				counts: this.#ledger.counts,
				log: counts,
				violations: [...this.#ledger.violations, ...violations],
				injected: this.#faults.injected,
				met: this.#faults.met,
				left: this.#faults.left,
				requests: Object.values(proxy.requests).reduce((sum, count) => sum + count, 0),
			};
		} finally {
			await proxy.close();
			await direct.close?.();
		}
	}

	async #run(direct: ObjectStore): Promise<{ log: LogSeen; followed: readonly EntrySeen[] }> {
		const over = new AbortController();
		const calming = realClock.sleep(PATIENCE_MS.faults, { signal: over.signal }).then(
			() => this.#faults.calmDown(),
			() => undefined,
		);
		const followed: EntrySeen[] = [];
		const watching = { shard: SHARD, ledger: this.#ledger };
		const watchers = [
			followLog({ ...watching, store: await this.#openFaulty() }, followed, over.signal),
			auditLists({ ...watching, store: await this.#openFaulty() }, over.signal),
		];
		try {
			await this.#produce();
			await this.#proxy?.settled();
			const log = await readLog(direct, SHARD);
			const deadline = realClock.monotonicMs() + PATIENCE_MS.follower;
			while (followed.length < log.entries.length && realClock.monotonicMs() < deadline) await realClock.sleep(10);
			return { log, followed };
		} finally {
			over.abort();
			await Promise.all([...watchers, calming]);
		}
	}

	/** Everybody brings its rows into the log; then one more opens it, which must find all of them. */
	async #produce(): Promise<void> {
		const end = AbortSignal.timeout(PATIENCE_MS.round);
		this.#producers = await Promise.all(
			this.#plan.producers.map(async ({ writer, groups }) => this.#producer(writer, groups)),
		);
		await Promise.all(this.#producers.map((producer) => producer.run(end)));
		const closing = await this.#producer(this.#isNaive ? "naive" : "memtable", [this.#closingGroup]);
		await closing.run(end);
		const left = [...this.#producers, closing].reduce((sum, producer) => sum + producer.left, 0);
		if (left > 0) this.#ledger.violation(`${left} groups were not in the log after ${PATIENCE_MS.round} ms`);
	}

	/** First until half of all groups are known to be written; last once there is about one left for each producer. */
	#place(): Place {
		const left = this.#producers.reduce((sum, producer) => sum + producer.left, 0);
		const all = this.#plan.producers.reduce((sum, { groups }) => sum + groups.length, 0);
		if (this.#producers.length === 0 || left > all / 2) return "first";
		return left > this.#plan.producers.length ? "middle" : "last";
	}

	get #isNaive(): boolean {
		return this.#plan.producers.some(({ writer }) => writer === "naive");
	}

	#groups(): RowGroup[] {
		return [...this.#plan.producers.flatMap(({ groups }) => groups), this.#closingGroup];
	}

	async #producer(writer: RoundPlan["producers"][number]["writer"], groups: readonly RowGroup[]): Promise<RowProducer> {
		const store = await this.#openFaulty();
		const random = seededRandom(Math.floor(this.#random.float() * 2 ** 32));
		const open = (): Promise<RowWriter> => {
			if (writer === "naive") return this.#openNaive(store);
			const persistDeadlineMs = random.float() < 0.5 ? 20 + random.float() * 400 : 10_000;
			return openRowWriter(writer, { store, shard: SHARD, persistDeadlineMs });
		};
		return new RowProducer({ groups, random, ledger: this.#ledger, rivals: this.#plan.producers.length - 1, open });
	}

	/** With the SDK as it is when nothing is said but where the server is, and that waiting ends. */
	#openNaive(store: ObjectStore): Promise<RowWriter> {
		const { region, credentials, bucket } = this.#server.place;
		const client = new S3Client({
			endpoint: this.#proxy?.endpoint ?? "",
			region,
			credentials,
			forcePathStyle: true,
			requestHandler: { requestTimeout: TIMEOUTS.idleMs, throwOnRequestTimeout: true },
		});
		this.#clients.push(client);
		return openNaiveWriter({ client, bucket, prefix: this.#prefix, store, shard: SHARD });
	}

	async #openFaulty(): Promise<ObjectStore> {
		const store = await this.#open(this.#proxy?.endpoint ?? "", { timeouts: TIMEOUTS });
		this.#stores.push(store);
		return store;
	}

	async #open(endpoint: string, options: Pick<OpenS3StoreOptions, "timeouts"> = {}): Promise<ObjectStore> {
		return withPrefix(await openS3Store({ ...this.#server.place, endpoint, ...options }), this.#prefix);
	}

	/** Nothing that was closed keeps a connection. */
	async #closeClients(proxy: WireProxy): Promise<void> {
		await Promise.all(this.#stores.map((store) => store.close?.()));
		for (const client of this.#clients) client.destroy();
		const deadline = realClock.monotonicMs() + PATIENCE_MS.connections;
		while (proxy.openConnections > 0 && realClock.monotonicMs() < deadline) await realClock.sleep(5);
		if (proxy.openConnections > 0) {
			this.#ledger.violation(`${proxy.openConnections} connections were left after every store was closed`);
		}
	}
}
