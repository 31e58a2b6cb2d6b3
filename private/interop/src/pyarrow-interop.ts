import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Kind, LEAF_KINDS, NESTED_KINDS } from "@memwal-private/arrow-samples";
import { compareFolder, type FolderReport } from "./compare-folder.ts";
import type { CompressionName, ReadStreamsJob, WriteEntriesJob } from "./interop-job.ts";
import { run } from "./run-program.ts";

/** Types for which pyarrow has no class: it gets the column, and cannot look into it. */
const UNKNOWN_TO_PYARROW: readonly Kind[] = ["interval-months", "interval-day-time"];
const KINDS: readonly Kind[] = [...LEAF_KINDS, ...NESTED_KINDS].filter((kind) => !UNKNOWN_TO_PYARROW.includes(kind));

const PYTHON_FILES = fileURLToPath(new URL("../python/", import.meta.url));
/** Processes run what was built, whether this file is or not. */
const BUILT = fileURLToPath(new URL("../dist/", import.meta.url));

export interface PyarrowInteropOptions {
	/** Entries of each compression, each way. */
	readonly rounds: number;
	readonly seed: number;
	readonly folder: string;
	readonly python: string;
	/** Writes what is compressed by ZSTD, and reads everything once more. */
	readonly zstdNode: string;
}

/** Ours read by pyarrow, and pyarrow's read by us; by who read. */
export function runPyarrow(options: PyarrowInteropOptions): Readonly<Record<string, FolderReport>> {
	return { ...oursReadByPyarrow(options), ...pyarrowsReadByUs(options) };
}

function oursReadByPyarrow({ rounds, seed, folder, python, zstdNode }: PyarrowInteropOptions) {
	const ours = join(folder, "ours");
	mkdirSync(ours);
	const write = (name: string, compression: CompressionName, changes: Partial<WriteEntriesJob> = {}): void => {
		const job: WriteEntriesJob = { folder: ours, name, rounds, seed, compression, kinds: KINDS, ...changes };
		runNode(compression === "zstd" ? zstdNode : process.execPath, "write-entries", job);
	};
	write("plain", "none");
	write("lz4", "lz4", { seed: seed + 1 });
	write("zstd", "zstd", { seed: seed + 2 });
	for (const kind of UNKNOWN_TO_PYARROW) write(`unsupported-${kind}`, "none", { rounds: 1, kinds: [kind] });
	run(python, ["-B", join(PYTHON_FILES, "read_entries.py"), ours], "pyarrow could not read our entries");
	return { pyarrow: compareFolder(ours, "pyarrow", /^Unsupported: /) };
}

function pyarrowsReadByUs({ rounds, seed, folder, python, zstdNode }: PyarrowInteropOptions) {
	const theirs = join(folder, "pyarrow");
	mkdirSync(theirs);
	const writer = ["-B", join(PYTHON_FILES, "write_streams.py"), theirs, String(3 * rounds), String(seed)];
	run(python, writer, "pyarrow could not write its streams");
	const reports: Record<string, FolderReport> = {};
	const read = (reader: string, node: string, prefer: ReadStreamsJob["prefer"]): void => {
		runNode(node, "read-streams", { folder: theirs, prefer, reader });
		reports[reader] = compareFolder(theirs, reader, /^WAL_UNSUPPORTED: /);
	};
	read("ts", process.execPath, "ts");
	read("wasm", process.execPath, "wasm");
	// ZSTD is read by the runtime where it can, else by a library.
	if (zstdNode !== process.execPath) read("node-24", zstdNode, "wasm");
	return reports;
}

function runNode(node: string, program: string, job: WriteEntriesJob | ReadStreamsJob): void {
	run(node, [join(BUILT, `${program}.js`), JSON.stringify(job)], `${program} failed`);
}
