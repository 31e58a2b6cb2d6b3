import {
	FIRST_ENTRY_POSITION,
	manifestPrefix,
	openStore,
	parseEntryFileName,
	resolveShard,
	type ShardId,
	ShardManifestStore,
	WalTailer,
	walPrefix,
} from "@memwal/wal-core";
import type { CrashStore } from "./crash-store.ts";
import { type NumberedRow, readRows } from "./numbered-rows.ts";

export interface EntrySeen {
	readonly entryPosition: bigint;
	readonly writerEpoch: bigint;
	readonly rows: readonly NumberedRow[];
}

/** A shard as a reader that was not there before finds it. */
export interface LogSeen {
	/** What the reader yielded, in its order. */
	readonly entries: readonly EntrySeen[];
	/** The positions of all files with the name of an entry, ascending. */
	readonly filePositions: readonly bigint[];
	/** Files under a valid name that do not decode, with the reason. */
	readonly damaged: readonly string[];
	/** Files whose name is none that a writer publishes. */
	readonly misnamed: readonly string[];
	/** Why the reader ended before the last file, if it did. */
	readonly readerError: string | undefined;
}

const VERSION_HINT = "version_hint.json";

/** What a server got from a writer may be there only after the writer is gone; each look finds more, or is the last. */
const MAX_LOOKS = 20;

/** Reads a shard: through the public reader, and file by file. */
export async function readLog(place: CrashStore, shard: string): Promise<LogSeen> {
	for (let looks = 1; ; looks++) {
		const { namesBefore, namesAfter, log } = await look(place, shard);
		if (namesBefore === namesAfter) return log;
		if (looks === MAX_LOOKS) throw new Error(`the log of ${shard} still grew at look ${looks}, with no writer left`);
	}
}

interface Look {
	/** How many entries and manifests there were when the look began, and when it ended. */
	readonly namesBefore: number;
	readonly namesAfter: number;
	readonly log: LogSeen;
}

async function look(place: CrashStore, shard: string): Promise<Look> {
	const store = await openStore(place.url);
	try {
		const { shardId } = resolveShard(shard);
		const tailer = await WalTailer.open({ store, shard });
		const misnamed: string[] = [];
		const damaged: string[] = [];

		const filePositions: bigint[] = [];
		const before = await namesOf(place, shardId);
		for (const name of before.entries) {
			const position = parseEntryFileName(name);
			if (position === undefined) misnamed.push(`${walPrefix(shardId)}${name}`);
			else filePositions.push(position);
		}
		filePositions.sort((a, b) => (a < b ? -1 : 1));

		const entries: EntrySeen[] = [];
		let readerError: string | undefined;
		try {
			for await (const { entryPosition, writerEpoch, batches } of tailer.entries({ from: FIRST_ENTRY_POSITION })) {
				entries.push({ entryPosition, writerEpoch, rows: batches.flatMap(readRows) });
			}
		} catch (error) {
			readerError = String(error);
			for (const position of filePositions) {
				await tailer.readEntry(position).catch((damage: unknown) => damaged.push(String(damage)));
			}
		}

		const manifests = new ShardManifestStore({ store, shard });
		const versions = await manifests.listVersions();
		for (const version of versions) {
			await manifests.readVersion(version).catch((damage: unknown) => damaged.push(String(damage)));
		}
		const after = await namesOf(place, shardId);
		const others = after.manifests.filter((name) => name !== VERSION_HINT).length - versions.length;
		if (others > 0) misnamed.push(`${others} files below ${manifestPrefix(shardId)}`);

		return {
			namesBefore: before.entries.length + before.manifests.length,
			namesAfter: after.entries.length + after.manifests.length,
			log: { entries, filePositions, damaged, misnamed, readerError },
		};
	} finally {
		await store.close?.();
	}
}

async function namesOf(place: CrashStore, shardId: ShardId) {
	return {
		entries: await place.namesIn(walPrefix(shardId)),
		manifests: await place.namesIn(manifestPrefix(shardId)),
	};
}
