import { join } from "node:path";
import { realRandom } from "@memwal/wal-runtime";
import { BackgroundWork } from "./background-work.ts";
import { errnoOf, type FileCalls, type WrittenFile } from "./fs-calls.ts";
import type { Folders } from "./fs-folders.ts";

/** A file under a name that no key can have, to be written whole before it gets its own. */
export interface Temporary {
	readonly path: string;
	readonly file: number;
	readonly kind: WrittenFile;
}

/**
 * Temporaries made ahead, each an open, empty file. They are made in a row when few are left, since a file made beside
 * every write adds to what the disk has to record for that write, measurably.
 */
const PREPARED = 16;
const FEW_LEFT = 3;
/** Buffers that one call may take: the limit of Linux and macOS (IOV_MAX). */
const MAX_PIECES = 1024;
/** Bytes that one call is given, below the 2 GiB at which systems and runtimes stop. */
const MAX_BYTES = 2 ** 30;
/** No write takes so long; what is older was left behind by a process that died. */
const LEFT_BEHIND_MS = 60 * 60 * 1000;

/** The store's unfinished files, a few of them made ahead, off the path that a writer waits for. */
export class Temporaries {
	readonly #calls: FileCalls;
	readonly #folders: Folders;
	readonly #folder: string;
	readonly #background = new BackgroundWork();
	/** Names are never used again, by anybody: one that came back could stand for another writer's bytes. */
	readonly #mine = Array.from(realRandom.bytes(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
	#made = 0;
	#prepared: Temporary[] = [];
	#preparing = false;
	#kind: WrittenFile | undefined;

	constructor(calls: FileCalls, folders: Folders, folder: string) {
		this.#calls = calls;
		this.#folders = folders;
		this.#folder = folder;
	}

	/** An empty file that nobody else has or had. */
	async take(): Promise<Temporary> {
		const temporary = this.#prepared.shift() ?? (await this.#create());
		if (this.#prepared.length <= FEW_LEFT && !this.#preparing) this.#background.add(this.#prepare());
		return temporary;
	}

	/** Writes the pieces and flushes them to disk. */
	async write({ file, kind }: Temporary, pieces: readonly Uint8Array[]): Promise<void> {
		let position = 0;
		let rest = pieces;
		while (rest.length > 0) {
			const written = await this.#calls.write(file, frontOf(rest), position);
			// Else a system that takes nothing, and gives no reason, would keep us here for ever.
			if (written === 0) throw new Error("the system wrote nothing");
			position += written;
			rest = behind(rest, written);
		}
		if (kind === "plain") await this.#calls.syncData(file);
	}

	/** Does away with a temporary, whether it got its own name or failed; nobody needs to wait for it. */
	discard({ path, file }: Temporary): void {
		this.#background.add(this.#calls.unlink(path));
		this.#background.add(this.#calls.close(file));
	}

	/** Does away with a temporary that has got another name. */
	discardRenamed({ file }: Temporary): void {
		this.#background.add(this.#calls.close(file));
	}

	/** Gives up what was made ahead: somebody has swept the folder. */
	discardPrepared(): void {
		for (const temporary of this.#prepared.splice(0)) this.discard(temporary);
	}

	/** Removes what writers who died left behind; what cannot be removed harms nobody. */
	async sweep(nowMs: number): Promise<void> {
		const names = await this.#calls.readFolder(this.#folder).catch(() => []);
		await Promise.allSettled(
			names.map(async ({ name }) => {
				const path = join(this.#folder, name);
				const { mtimeMs } = await this.#calls.factsOf(path);
				if (nowMs - mtimeMs > LEFT_BEHIND_MS) await this.#calls.unlink(path);
			}),
		);
	}

	/** Waits for the work in the background and gives up what was made ahead. */
	async close(): Promise<void> {
		await this.#background.settled();
		this.discardPrepared();
		await this.#background.settled();
	}

	/** Where this fails, whoever takes the next one tries again and hears why. */
	async #prepare(): Promise<void> {
		this.#preparing = true;
		try {
			// One after the other: the thread pool is needed by those who write.
			while (this.#prepared.length < PREPARED) this.#prepared.push(await this.#create());
		} finally {
			this.#preparing = false;
		}
	}

	async #create(): Promise<Temporary> {
		await this.#folders.ensure(this.#folder);
		const path = join(this.#folder, `${this.#mine}-${this.#made++}`);
		try {
			return await this.#open(path);
		} catch (error) {
			if (errnoOf(error) !== "ENOENT") throw error;
			// Somebody removed the folder.
			this.#folders.forget(this.#folder);
			await this.#folders.ensure(this.#folder);
			return await this.#open(path);
		}
	}

	/** With one trip through the thread pool fewer to come, and through an event loop that may be busy, where that is safe. */
	async #open(path: string): Promise<Temporary> {
		this.#kind ??= (await this.#calls.canWriteThrough(this.#folder)) ? "through" : "plain";
		return { path, file: await this.#calls.createFile(path, this.#kind), kind: this.#kind };
	}
}

/** As much from the front of `pieces` as one call may be given. */
function frontOf(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
	const front: Uint8Array[] = [];
	let bytes = 0;
	for (const piece of pieces) {
		if (front.length === MAX_PIECES || bytes + piece.length > MAX_BYTES) break;
		front.push(piece);
		bytes += piece.length;
	}
	const [first] = pieces;
	return front.length === 0 && first ? [first.subarray(0, MAX_BYTES)] : front;
}

/** What is left of `pieces` behind their first `bytes` bytes. */
function behind(pieces: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
	let whole = 0;
	let rest = bytes;
	for (const piece of pieces) {
		if (rest < piece.length) break;
		rest -= piece.length;
		whole++;
	}
	const [cut, ...others] = pieces.slice(whole);
	return cut ? [cut.subarray(rest), ...others] : [];
}
