import { dirname, join } from "node:path";
import { isWalError, throwIfAborted } from "@memwal/wal-runtime";
import { BackgroundWork } from "./background-work.ts";
import { bodyPieces } from "./body.ts";
import { checkRange, clipRange } from "./byte-range.ts";
import { errnoOf, type FileCalls } from "./fs-calls.ts";
import { fileError, outcomeOfNaming } from "./fs-errors.ts";
import { Folders } from "./fs-folders.ts";
import { listFiles, metaOf } from "./fs-list.ts";
import { type Publication, Publisher } from "./fs-publish.ts";
import { Temporaries } from "./fs-temporaries.ts";
import { checkKey, checkPrefix, folderOf, RESERVED_FOLDER } from "./object-key.ts";
import type {
	Body,
	ByteRange,
	GetOptions,
	ListOptions,
	ObjectMeta,
	ObjectStore,
	PutOptions,
	ReadOptions,
	StoredObject,
} from "./object-store.ts";
import { Places } from "./places.ts";

/** Bytes that one read is asked for, below the 2 GiB at which systems and runtimes stop. */
const MAX_READ_BYTES = 2 ** 30;

/** Objects read, and objects written, at once: far more than the thread pool of Node serves, far fewer than files may be open. */
const AT_ONCE = 64;

/** See `openFsStore`. */
export class FsStore implements ObjectStore {
	readonly #calls: FileCalls;
	readonly #root: string;
	readonly #folders: Folders;
	readonly #temporaries: Temporaries;
	readonly #publisher: Publisher;
	/** The folders, as keys that end in a slash, from which something was read: `sync` answers for them. */
	readonly #readFrom = new Set<string>();
	readonly #reading = new Places(AT_ONCE);
	readonly #writing = new Places(AT_ONCE);
	readonly #inFlight = new BackgroundWork();

	constructor(calls: FileCalls, root: string) {
		this.#calls = calls;
		this.#root = root;
		this.#folders = new Folders(calls, root);
		this.#temporaries = new Temporaries(calls, this.#folders, join(root, RESERVED_FOLDER));
		this.#publisher = new Publisher(calls, this.#folders, this.#temporaries);
	}

	async get(key: string, { range, signal }: GetOptions = {}): Promise<StoredObject | undefined> {
		checkKey(key);
		checkRange(range);
		return this.#reading.hold(() => this.#get(key, range, signal), signal);
	}

