import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
	FIRST_ENTRY_POSITION,
	manifestPrefix,
	openStore,
	parseEntryFileName,
	resolveShard,
	ShardManifestStore,
	WalTailer,
	walPrefix,
} from "@memwal/wal-core";
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

/** Reads a shard of the store in the folder `root`: through the public reader, and file by file. */
export async function readLog(root: string, shard: string): Promise<LogSeen> {
	const store = await openStore(`file:${root}`);
	try {
		const { shardId } = resolveShard(shard);
		const tailer = await WalTailer.open({ store, shard });
		const misnamed: string[] = [];
		const damaged: string[] = [];

		const filePositions: bigint[] = [];
		for (const name of await namesIn(join(root, walPrefix(shardId)))) {
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
		const manifestNames = await namesIn(join(root, manifestPrefix(shardId)));
		const others = manifestNames.filter((name) => name !== VERSION_HINT).length - versions.length;
		if (others > 0) misnamed.push(`${others} files below ${manifestPrefix(shardId)}`);

		return { entries, filePositions, damaged, misnamed, readerError };
	} finally {
		await store.close?.();
	}
}

/** Of a folder that no writer came to make, none. */
async function namesIn(folder: string): Promise<string[]> {
	try {
		return await readdir(folder);
	} catch (error) {
		if ((error as { code?: unknown }).code === "ENOENT") return [];
		throw error;
	}
}
