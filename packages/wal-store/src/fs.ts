/**
 * A store in a folder of a local disk: what it acknowledged survives a power cut, and any number of processes may use
 * the folder at once.
 *
 * ```ts
 * import { openFsStore } from "@memwal/wal-store/fs";
 *
 * const store = await openFsStore("./data");
 * console.log(await store.putIfAbsent("greetings/1", new TextEncoder().encode("hello")));
 * await store.close?.();
 * ```
 *
 * @module
 */
import { resolve } from "node:path";
import { type Clock, realClock } from "@memwal/wal-runtime";
import { type FileCalls, nodeFileCalls } from "./fs-calls.ts";
import { FsStore } from "./fs-store.ts";
import type { ObjectStore } from "./object-store.ts";

export { type FileCalls, type FileFacts, type FileKind, type FolderEntry, nodeFileCalls } from "./fs-calls.ts";

export interface OpenFsStoreOptions {
	/** Tells how old a temporary is; the real clock by default. */
	readonly clock?: Clock | undefined;
	/** The calls to the operating system; those of `node:fs` by default. */
	readonly calls?: FileCalls | undefined;
}

/**
 * Opens the folder `root`, relative to the working directory, as a store; the first write makes it if it is missing.
 *
 * A created object is on disk, its folder's record included, before the call resolves: the bytes are written and
 * fsynced in `.memwal-tmp/`, linked to their name, and the folder is fsynced. Opening removes the temporaries that
 * processes which died left there more than an hour ago.
 *
 * A reader may see an object a moment before its folder's record is on disk; `sync` waits for that. On Windows a
 * folder cannot be fsynced, so that the last objects before a power cut may be lost there.
 * Keys cannot lead out of the root; a symbolic link that somebody put there can, and `get` follows it.
 */
export async function openFsStore(root: string, options: OpenFsStoreOptions = {}): Promise<ObjectStore> {
	const { clock = realClock, calls = nodeFileCalls } = options;
	const store = new FsStore(calls, resolve(root));
	await store.sweepTemporaries(clock.now());
	return store;
}