	async head(key: string, { signal }: ReadOptions = {}): Promise<ObjectMeta | undefined> {
		checkKey(key);
		throwIfAborted(signal);
		const path = join(this.#root, key);
		try {
			const facts = await this.#calls.factsOf(path);
			if (facts.kind !== "file") return undefined;
			this.#readFrom.add(folderOf(key));
			return metaOf(key, facts);
		} catch (error) {
			if (isAbsence(error)) return undefined;
			throw fileError(error, { what: `look up ${path}`, key });
		}
	}

	async putIfAbsent(key: string, body: Body, { signal }: PutOptions = {}): Promise<"created" | "exists"> {
		const publication = this.#publication(key, body, signal);
		return this.#tracked(this.#writing.hold(() => this.#publisher.create(publication), signal, "not-written"));
	}

	async put(key: string, body: Body, { signal }: PutOptions = {}): Promise<void> {
		const publication = this.#publication(key, body, signal);
		await this.#tracked(this.#writing.hold(() => this.#publisher.replace(publication), signal, "not-written"));
	}

	async *list(prefix: string, options: ListOptions = {}): AsyncIterable<ObjectMeta> {
		try {
			for await (const meta of listFiles(this.#calls, this.#root, prefix, options)) {
				this.#readFrom.add(folderOf(meta.key));
				yield meta;
			}
		} catch (error) {
			if (errnoOf(error) === undefined || isWalError(error)) throw error;
			throw fileError(error, { what: `list ${join(this.#root, prefix)}`, key: prefix });
		}
	}

	/** Gone from sight at once; from the disk with the next `sync` of its folder. */
	async delete(key: string, { signal }: ReadOptions = {}): Promise<void> {
		checkKey(key, "not-written");
		throwIfAborted(signal, "not-written");
		const path = join(this.#root, key);
		try {
			await this.#tracked(this.#calls.unlink(path));
		} catch (error) {
			if (isAbsence(error) || (await this.#isFolder(path))) return;
			throw fileError(error, { what: `delete ${path}`, key, outcome: outcomeOfNaming(error) });
		}
	}

	/** Fsyncs the folder that `prefix` names, those below it that this store has read from, and all above them. */
	async sync(prefix: string, { signal }: ReadOptions = {}): Promise<void> {
		checkPrefix(prefix);
		throwIfAborted(signal);
		const below = [...this.#readFrom].filter((folder) => folder.startsWith(prefix));
		const folders = new Set([folderOf(prefix), ...below].flatMap(withAllAbove));
		await this.#tracked(Promise.all([...folders].map((folder) => this.#syncIfThere(folder))));
	}

	/** Waits for what is under way, and leaves no file open. */
	async close(): Promise<void> {
		await this.#inFlight.settled();
		await this.#temporaries.close();
		await this.#folders.close();
	}

	/** Removes what processes that died left behind. */
	async sweepTemporaries(nowMs: number): Promise<void> {
		await this.#temporaries.sweep(nowMs);
	}

	async #get(
		key: string,
		range: ByteRange | undefined,
		signal: AbortSignal | undefined,
	): Promise<StoredObject | undefined> {
		const path = join(this.#root, key);
		try {
			const file = await this.#calls.openFile(path);
			try {
				const facts = await this.#calls.factsOfOpen(file);
				if (facts.kind !== "file") return undefined;
				this.#readFrom.add(folderOf(key));
				const { start, end } = clipRange(range, facts.size);
				return { ...metaOf(key, facts), bytes: await this.#read(file, start, end, signal) };
			} finally {
				this.#inFlight.add(this.#calls.close(file));
			}
		} catch (error) {
			if (isAbsence(error)) return undefined;
			throw isWalError(error) ? error : fileError(error, { what: `read ${path}`, key });
		}
	}

	#publication(key: string, body: Body, signal: AbortSignal | undefined): Publication {
		checkKey(key, "not-written");
		const path = join(this.#root, key);
		return { key, path, folder: dirname(path), pieces: bodyPieces(body), signal };
	}

	async #read(
		file: number,
		start: number,
		end: number,
		signal: AbortSignal | undefined,
	): Promise<Uint8Array<ArrayBuffer>> {
		const bytes = new Uint8Array(end - start);
		for (let filled = 0; filled < bytes.length; ) {
			const count = await this.#calls.read(file, bytes.subarray(filled, filled + MAX_READ_BYTES), start + filled);
			throwIfAborted(signal);
			// Cut short by somebody else since its size was read: a short answer, which its reader notices by `size`.
			if (count === 0) return bytes.slice(0, filled);
			filled += count;
		}
		return bytes;
	}

	async #syncIfThere(folder: string): Promise<void> {
		try {
			await this.#folders.syncOnce(join(this.#root, folder));
		} catch (error) {
			if (!isAbsence(error)) throw fileError(error, { what: `fsync ${join(this.#root, folder)}`, key: folder });
		}
	}

	async #isFolder(path: string): Promise<boolean> {
		const facts = await this.#calls.factsOf(path).catch(() => undefined);
		return facts?.kind === "folder";
	}

	/** Lets `close` wait for `work`. */
	#tracked<T>(work: Promise<T>): Promise<T> {
		this.#inFlight.add(work);
		return work;
	}
}

function isAbsence(error: unknown): boolean {
	const errno = errnoOf(error);
	return errno === "ENOENT" || errno === "ENOTDIR";
}

/** A folder and those above it up to the root. */
function withAllAbove(folder: string): string[] {
	const parts = folder.split("/");
	return parts.map((_, depth) => parts.slice(0, depth).join("/"));
}
