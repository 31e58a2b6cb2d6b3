import { execFileSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));

export interface RunRecord {
	/** Ends in `-dirty` where a tracked file differs from that commit, but for documents and kept results. */
	readonly commit: string;
	/** ISO 8601, UTC. */
	readonly date: string;
	readonly machine: string;
	readonly runtime: string;
}

/** Describes this run; `workFolder` is where it keeps its files, whose file system is part of the machine. */
export function recordRun(workFolder: string): RunRecord {
	return {
		commit: describeCommit(),
		date: new Date().toISOString(),
		machine: describeMachine(workFolder),
		runtime: `node ${process.version} ${process.platform}-${process.arch}`,
	};
}

function describeCommit(): string {
	try {
		const commit = git("rev-parse", "HEAD");
		return git("status", "--porcelain", "--untracked-files=no", "--", ...DECISIVE) === "" ? commit : `${commit}-dirty`;
	} catch {
		return "unknown";
	}
}

/** What decides how a run comes out: not the results of the run before, nor what is generated from them. */
const DECISIVE = [":(top)", ":(top,exclude)private/*/results/*", ":(top,exclude)*.md", ":(top,exclude)*.svg"];

function git(...args: string[]): string {
	return execFileSync("git", args, { cwd: HERE, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}

function describeMachine(workFolder: string): string {
	const processors = cpus();
	const gibibytes = Math.round(totalmem() / 2 ** 30);
	const model = processors[0]?.model.trim() || process.arch;
	return `${processors.length} × ${model}, ${gibibytes} GiB, ${type()} ${release()}, ${fileSystemOf(workFolder)}`;
}

/** The magic numbers of Linux' `statfs`. */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
	61267: "ext4",
	1481003842: "xfs",
	2435016766: "btrfs",
	16914836: "tmpfs",
	2035054128: "overlayfs",
	801189825: "zfs",
	26985: "nfs",
};

function fileSystemOf(folder: string): string {
	const magic = statfsSync(folder).type;
	return FILE_SYSTEMS[magic] ?? `file system 0x${magic.toString(16)}`;
}
