import * as fs from "node:fs";
import { promisify } from "node:util";

/** What the driver needs to know of a file or folder. */
export interface FileFacts {
	readonly kind: FileKind;
	readonly size: number;
	readonly mtimeMs: number;
}

export type FileKind = "file" | "folder" | "other";

export interface FolderEntry {
	readonly name: string;
	readonly kind: FileKind;
}

/** `through`: a `write` ends with its bytes on disk, so that `syncData` has nothing left to do. */
export type WrittenFile = "plain" | "through";

/**
 * Every call that the file driver makes to the operating system: the seam where tests inject a full disk, and where
 * another runtime's file system could be plugged in. Failures are errors with the `code` of `node:fs` (`ENOSPC`, …).
 */
export interface FileCalls {
	/** Whether a folder can be fsynced; on Windows it cannot. */
	readonly canSyncFolders: boolean;
	/** Whether a file that is made in this folder can be told to sync itself with every `write`, and will. */
	canWriteThrough(folder: string): Promise<boolean>;
	/** Creates an empty file for writing; `EEXIST` if there is anything of that name. */
	createFile(path: string, kind: WrittenFile): Promise<number>;
	openFile(path: string): Promise<number>;
	openFolder(path: string): Promise<number>;
	close(file: number): Promise<void>;
	/** Fills `into` from byte `position` of the file on; resolves to how many bytes came, 0 at its end. */
	read(file: number, into: Uint8Array, position: number): Promise<number>;
	/** Writes the pieces one after the other from byte `position` on; resolves to how many bytes went. */
	write(file: number, pieces: readonly Uint8Array[], position: number): Promise<number>;
	/** Flushes a file's bytes, and what is needed to read them back. */
	syncData(file: number): Promise<void>;
	/** Flushes a folder's entries. */
	syncFolder(file: number): Promise<void>;
	/** Gives a file a second name; `EEXIST` if there is anything of that name. */
	link(from: string, to: string): Promise<void>;
	/** Gives a file another name, replacing the file that has it. */
	rename(from: string, to: string): Promise<void>;
	unlink(path: string): Promise<void>;
	makeFolder(path: string): Promise<void>;
	readFolder(path: string): Promise<readonly FolderEntry[]>;
	factsOf(path: string): Promise<FileFacts>;
	factsOfOpen(file: number): Promise<FileFacts>;
	/**
	 * What tells a folder, by its path or held open, from every other that there is now. Synchronous: it is asked while
	 * an fsync is under way, and takes less than the trip through the thread pool would.
	 */
	identityOf(folder: string | number): string;
}

// The callback interface, promisified, costs less than node:fs/promises with its FileHandle objects.
const open = promisify(fs.open);
const read = promisify(fs.read);
const write = promisify(fs.write);
const writev = promisify(fs.writev);
const readdir = promisify(fs.readdir);
const stat = promisify(fs.stat);
const fstat = promisify(fs.fstat);

const statfs = promisify(fs.statfs);

const { O_WRONLY, O_CREAT, O_EXCL, O_DSYNC = 0 } = fs.constants;

/**
 * Numbers by which Linux tells its file systems apart, of those that sync what is written to a file opened with O_DSYNC:
 * ext2 to ext4, XFS, Btrfs and tmpfs. Others may ignore it, as many a file system in user space does, and overlayfs may lie
 * on one of them; macOS does less than F_FULLFSYNC, which fdatasync is there.
 */
const HONOUR_DSYNC: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994]);

/** The file system of this machine. */
export const nodeFileCalls: FileCalls = {
	canSyncFolders: process.platform !== "win32",
	async canWriteThrough(folder) {
		if (process.platform !== "linux" || isRuntimeThatMayDropFlags()) return false;
		// Not to know is to do without: it is safe everywhere.
		const facts = await statfs(folder).catch(() => undefined);
		return facts !== undefined && HONOUR_DSYNC.has(facts.type);
	},
	createFile: (path, kind) => open(path, O_WRONLY | O_CREAT | O_EXCL | (kind === "through" ? O_DSYNC : 0)),
	openFile: (path) => open(path, "r"),
	openFolder: (path) => open(path, fs.constants.O_RDONLY | (fs.constants.O_DIRECTORY ?? 0)),
	close: promisify(fs.close),
	read: async (file, into, position) => (await read(file, into, 0, into.length, position)).bytesRead,
	async write(file, pieces, position) {
		const [first] = pieces;
		if (first && pieces.length === 1) return (await write(file, first, 0, first.length, position)).bytesWritten;
		return (await writev(file, pieces, position)).bytesWritten;
	},
	syncData: promisify(fs.fdatasync),
	syncFolder: promisify(fs.fsync),
	link: promisify(fs.link),
	rename: promisify(fs.rename),
	unlink: promisify(fs.unlink),
	makeFolder: (path) => promisify(fs.mkdir)(path).then(() => undefined),
	readFolder: async (path) =>
		(await readdir(path, { withFileTypes: true })).map((entry) => ({ name: entry.name, kind: kindOf(entry) })),
	factsOf: async (path) => factsFrom(await stat(path)),
	factsOfOpen: async (file) => factsFrom(await fstat(file)),
	identityOf(folder) {
		const { dev, ino } = typeof folder === "string" ? fs.statSync(folder) : fs.fstatSync(folder);
		return `${dev}:${ino}`;
	},
};

/** Deno hands O_DSYNC on only since 2.5, and says nothing where it does not; what each Bun did is not known. */
function isRuntimeThatMayDropFlags(): boolean {
	const { deno, bun } = process.versions;
	return deno !== undefined || bun !== undefined;
}

function kindOf(entry: fs.Dirent | fs.Stats): FileKind {
	if (entry.isFile()) return "file";
	return entry.isDirectory() ? "folder" : "other";
}

function factsFrom(stats: fs.Stats): FileFacts {
	return { kind: kindOf(stats), size: stats.size, mtimeMs: stats.mtimeMs };
}

/** The `code` that `node:fs` gives its errors, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
	const code = (error as { code?: unknown } | null | undefined)?.code;
	return typeof code === "string" ? code : undefined;
}
