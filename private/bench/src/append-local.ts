import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { entryKey, openStore, resolveShard, WalAppender, WalTailer, walPrefix } from "@memwal/wal-core";
import { measurementsOf, type ResultRow, resultRow } from "./bench-result.ts";
import { createObviously, createSynchronously } from "./file-loops.ts";
import { type Contestant, measureInterleaved, timeEach } from "./interleave.ts";
import { requireSmallBatch, requireSmallEntry, SMALL_ENTRY_BYTES, smallBatch } from "./small-entry.ts";
import type { Suite, SuiteRun } from "./suite.ts";

const NAME = `append ${SMALL_ENTRY_BYTES} bytes`;
const OBVIOUS = "loop, node:fs/promises";
const SYNCHRONOUS = "loop, synchronous";
const DRIVER = "fs driver, putIfAbsent";
const APPENDER = "WalAppender.append";

const { shardId } = resolveShard("bench");

/** A side of the comparison in a folder of its own, all alike in depth and in the names of their files. */
interface Side extends Contestant {
	/** Throws unless everything appended is there, with its bytes. */
	verify(): Promise<void>;
	close(): Promise<void>;
}

/** One client that appends one small entry at a time, each durable before the next, against bare loops of file calls. */
export const appendLocal: Suite = {
	name: "append-local",
	title: "One client appends one small entry at a time to the local disk",
	run: runAppendLocal,
};

async function runAppendLocal({ quick, scratch, random }: SuiteRun): Promise<ResultRow[]> {
	const perTurn = quick ? 10 : 25;
	const rounds = quick ? 8 : 40;
	const sides = [
		await openLoop(OBVIOUS, join(scratch, "obvious"), perTurn, createObviously),
		await openLoop(SYNCHRONOUS, join(scratch, "synchronous"), perTurn, createSynchronously),
		await openDriver(join(scratch, "driver"), perTurn),
		await openAppender(join(scratch, "appender"), perTurn),
	];
	const samplesOf = await measureInterleaved(sides, { rounds, warmUpRounds: 3, pauseMs: 10, random });
	for (const side of sides) {
		await side.verify();
		await side.close();
	}
	const measured = measurementsOf({ name: NAME, unit: "ms", rounds }, samplesOf);
	const obvious = measured(OBVIOUS);
	const synchronous = measured(SYNCHRONOUS);
	const driver = measured(DRIVER);
	const appender = measured(APPENDER);
	return [
		resultRow(obvious),
		resultRow(synchronous),
		resultRow(driver, { baseline: obvious, goal: { atMost: 0.8 } }),
		resultRow(driver, { baseline: synchronous, goal: { atMost: 1.3 } }),
		resultRow(appender, { baseline: obvious }),
		resultRow(appender, { baseline: synchronous }),
	];
}

async function openLoop(
	variant: string,
	root: string,
	perTurn: number,
	create: (path: string, temporary: string, bytes: Uint8Array) => Promise<void> | void,
): Promise<Side> {
	const unfinished = join(root, "unfinished");
	await mkdir(unfinished, { recursive: true });
	await mkdir(join(root, walPrefix(shardId)), { recursive: true });
	let appended = 0n;
	return {
		variant,
		turn: () =>
			timeEach(perTurn, () => {
				appended++;
				return create(join(root, entryKey(shardId, appended)), join(unfinished, `${appended}`), bytesOf(appended));
			}),
		verify: () => verifyFiles(root, appended),
		close: async () => undefined,
	};
}

async function openDriver(root: string, perTurn: number): Promise<Side> {
	const store = await openStore(`file:${root}`);
	let appended = 0n;
	return {
		variant: DRIVER,
		turn: () =>
			timeEach(perTurn, async () => {
				appended++;
				const answer = await store.putIfAbsent(entryKey(shardId, appended), bytesOf(appended));
				if (answer !== "created") throw new Error(`entry ${appended} was there already`);
			}),
		verify: () => verifyFiles(root, appended),
		close: async () => store.close?.(),
	};
}

async function openAppender(root: string, perTurn: number): Promise<Side> {
	const store = await openStore(`file:${root}`);
	const appender = await WalAppender.open({ store, shard: shardId });
	let appended = 0;
	return {
		variant: APPENDER,
		turn() {
			// Made before: building a batch is the client's work.
			const batches = Array.from({ length: perTurn }, (_, i) => smallBatch(appended + 1 + i));
			return timeEach(perTurn, async (i) => {
				const { bytes } = await appender.append(batches.slice(i, i + 1));
				requireSmallEntry(bytes);
				appended++;
			});
		},
		async verify() {
			let found = 0;
			const tailer = await WalTailer.open({ store: await openStore(`file:${root}`), shard: shardId });
			for await (const batch of tailer.batches()) {
				requireSmallBatch(batch, ++found);
			}
			if (found !== appended) throw new Error(`${appended} entries were appended, ${found} are there`);
		},
		async close() {
			await appender.close();
			await store.close?.();
		},
	};
}

/** Bytes that say which entry they are. */
function bytesOf(position: bigint): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(SMALL_ENTRY_BYTES).fill(0x6d);
	new DataView(bytes.buffer).setBigUint64(0, position);
	return bytes;
}

async function verifyFiles(root: string, appended: bigint): Promise<void> {
	for (let position = 1n; position <= appended; position++) {
		const bytes = await readFile(join(root, entryKey(shardId, position)));
		if (!bytes.equals(bytesOf(position))) throw new Error(`entry ${position} below ${root} is not what was appended`);
	}
}
