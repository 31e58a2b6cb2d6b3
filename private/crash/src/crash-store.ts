import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openStore } from "@memwal/wal-core";

/** Where the writers of a run write. */
export interface CrashStore {
	readonly kind: "folder" | "bucket";
	/** What `openStore` takes, here and in the writers. */
	readonly url: string;
	/**
	 * The names of all files or objects right below a folder of the store, in any order, those included that no driver
	 * would show; none of a folder that no writer came to make.
	 */
	namesIn(prefix: string): Promise<readonly string[]>;
}

/** The store in a folder of the local disk. */
export function folderStore(root: string): CrashStore {
	return {
		kind: "folder",
		url: `file:${root}`,
		async namesIn(prefix) {
			try {
				return await readdir(join(root, prefix));
			} catch (error) {
				if ((error as { code?: unknown }).code === "ENOENT") return [];
				throw error;
			}
		},
	};
}

/** The store in a folder of a bucket: a server shows no object before it is whole, so that its list is all there is. */
export function bucketStore(url: string): CrashStore {
	return {
		kind: "bucket",
		url,
		async namesIn(prefix) {
			const store = await openStore(url);
			try {
				const names: string[] = [];
				for await (const { key } of store.list(prefix)) names.push(key.slice(prefix.length));
				return names;
			} finally {
				await store.close?.();
			}
		},
	};
}
