import { dirname } from "node:path";
import { BackgroundWork } from "./background-work.ts";
import { errnoOf, type FileCalls } from "./fs-calls.ts";
import { FolderHandle } from "./fs-folder-handle.ts";

/** Folders kept open for their next fsync: enough for some dozens of shards, far below the usual limit of 1,024 files. */
const MAX_OPEN_FOLDERS = 128;

/**
 * The folders that a store writes into: made when they are missing, and kept open, since opening one anew for every
 * fsync is a large part of what a small write costs.
 */
export class Folders {
	readonly #calls: FileCalls;
	readonly #root: string;
	/** Least recently used first. */
	readonly #handles = new Map<string, FolderHandle>();
	readonly #background = new BackgroundWork();

	constructor(calls: FileCalls, root: string) {
		this.#calls = calls;
		this.#root = root;
	}

	/** Resolves when the folder exists, and it and all above it, as far up as the store had to make them, are on disk. */
	async ensure(path: string): Promise<void> {
		await this.#handle(path).opened;
	}

	/** Resolves when every name that the folder held at the time of the call is on disk, where that can be had. */
	async sync(path: string): Promise<void> {
		const handle = this.#handle(path);
		try {
			if ((await handle.sync()) === "synced") return;
		} catch (error) {
			// What a second fsync means on a handle whose first one failed differs between kernels.
			this.#forget(path, handle);
			throw error;
		}
		this.#forget(path, handle);
		return this.sync(path);
	}

	/** Takes nothing for granted any more that is known of the folder and of those above it. */
	forget(path: string): void {
		for (let at = path; ; at = dirname(at)) {
			const handle = this.#handles.get(at);
			if (handle) this.#forget(at, handle);
			if (at === this.#root || at === dirname(at)) return;
		}
	}

	/** Closes every handle; a later use opens it again. */
	async close(): Promise<void> {
		for (const [path, handle] of [...this.#handles]) this.#forget(path, handle);
		await this.#background.settled();
	}

	#handle(path: string): FolderHandle {
		const known = this.#handles.get(path);
		if (known) {
			this.#handles.delete(path);
			this.#handles.set(path, known);
			return known;
		}
		const handle = new FolderHandle(this.#calls, path, this.#make(path));
		this.#handles.set(path, handle);
		handle.opened.catch(() => this.#forget(path, handle));
		for (const [oldest, surplus] of this.#handles) {
			if (this.#handles.size <= MAX_OPEN_FOLDERS) break;
			this.#forget(oldest, surplus);
		}
		return handle;
	}

	#forget(path: string, handle: FolderHandle): void {
		if (this.#handles.get(path) === handle) this.#handles.delete(path);
		this.#background.add(handle.close());
	}

	/**
	 * The parent is fsynced even where the folder is there already: another process may have made it a moment ago, and
	 * what we write into it must not vanish with it.
	 */
	async #make(path: string): Promise<void> {
		if (path === this.#root) return this.#makeRoot(path);
		const parent = dirname(path);
		await this.ensure(parent);
		await this.#makeOne(path);
		await this.sync(parent);
	}

	async #makeRoot(path: string): Promise<void> {
		const parent = dirname(path);
		if (parent === path) return;
		const made = await this.#makeOne(path).catch(async (error: unknown) => {
			if (errnoOf(error) !== "ENOENT") throw error;
			await this.#makeRoot(parent);
			return this.#makeOne(path);
		});
		try {
			await this.syncOnce(parent);
		} catch (error) {
			// A root that was there, below a folder that is closed to us, is for its maker to answer for.
			if (made === "made" || !isDenied(error)) throw error;
		}
	}

	async #makeOne(path: string): Promise<"made" | "there"> {
		try {
			await this.#calls.makeFolder(path);
			return "made";
		} catch (error) {
			if (errnoOf(error) === "EEXIST") return "there";
			throw error;
		}
	}

	/** Fsyncs a folder without making it or keeping it open. */
	async syncOnce(path: string): Promise<void> {
		if (!this.#calls.canSyncFolders) return;
		const file = await this.#calls.openFolder(path);
		try {
			await this.#calls.syncFolder(file);
		} finally {
			this.#background.add(this.#calls.close(file));
		}
	}
}

function isDenied(error: unknown): boolean {
	return errnoOf(error) === "EACCES" || errnoOf(error) === "EPERM";
}
