import { abortedError, throwIfAborted, WalError } from "@memwal/wal-runtime";
import { errnoOf, type FileCalls } from "./fs-calls.ts";
import { fileError, outcomeOfNaming } from "./fs-errors.ts";
import type { Folders } from "./fs-folders.ts";
import type { Temporaries, Temporary } from "./fs-temporaries.ts";

/** How often a write begins anew because somebody removed its temporary or its folder under its hands. */
const MAX_STAGINGS = 3;

/** One object on its way to its name. */
export interface Publication {
	readonly key: string;
	readonly path: string;
	/** That of `path`. */
	readonly folder: string;
	readonly pieces: readonly Uint8Array[];
	readonly signal: AbortSignal | undefined;
}

/** Brings objects under their names: never half an object, and never one that a power cut could take back. */
export class Publisher {
	readonly #calls: FileCalls;
	readonly #folders: Folders;
	readonly #temporaries: Temporaries;

	constructor(calls: FileCalls, folders: Folders, temporaries: Temporaries) {
		this.#calls = calls;
		this.#folders = folders;
		this.#temporaries = temporaries;
	}

	/** Creates the object on disk, record and all, unless its name is taken: then what has the name is on disk. */
	async create(publication: Publication): Promise<"created" | "exists"> {
		const { key, path, folder } = publication;
		const temporary = await this.#name(publication, "link");
		if (temporary === "taken") {
			await this.#refuseFolder(key, path);
			await this.#syncFolder(key, folder);
			return "exists";
		}
		try {
			await this.#syncFolder(key, folder);
		} finally {
			this.#temporaries.discard(temporary);
		}
		return "created";
	}

	/** Puts the object in the place of the one that has its name, if any; a power cut may bring that one back. */
	async replace(publication: Publication): Promise<void> {
		const temporary = await this.#name(publication, "rename");
		if (temporary !== "taken") this.#temporaries.discardRenamed(temporary);
	}

	/** Writes the bytes to a temporary and gives it the object's name. */
	async #name(publication: Publication, call: "link" | "rename"): Promise<Temporary | "taken"> {
		const { path, folder, signal } = publication;
		for (let staging = 1; ; staging++) {
			const temporary = await this.#stage(publication);
			if (signal?.aborted) {
				this.#temporaries.discard(temporary);
				throw abortedError(signal, "not-written");
			}
			try {
				await this.#calls[call](temporary.path, path);
				return temporary;
			} catch (error) {
				this.#temporaries.discard(temporary);
				const errno = errnoOf(error);
				if (errno === "EEXIST" && call === "link") return "taken";
				if (errno !== "ENOENT" || staging === MAX_STAGINGS) throw namingError(error, call, publication);
				// Somebody swept the temporary or removed a folder: what was prepared can be trusted no longer.
				this.#temporaries.discardPrepared();
				this.#folders.forget(folder);
			}
		}
	}

	async #stage({ key, path, folder, pieces, signal }: Publication): Promise<Temporary> {
		throwIfAborted(signal, "not-written");
		let temporary: Temporary | undefined;
		try {
			await this.#folders.ensure(folder);
			temporary = await this.#temporaries.take();
			await this.#temporaries.write(temporary, pieces);
			return temporary;
		} catch (error) {
			// Also where only its fsync failed: a second fsync could call bytes written that the first one lost.
			if (temporary) this.#temporaries.discard(temporary);
			throw fileError(error, { what: `write the bytes of ${path}`, key, outcome: "not-written" });
		}
	}

	async #syncFolder(key: string, folder: string): Promise<void> {
		try {
			await this.#folders.sync(folder);
		} catch (error) {
			throw fileError(error, { what: `fsync ${folder}`, key, outcome: "unknown" });
		}
	}

	/** A folder of this name cannot be read as an object, so nobody may take it for a rival who won. */
	async #refuseFolder(key: string, path: string): Promise<void> {
		const facts = await this.#calls.factsOf(path).catch(() => undefined);
		if (facts?.kind !== "folder") return;
		throw new WalError("WAL_INVALID", `${path} is the folder of other objects and cannot be one itself`, {
			details: { key },
			outcome: "not-written",
		});
	}
}

function namingError(error: unknown, call: "link" | "rename", { key, path }: Publication): WalError {
	const what = `${call} a temporary to ${path}`;
	if (call === "link" && errnoOf(error) === "EPERM") {
		// What Linux answers on a file system without hard links, to a process that has just made the temporary itself.
		return new WalError(
			"WAL_STORE_UNSAFE",
			`could not ${what} (EPERM): hard links are not permitted here; use another folder`,
			{
				cause: error,
				details: { key },
				outcome: "not-written",
			},
		);
	}
	return fileError(error, { what, key, outcome: outcomeOfNaming(error) });
}
