import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { newFolder } from "./new-folder.ts";

const packageFolder = fileURLToPath(new URL("..", import.meta.url));
const repository = join(packageFolder, "..", "..");
const bin = join(packageFolder, "dist", "bin.js");

/**
 * What is started as a process is what users get: the built command. One test file builds at a time; the others find
 * nothing left to do.
 */
export async function buildCommand(): Promise<void> {
	const compiler = join(repository, "node_modules", "typescript", "bin", "tsc");
	const lock = join(tmpdir(), `memwal-build-${createHash("sha1").update(packageFolder).digest("hex")}`);
	const patience = AbortSignal.timeout(60_000);
	// A lock that is older than our patience was left behind by a run that was killed.
	while (!patience.aborted && !(await tryMkdir(lock))) await sleep(50);
	try {
		await promisify(execFile)(process.execPath, [compiler, "-b", packageFolder]);
	} finally {
		await rm(lock, { recursive: true, force: true });
	}
}

async function tryMkdir(path: string): Promise<boolean> {
	try {
		await mkdir(path);
		return true;
	} catch {
		return false;
	}
}

export interface Ended {
	readonly stdout: string;
	/** Standard output as it was. */
	readonly bytes: Buffer;
	readonly stderr: string;
	/** `null` when a signal ended it. */
	readonly code: number | null;
}

export interface Running extends PromiseLike<Ended> {
	readonly child: ChildProcess;
	/** Resolves once standard error has shown this text. */
	untilStderr(text: string): Promise<void>;
	/** Resolves once standard output has shown this text. */
	untilStdout(text: string): Promise<void>;
}

export interface RunOptions {
	readonly stdin?: string | Uint8Array | "open" | undefined;
	readonly cwd?: string | undefined;
	readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Starts `memwal` with these arguments; await it for its end. Standard input is empty unless told otherwise. */
export function memwal(args: readonly string[], { stdin = "", cwd, env }: RunOptions = {}): Running {
	const child = spawn(process.execPath, [bin, ...args], { cwd, env: { ...cleanEnvironment(), ...env } });
	const pieces = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
	const textOf = (name: "stdout" | "stderr") => Buffer.concat(pieces[name]).toString();
	const listeners = new Set<() => void>();
	for (const name of ["stdout", "stderr"] as const) {
		child[name].on("data", (piece: Buffer) => {
			pieces[name].push(piece);
			for (const listener of listeners) listener();
		});
	}
	child.stdin.on("error", () => undefined);
	if (stdin !== "open") child.stdin.end(stdin);
	const ended = new Promise<Ended>((resolve) => {
		child.once("close", (code) => {
			resolve({ stdout: textOf("stdout"), bytes: Buffer.concat(pieces.stdout), stderr: textOf("stderr"), code });
		});
	});
	const until = (name: "stdout" | "stderr", wanted: string) =>
		new Promise<void>((resolve, reject) => {
			const listener = () => {
				if (textOf(name).includes(wanted)) resolve();
			};
			listeners.add(listener);
			listener();
			void ended.then(({ stdout, stderr }) => reject(new Error(`never showed ${wanted}:\n${stdout}\n${stderr}`)));
		});
	return {
		child,
		untilStderr: (wanted) => until("stderr", wanted),
		untilStdout: (wanted) => until("stdout", wanted),
		// biome-ignore lint/suspicious/noThenProperty: awaiting a run means waiting for its end.
		then: (onEnded, onFailed) => ended.then(onEnded, onFailed),
	};
}

function cleanEnvironment(): NodeJS.ProcessEnv {
	const { NO_COLOR: _, FORCE_COLOR: __, NODE_OPTIONS: ___, ...rest } = process.env;
	return rest;
}

/** A log URL of its own: in a folder, or where `MEMWAL_TEST_LOGS` says that logs of tests go. */
export async function newLog(): Promise<string> {
	const folder = await newFolder();
	const elsewhere = process.env.MEMWAL_TEST_LOGS;
	return elsewhere === undefined ? `file:${join(folder, "log")}` : `${elsewhere}/${basename(folder)}`;
}

/** `count` lines of NDJSON: `{"id":0,"name":"row 0"}` and so on. */
export function ndjson(count: number, from = 0): string {
	return Array.from({ length: count }, (_, i) => `{"id":${from + i},"name":"row ${from + i}"}\n`).join("");
}
