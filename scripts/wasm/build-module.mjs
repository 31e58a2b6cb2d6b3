import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../root-command.mjs";

const CRATE = join(ROOT, "packages", "wal-ipc-wasm", "crate");
/** Not in the crate: what wasm-pack writes there would pass for sources of the package. */
const BUILD = join(ROOT, ".cache", "wasm");
const PKG = join(BUILD, "pkg");
/** What was built last; not committed. */
export const BUILT_MODULE = join(PKG, "memwal_ipc_bg.wasm");

/**
 * Builds the module from nothing but its sources.
 *
 * @param {import("./toolchain.mjs").Toolchain} toolchain
 * @returns {Promise<Buffer | undefined>} `undefined` where it does not build.
 */
export async function buildModule({ path, cargoHome }) {
	const manifest = join(CRATE, "Cargo.toml");
	const environment = { PATH: path, CARGO_TARGET_DIR: join(BUILD, "module") };
	const fetched = ["fetch", "--locked", "--manifest-path", manifest, "--target", "wasm32-unknown-unknown"];
	if (!(await runs("cargo", fetched, environment))) return undefined;
	const registries = join(cargoHome, "registry", "src");
	const flags = [
		// Else panic messages carry the path of whoever builds, and no two builds are alike.
		...readdirSync(registries).map((name) => `--remap-path-prefix=${join(registries, name)}=/crates`),
		"-Ctarget-feature=+simd128",
		// Nothing recurses, and what the module keeps for itself is copied for no one.
		"-Clink-arg=-zstack-size=32768",
	];
	rmSync(PKG, { recursive: true, force: true });
	const build = ["build", CRATE, "--mode", "no-install", "--release", "--target", "web", "--out-dir", PKG];
	const built = await runs("wasm-pack", [...build, "--", "--locked"], { ...environment, RUSTFLAGS: flags.join(" ") });
	return built ? readFileSync(BUILT_MODULE) : undefined;
}

/**
 * Runs the crate's tests on this machine's own processor.
 *
 * @param {import("./toolchain.mjs").Toolchain} toolchain
 */
export function testCrate({ path }) {
	const manifest = join(CRATE, "Cargo.toml");
	const environment = { PATH: path, CARGO_TARGET_DIR: join(BUILD, "native") };
	return runs("cargo", ["test", "--quiet", "--locked", "--manifest-path", manifest], environment);
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} environment
 * @returns {Promise<boolean>} Whether it ended well.
 */
function runs(program, args, environment) {
	return new Promise((resolve) => {
		const env = { ...process.env, ...environment };
		const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"], env });
		child.on("error", (error) => {
			console.error(`${program} could not be started: ${error.message}`);
			resolve(false);
		});
		child.on("close", (code) => resolve(code === 0));
	});
}
