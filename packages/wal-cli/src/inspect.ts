import { type ShardManifest, shardName, WalTailer } from "@memwal/wal-core";
import type { CommonOptions } from "./command-options.ts";
import { bytesText, countText } from "./display-numbers.ts";
import { type EpochSummary, summarizeEpochs } from "./epoch-summary.ts";
import { listShards } from "./list-shards.ts";
import { noLog, type OpenedLog, openLog, requireShard } from "./open-log.ts";
import { startProgress } from "./progress-bar.ts";
import type { Session } from "./session.ts";
import { shellCommand } from "./shell-command.ts";
import { terminalText } from "./terminal-text.ts";
import { nameValueLines, textTable } from "./text-table.ts";

/** What `memwal inspect` is told. */
export interface InspectOptions extends CommonOptions {
	readonly shard?: string | undefined;
}

/** Prints the shards of a log, or everything about one of them. */
export async function inspect(session: Session, url: string, { shard, json }: InspectOptions): Promise<void> {
	const { signal, commandName } = session;
	const store = await openLog(url);
	const log = { url, store, commandName, signal };
	try {
		if (shard !== undefined) {
			return await showShard(session, log, { manifest: await requireShard(log, shard), json });
		}
		const manifests: ShardManifest[] = [];
		for await (const manifest of listShards(store, { signal })) manifests.push(manifest);
		const [first] = manifests;
		if (!first) throw noLog(log);
		if (manifests.length === 1) await showShard(session, log, { manifest: first, json });
		else await showShards(session, log, { manifests, json });
	} finally {
		await store.close?.();
	}
}

interface ShardToShow {
	readonly manifest: ShardManifest;
	readonly json: true | undefined;
}

async function showShard(session: Session, log: OpenedLog, { manifest, json }: ShardToShow): Promise<void> {
	const { out, outColors: colors, signal } = session;
	const tailer = await WalTailer.open({ store: log.store, shard: manifest.shardId });
	const firstPosition = manifest.replayAfterEntryPosition + 1n;
	const nextPosition = await tailer.nextPosition({ signal });
	const progress = startProgress(session, { label: "reading", unit: "entries" });
	let epochs: EpochSummary[];
	try {
		const entries = tailer.entries({ from: firstPosition, signal });
		epochs = await summarizeEpochs(entries, { until: nextPosition, onEntry: progress.update });
	} finally {
		progress.stop();
	}
	const total = epochs.reduce(
		(sum, { entries, rows, bytes }) => ({
			entries: sum.entries + entries,
			rows: sum.rows + rows,
			bytes: sum.bytes + bytes,
		}),
		{ entries: 0, rows: 0, bytes: 0 },
	);
	if (json) {
		return out.line(
			JSON.stringify({
				log: log.url,
				shards: [{ ...manifestJson(manifest, nextPosition), ...total, epochs: epochs.map(epochJson) }],
			}),
		);
	}
	await out.line(
		nameValueLines(
			[
				["log", terminalText(log.url)],
				["shard", terminalText(displayName(manifest))],
				["shard id", manifest.shardId],
				["status", manifest.status],
				["epoch", String(manifest.writerEpoch)],
				["manifest", `version ${manifest.version}`],
				["spec id", String(manifest.shardSpecId)],
				["cursors", `replay after ${manifest.replayAfterEntryPosition}, last seen ${manifest.lastSeenEntryPosition}`],
				["generation", String(manifest.currentGeneration)],
				["sstables", countText(manifest.sstables.length)],
				["positions", `first ${firstPosition}, next ${nextPosition}`],
				["entries", countText(total.entries)],
				["rows", countText(total.rows)],
				["bytes", bytesText(total.bytes)],
			],
			colors,
		),
	);
	if (epochs.length === 0) return;
	const columns = ["epoch", "begins at", "ends at", "entries", "rows", "bytes"].map(
		(title) => ({ title, align: "right" }) as const,
	);
	const rows = epochs.map(({ epoch, firstPosition, lastPosition, entries, rows, bytes }) => [
		...[String(epoch), String(firstPosition), String(lastPosition)],
		...[countText(entries), countText(rows), bytesText(bytes)],
	]);
	await out.line(`\n${textTable(columns, rows, { colors, width: out.columns }).text}`);
}

interface ShardsToShow {
	readonly manifests: readonly ShardManifest[];
	readonly json: true | undefined;
}

async function showShards(session: Session, log: OpenedLog, { manifests, json }: ShardsToShow): Promise<void> {
	const { out, err, errColors, outColors: colors, signal, commandName } = session;
	const shards: { manifest: ShardManifest; next: bigint }[] = [];
	for (const manifest of manifests) {
		const tailer = await WalTailer.open({ store: log.store, shard: manifest.shardId });
		shards.push({ manifest, next: await tailer.nextPosition({ signal }) });
	}
	if (json) {
		return out.line(
			JSON.stringify({ log: log.url, shards: shards.map(({ manifest, next }) => manifestJson(manifest, next)) }),
		);
	}
	const columns = [
		{ title: "shard" },
		{ title: "status" },
		...["epoch", "first", "next", "manifest"].map((title) => ({ title, align: "right" }) as const),
	];
	const rows = shards.map(({ manifest, next }) => [
		...[terminalText(shardName(manifest) ?? manifest.shardId), manifest.status, String(manifest.writerEpoch)],
		...[String(manifest.replayAfterEntryPosition + 1n), String(next), String(manifest.version)],
	]);
	await out.line(textTable(columns, rows, { colors, width: out.columns }).text);
	const command = shellCommand(commandName, ["inspect", log.url, "--shard"]);
	await err.line(`${errColors.bold("for one of them:")} ${terminalText(command)} SHARD`);
}

function displayName(manifest: ShardManifest): string {
	return shardName(manifest) ?? "(no name)";
}

/** Positions, versions and epochs are decimal strings: JSON readers may round numbers. */
function manifestJson(manifest: ShardManifest, nextPosition: bigint): Record<string, unknown> {
	return {
		name: shardName(manifest) ?? null,
		shardId: manifest.shardId,
		status: manifest.status,
		epoch: String(manifest.writerEpoch),
		manifestVersion: String(manifest.version),
		shardSpecId: manifest.shardSpecId,
		replayAfterEntryPosition: String(manifest.replayAfterEntryPosition),
		lastSeenEntryPosition: String(manifest.lastSeenEntryPosition),
		currentGeneration: String(manifest.currentGeneration),
		sstables: manifest.sstables.length,
		firstPosition: String(manifest.replayAfterEntryPosition + 1n),
		nextPosition: String(nextPosition),
	};
}

function epochJson({ epoch, firstPosition, lastPosition, ...counts }: EpochSummary): Record<string, unknown> {
	return {
		epoch: String(epoch),
		firstPosition: String(firstPosition),
		lastPosition: String(lastPosition),
		...counts,
	};
}
