import { entryKey, WalAppender, WalTailer } from "@memwal/wal-core";
import type { ObjectStore } from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import type { RecordBatch } from "apache-arrow";
import { measurementsOf, type ResultRow, resultRow } from "../bench-result.ts";
import { type Contestant, measureInterleaved, timeEach } from "../interleave.ts";
import { requireSmallBatch, requireSmallEntry, SMALL_ENTRY_BYTES, smallBatch } from "../small-entry.ts";
import type { SuiteRun } from "../suite.ts";
import { openBareClient } from "./bare-client.ts";
import { largeBatch, requireLargeBatch, requireLargeEntry } from "./large-batch.ts";
import type { S3Server } from "./s3-server.ts";

const APPEND = "WalAppender.append";
const DRIVER = "S3 driver, putIfAbsent of the same bytes";
const PUT_OBJECT = "PutObject of the same bytes, SDK client alike";

interface Size {
	readonly name: string;
	readonly folder: string;
	readonly perTurn: number;
	/**
	 * Appends before, into memory: a client that has written for a minute runs compiled code. The SDK's is warm by then,
	 * since every side calls it.
	 */
	readonly warmingAppends: number;
	readonly batch: (id: number) => RecordBatch;
	readonly requireBatch: (batch: RecordBatch, id: number) => void;
	readonly requireEntry: (bytes: number) => void;
}

const SIZES: readonly Size[] = [
	{
		name: `append ${SMALL_ENTRY_BYTES} bytes`,
		folder: "small",
		perTurn: 10,
		warmingAppends: 20_000,
		batch: smallBatch,
		requireBatch: requireSmallBatch,
		requireEntry: requireSmallEntry,
	},
	{
		name: "append 1 MiB",
		folder: "large",
		perTurn: 4,
		warmingAppends: 1_000,
		batch: largeBatch,
		requireBatch: requireLargeBatch,
		requireEntry: requireLargeEntry,
	},
];

/** One client that appends one entry at a time, against the one request that an append is made of. */
export async function loneAppend(server: S3Server, { quick, random }: SuiteRun): Promise<ResultRow[]> {
	const rows: ResultRow[] = [];
	for (const size of SIZES) rows.push(...(await appendsOf(size, server, { rounds: quick ? 15 : 60, random })));
	return rows;
}

async function appendsOf(
	size: Size,
	server: S3Server,
	{ rounds, random }: { readonly rounds: number; readonly random: SuiteRun["random"] },
): Promise<ResultRow[]> {
	await warmUp(size);
	const store = await server.open(`lone-${size.folder}`);
	const appender = await WalAppender.open({ store, shard: "bench" });
	const client = openBareClient(server);
	let appended = 0;
	const append = async (batch: RecordBatch): Promise<bigint> => {
		const { bytes, entryPosition } = await appender.append([batch]);
		size.requireEntry(bytes);
		appended++;
		return entryPosition;
	};
	const body = await storedEntry(store, entryKey(appender.shardId, await append(size.batch(1))));
	// As fresh as the batches of an append: bytes that were sent a moment ago are sent faster.
	const copies = () => Array.from({ length: size.perTurn }, () => body.slice());
	const bare = await server.open(`driver-${size.folder}`);
	let created = 0n;
	let put = 0n;
	const sides: Contestant[] = [
		{
			variant: APPEND,
			turn() {
				// Made before: building a batch is the client's work.
				const batches = Array.from({ length: size.perTurn }, (_, i) => size.batch(appended + 1 + i));
				return timeEach(size.perTurn, async (i) => {
					await append(batches[i] as RecordBatch);
				});
			},
		},
		{
			variant: DRIVER,
			turn() {
				const bodies = copies();
				return timeEach(size.perTurn, async (i) => {
					const answer = await bare.putIfAbsent(entryKey(appender.shardId, ++put), bodies[i] as Uint8Array);
					if (answer !== "created") throw new Error(`entry ${put} was there already`);
				});
			},
		},
		{
			variant: PUT_OBJECT,
			turn() {
				const bodies = copies();
				return timeEach(size.perTurn, (i) =>
					client.create(`bench/bare-${size.folder}/${entryKey(appender.shardId, ++created)}`, bodies[i] as Uint8Array),
				);
			},
		},
	];
	const samplesOf = await measureInterleaved(sides, { rounds, warmUpRounds: 5, pauseMs: 10, random });
	await appender.close();
	client.close();
	await bare.close?.();
	await verify(size, store, appended);
	await store.close?.();
	const measured = measurementsOf({ name: size.name, unit: "ms", rounds }, samplesOf);
	const baseline = measured(PUT_OBJECT);
	return [
		resultRow(baseline),
		resultRow(measured(DRIVER), { baseline }),
		resultRow(measured(APPEND), { baseline, goal: { atMost: 1.1 } }),
	];
}

async function warmUp({ batch, warmingAppends }: Size): Promise<void> {
	const store = openMemoryStore();
	await using appender = await WalAppender.open({ store, shard: "warm-up" });
	for (let id = 1; id <= warmingAppends; id++) {
		const { entryPosition } = await appender.append([batch(id)]);
		await store.delete(entryKey(appender.shardId, entryPosition));
	}
}

async function storedEntry(store: ObjectStore, key: string): Promise<Uint8Array> {
	const entry = await store.get(key);
	if (!entry) throw new Error("the entry that was appended is not there");
	return entry.bytes;
}

async function verify({ requireBatch }: Size, store: ObjectStore, appended: number): Promise<void> {
	const tailer = await WalTailer.open({ store, shard: "bench" });
	let found = 0;
	for await (const batch of tailer.batches()) requireBatch(batch, ++found);
	if (found !== appended) throw new Error(`${appended} entries were appended, ${found} are there`);
}
