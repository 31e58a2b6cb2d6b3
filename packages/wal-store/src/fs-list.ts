import { join } from "node:path";
import { throwIfAborted } from "@memwal/wal-runtime";
import { errnoOf, type FileCalls, type FileFacts } from "./fs-calls.ts";
import { checkPrefix, compareKeys, folderOf, isKey } from "./object-key.ts";
import type { ListOptions, ObjectMeta } from "./object-store.ts";

/** Files asked about at once: the thread pool of Node has four threads, and a few must be waiting for them. */
const FACTS_AHEAD = 32;

/**
 * The files below `root` whose keys start with `prefix`, in the order of their keys.
 *
 * Names that are no keys, and symbolic links, are passed over: no listing leads out of the root or in circles.
 */
export async function* listFiles(
	calls: FileCalls,
	root: string,
	prefix: string,
	{ startAfter, signal }: ListOptions,
): AsyncIterable<ObjectMeta> {
	checkPrefix(prefix);
	yield* walk(folderOf(prefix));

	async function* walk(folderKey: string): AsyncIterable<ObjectMeta> {
		throwIfAborted(signal);
		const keys = await keysIn(folderKey);
		for (let i = 0; i < keys.length; ) {
			const folder = keys[i];
			if (folder?.endsWith("/")) {
				yield* walk(folder);
				i++;
				continue;
			}
			let end = i + 1;
			while (end < keys.length && end < i + FACTS_AHEAD && !keys[end]?.endsWith("/")) end++;
			const files = keys.slice(i, end);
			for (const meta of await Promise.all(files.map(metaIfThere))) {
				throwIfAborted(signal);
				if (meta) yield meta;
			}
			i = end;
		}
	}

	/** What is in a folder and may be listed, in order; folders as keys with a slash at the end, as which they sort. */
	async function keysIn(folderKey: string): Promise<string[]> {
		const entries = await calls.readFolder(join(root, folderKey)).catch(noFolder);
		return entries
			.filter(({ kind }) => kind !== "other")
			.map(({ name, kind }) => folderKey + name + (kind === "folder" ? "/" : ""))
			.filter((key) => mayHold(key, prefix) && isAfter(key, startAfter) && isKey(key.endsWith("/") ? `${key}x` : key))
			.sort(compareKeys);
	}

	async function metaIfThere(key: string): Promise<ObjectMeta | undefined> {
		try {
			return metaOf(key, await calls.factsOf(join(root, key)));
		} catch (error) {
			// Deleted since the folder was read.
			if (errnoOf(error) === "ENOENT") return undefined;
			throw error;
		}
	}
}

/** A file as the object of that key. */
export function metaOf(key: string, { size, mtimeMs }: FileFacts): ObjectMeta {
	return { key, size, lastModifiedMs: Math.floor(mtimeMs) };
}

function noFolder(error: unknown): [] {
	if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return [];
	throw error;
}

function mayHold(key: string, prefix: string): boolean {
	return key.startsWith(prefix) || (key.endsWith("/") && prefix.startsWith(key));
}

function isAfter(key: string, startAfter: string | undefined): boolean {
	if (startAfter === undefined || compareKeys(key, startAfter) > 0) return true;
	return key.endsWith("/") && startAfter.startsWith(key);
}
