import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { ROOT, runProcess } from "../root-command.mjs";

const TARGET = "wasm32-unknown-unknown";
const WASM_PACK = "0.15.1";
/** The command must have the version of the library. */
const WASM_BINDGEN = readFileSync(join(ROOT, "packages/wal-ipc-wasm/crate/Cargo.toml"), "utf8").match(
	/^wasm-bindgen = .*"=([\d.]+)"/m,
)?.[1];

// biome-ignore lint/suspicious/noUndeclaredEnvVars: no task of turbo's reads it
const CARGO_HOME = process.env.CARGO_HOME ?? join(homedir(), ".cargo");

/**
 * @typedef {object} Toolchain
 * @property {string} path What PATH has to be for it to be found.
 * @property {string} cargoHome
 * @property {Readonly<Record<string, string>>} versions By tool.
 */

/**
 * What can build the module: Debian's compiler where its library for wasm32 was built, else the one that is on PATH.
 *
 * @returns {Toolchain | undefined}
 */
export function findToolchain() {
	const own = join(ROOT, "node_modules", ".bin");
	const cargo = join(CARGO_HOME, "bin");
	// Debian's come before rustup's, as wasm-pack would ask rustup for a target that it cannot download.
	for (const first of ["/usr/bin", cargo]) {
		const path = [own, first, cargo, process.env.PATH].join(delimiter);
		const versions = {
			rustc: versionOf("rustc", path),
			"wasm-pack": versionOf("wasm-pack", path),
			"wasm-bindgen": versionOf("wasm-bindgen", path),
			"wasm-opt": versionOf("wasm-opt", path),
		};
		if (Object.values(versions).every((version) => version !== undefined) && hasTarget(path)) {
			if (versions["wasm-pack"] !== WASM_PACK || versions["wasm-bindgen"] !== WASM_BINDGEN) continue;
			return { path, cargoHome: CARGO_HOME, versions: /** @type {Record<string, string>} */ (versions) };
		}
	}
	return undefined;
}

/** What a registry that is busy for a moment may cost. */
const INSTALL_TRIES = 2;

/** Installs what is missing where that is known to work; resolves to whether it did. */
export async function installToolchain() {
	if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) return false;
	const script = join(ROOT, "scripts", "wasm", "install-toolchain.sh");
	for (let tries = 0; tries < INSTALL_TRIES; tries++) {
		if ((await runProcess("sh", [script, WASM_PACK, String(WASM_BINDGEN)])) === 0) return true;
	}
	return false;
}

/**
 * @param {string} program
 * @param {string} path
 */
function versionOf(program, path) {
	const { status, stdout } = run(program, ["--version"], path);
	return status === 0 ? stdout.trim().replace(new RegExp(`^${program} (version )?`), "") : undefined;
}

/** @param {string} path */
function hasTarget(path) {
	const { status, stdout } = run("rustc", ["--print", "target-libdir", "--target", TARGET], path);
	return status === 0 && existsSync(stdout.trim());
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} path
 */
function run(program, args, path) {
	return spawnSync(program, args, { encoding: "utf8", env: { ...process.env, PATH: path } });
}
