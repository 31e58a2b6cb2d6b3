import { openStore, type ShardManifest, ShardManifestStore } from "@memwal/wal-core";
import { isWalError, WalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import { CommandFailure } from "./command-failure.ts";
import { listShards } from "./list-shards.ts";
import { shellCommand } from "./shell-command.ts";

/** Opens the store of a log URL. @throws `WAL_INVALID` with the URL that was probably meant. */
export async function openLog(url: string): Promise<ObjectStore> {
	// The AWS SDK would tell which Node its later releases need, in the midst of what a script reads.
	process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
	try {
		return await openStore(url);
	} catch (error) {
		if (isWalError(error, "WAL_INVALID") && !/^[a-z][a-z0-9+.-]+:/i.test(url)) {
			throw new CommandFailure(error, { nextStep: `For a folder on this machine write file:${url || "./log"}` });
		}
		throw error;
	}
}

export interface OpenedLog {
	readonly url: string;
	readonly store: ObjectStore;
	readonly commandName: string;
	readonly signal: AbortSignal;
}

/**
 * The newest manifest of an existing shard.
 *
 * @throws `WAL_NOT_FOUND`, with what is there instead, where the shard does not exist.
 */
export async function requireShard(log: OpenedLog, shard: string): Promise<ShardManifest> {
	const { url, store, commandName, signal } = log;
	const manifest = await new ShardManifestStore({ store, shard }).readLatest({ signal });
	if (manifest) return manifest;
	for await (const _ of listShards(store, { signal })) {
		throw new CommandFailure(new WalError("WAL_NOT_FOUND", `there is no shard ${shard} in ${url}`), {
			nextStep: `${shellCommand(commandName, ["inspect", url])} lists the shards that there are.`,
		});
	}
	throw noLog(log);
}

/** What to say where a URL holds no shard at all. */
export function noLog({ url, commandName }: OpenedLog): CommandFailure {
	return new CommandFailure(new WalError("WAL_NOT_FOUND", `there is no log at ${url}`), {
		nextStep: `Check the URL, or begin a log: ${shellCommand(commandName, ["append", url])} FILE`,
	});
}
