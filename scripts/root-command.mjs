// What every command at the root shares: set-up from a clean clone, child processes, `--help`, the closing line.
// It runs before anything is installed, so it may import nothing but Node.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the clone. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const STAMP = join(ROOT, "node_modules", ".memwal-set-up");

/** Children find the tools of this clone first, and nobody is asked for telemetry or upgrades. */
const CHILD_ENV = {
	...process.env,
	PATH: [join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter),
	DO_NOT_TRACK: "1",
	TURBO_TELEMETRY_DISABLED: "1",
	TURBO_NO_UPDATE_NOTIFIER: "1",
};

/**
 * @typedef {object} Outcome
 * @property {boolean} ok
 * @property {string} [summary] The last line that the command prints; absent where the program it ran has printed one.
 */

/**
 * Runs one root command: answers `--help`, sets up, runs, prints the summary as the last line and sets the exit code.
 *
 * @param {object} command
 * @param {string} command.help
 * @param {(args: readonly string[]) => Promise<Outcome>} command.run
 */
export async function rootCommand({ help, run }) {
	const args = process.argv.slice(2);
	if (args.includes("--help") || args.includes("-h")) {
		console.log(help.trim());
		return;
	}
	// Ctrl-C reaches the child too, as it shares our terminal: it ends first, then we report.
	process.on("SIGINT", () => {
		process.exitCode = 130;
	});
	await setUp();
	const { ok, summary } = await run(args);
	if (summary !== undefined) console.log(summary);
	if (!ok) process.exitCode ||= 1;
}

/** Installs the packages that the lockfile names, unless exactly these are installed already. */
export async function setUp() {
	const wanted = fingerprint();
	if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted) return;
	const pnpm = readJson(join(ROOT, "package.json")).packageManager;
	console.error(`Setting up: ${pnpm} install (once for each change of the lockfile)`);
	// Not the pnpm in node_modules: it would remove itself where it has to begin anew. npm takes that of its prefix.
	const outside = ["exec", "--yes", "--prefix", tmpdir(), "--loglevel=warn", "--", pnpm];
	// The log levels are named because `npm run --silent` would hide why an install failed.
	const install = ["install", "--frozen-lockfile", "--dir", ROOT, "--loglevel=info"];
	// Standard output is the command's: a shell may read it.
	const options = /** @type {const} */ ({ shell: process.platform === "win32", output: "on standard error" });
	const code = await runProcess("npm", [...outside, ...install], options);
	if (code !== 0) {
		console.error(
			"Set-up failed. It needs Node >= 20.19, npm and the registry; after a change of a manifest, run:\n" +
				`  npx ${pnpm} install`,
		);
		process.exit(1);
	}
	mkdirSync(dirname(STAMP), { recursive: true });
	writeFileSync(STAMP, wanted);
}

/** Everything that decides what is installed, as one hash. */
function fingerprint() {
	const hash = createHash("sha256").update(`${process.platform}-${process.arch}`);
	const manifests = workspaceFolders().map((folder) => join(folder, "package.json"));
	for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc", "package.json", ...manifests]) {
		hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)));
	}
	return hash.digest("hex");
}

/**
 * The packages of the workspace, as paths from the root.
 *
 * @returns {string[]}
 */
export function workspaceFolders() {
	return ["packages", "private", "examples"]
		.filter((parent) => existsSync(join(ROOT, parent)))
		.flatMap((parent) => readdirSync(join(ROOT, parent)).map((name) => join(parent, name)))
		.filter((folder) => existsSync(join(ROOT, folder, "package.json")))
		.sort();
}

/**
 * How a child process is run.
 *
 * @typedef {object} RunOptions
 * @property {boolean} [shell]
 * @property {"shown" | "on standard error" | "on failure"} [output] Whether it has our terminal, or is heard only when it fails.
 * @property {Readonly<Record<string, string>>} [env] What its environment has beyond ours.
 */

/**
 * Runs a program from the root.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>} The exit code; 1 when it could not be started or died of a signal.
 */
export function runProcess(program, args, { shell = false, output = "shown", env = {} } = {}) {
	const err = output === "on failure" ? "pipe" : "inherit";
	const out = output === "on standard error" ? process.stderr : err;
	return new Promise((resolve) => {
		const stdio = /** @type {import("node:child_process").StdioOptions} */ (["ignore", out, err]);
		const child = spawn(program, args, { cwd: ROOT, shell, stdio, env: { ...CHILD_ENV, ...env } });
		/** @type {Buffer[]} */
		const heard = [];
		child.stdout?.on("data", (piece) => heard.push(piece));
		child.stderr?.on("data", (piece) => heard.push(piece));
		child.on("error", (error) => {
			console.error(`${program} could not be started: ${error.message}`);
			resolve(1);
		});
		child.on("close", (code) => {
			if (code !== 0) process.stderr.write(Buffer.concat(heard));
			resolve(code ?? 1);
		});
	});
}

/**
 * Runs the command of an installed package with this very Node, so that no shell and no PATH is needed.
 *
 * @param {string} packageName
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function runTool(packageName, args, options) {
	const folder = join(ROOT, "node_modules", packageName);
	const { bin } = readJson(join(folder, "package.json"));
	const entry = typeof bin === "string" ? bin : Object.values(bin)[0];
	return runProcess(process.execPath, [join(folder, entry), ...args], options);
}

/**
 * Compiles every package that changed since it was last compiled; or one, with those that it needs.
 *
 * @param {string} [only] The name of a package.
 */
export function buildPackages(only) {
	console.error(`Building ${only ?? "every package"}`);
	const filter = only === undefined ? [] : [`--filter=${only}`];
	return runTool("turbo", ["run", "build", ...filter], { output: "on failure" });
}

/** @param {string} file */
export function readJson(file) {
	return JSON.parse(readFileSync(file, "utf8"));
}

/** @param {number} startedMs */
export function secondsSince(startedMs) {
	return `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
}
