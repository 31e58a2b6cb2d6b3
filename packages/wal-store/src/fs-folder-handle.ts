import type { FileCalls } from "./fs-calls.ts";

interface OpenFolder {
	readonly file: number;
	readonly identity: string;
}

/** What an fsync was worth: `replaced` when the path meanwhile leads to another folder than the one held open. */
export type FolderSync = "synced" | "replaced";

/** One open folder, whose fsyncs are shared: those who ask while one is running wait for the next, all for the same. */
export class FolderHandle {
	/** Rejects when the folder could not be made or opened; nothing is opened where folders cannot be fsynced. */
	readonly opened: Promise<OpenFolder | undefined>;
	readonly #calls: FileCalls;
	readonly #path: string;
	#running: Promise<FolderSync> | undefined;
	#next: Promise<FolderSync> | undefined;

	/** `made` resolves when there is a folder to open at `path`. */
	constructor(calls: FileCalls, path: string, made: Promise<void>) {
		this.#calls = calls;
		this.#path = path;
		this.opened = made.then(() => (calls.canSyncFolders ? openFolder(calls, path) : undefined));
	}

	/** Puts every name that the folder held at the time of the call on disk. */
	sync(): Promise<FolderSync> {
		if (this.#next) return this.#next;
		if (!this.#running) return this.#start();
		// The fsync that is running may have begun before the caller's name was there.
		const start = () => this.#start();
		this.#next = this.#running.then(start, start);
		return this.#next;
	}

	/** Closes the folder when the fsyncs that were asked for are over. */
	async close(): Promise<void> {
		await Promise.allSettled([this.#running, this.#next]);
		const folder = await this.opened;
		if (folder) await this.#calls.close(folder.file);
	}

	#start(): Promise<FolderSync> {
		this.#next = undefined;
		const running = this.#syncOnce().finally(() => {
			if (this.#running === running) this.#running = undefined;
		});
		this.#running = running;
		return running;
	}

	async #syncOnce(): Promise<FolderSync> {
		const folder = await this.opened;
		if (!folder) return "synced";
		const syncing = this.#calls.syncFolder(folder.file);
		// Somebody may have removed the folder and made it again: the fsync would then flush the one that is gone.
		const isSame = this.#isAtPath(folder.identity);
		await syncing;
		return isSame ? "synced" : "replaced";
	}

	#isAtPath(identity: string): boolean {
		try {
			return this.#calls.identityOf(this.#path) === identity;
		} catch {
			// Nothing is there: opening the path anew says why.
			return false;
		}
	}
}

async function openFolder(calls: FileCalls, path: string): Promise<OpenFolder> {
	const file = await calls.openFolder(path);
	return { file, identity: calls.identityOf(file) };
}
