import { rootCommand } from "./root-command.mjs";
import { buildModule, testCrate } from "./wasm/build-module.mjs";
import { commitModule, committedModule, findDamage, sha256 } from "./wasm/committed-module.mjs";
import { findToolchain, installToolchain } from "./wasm/toolchain.mjs";

await rootCommand({
	help: `
npm run wasm [-- --check]

Builds packages/wal-ipc-wasm/crate with wasm-pack from nothing, and writes what of it is committed:

  packages/wal-ipc-wasm/wasm/memwal_ipc.wasm     the module
  packages/wal-ipc-wasm/wasm/wasm.json           the toolchain that built it, its hash and its sizes
  packages/wal-ipc-wasm/src/gen/…                the module again, for everything that reads no files

  --check   writes none of it. Tests the crate, builds the module and, where the toolchain is the recorded one, requires
            the same bytes; where it is another, the tests of the codec are run on what it built. Where none can be had,
            only the committed files are compared with each other, and the summary says so.

A toolchain that is missing is installed first, which takes root on Debian and about eight minutes (two cores); elsewhere
install wasm-pack, wasm-bindgen-cli and the wasm32-unknown-unknown target yourself, in the versions that wasm.json names.
Exit code 3, without --check: there is no toolchain, and none can be installed.
`,
	async run(args) {
		const checking = args.includes("--check");
		const toolchain = findToolchain() ?? ((await installToolchain()) ? findToolchain() : undefined);
		if (!toolchain) {
			if (checking) return checkWithoutToolchain();
			process.exitCode = 3;
			return { ok: false, summary: "wasm: FAILED: there is no toolchain for wasm32, and none could be installed" };
		}
		console.log(namesOf(toolchain.versions));
		if (!(await testCrate(toolchain))) return { ok: false, summary: "wasm: FAILED: the tests of the crate" };
		const module = await buildModule(toolchain);
		if (!module) return { ok: false, summary: "wasm: FAILED to build" };
		return checking ? check(module, toolchain) : commit(module, toolchain);
	},
});

/**
 * @param {Buffer} module
 * @param {import("./wasm/toolchain.mjs").Toolchain} toolchain
 */
function commit(module, { versions }) {
	const { bytes, gzipBytes } = commitModule(module, versions);
	return { ok: true, summary: `wasm: built, ${bytes} bytes, ${gzipBytes} after gzip; commit what changed` };
}

/**
 * @param {Buffer} module
 * @param {import("./wasm/toolchain.mjs").Toolchain} toolchain
 */
async function check(module, { versions }) {
	const damage = findDamage();
	if (damage) return { ok: false, summary: `wasm: FAILED: ${damage}; run: npm run wasm` };
	const { toolchain: recorded, sha256: expected } = committedModule();
	if (namesOf(recorded) === namesOf(versions)) {
		return sha256(module) === expected
			? { ok: true, summary: "wasm: the committed module is what its sources give, byte for byte" }
			: { ok: false, summary: "wasm: FAILED: its sources give other bytes than those committed; run: npm run wasm" };
	}
	console.log(`The committed module was built by ${namesOf(recorded)}: bytes are not compared, the module is tested.`);
	// What it imports is there only after the set-up.
	const { testRebuiltModule } = await import("./wasm/test-rebuilt-module.mjs");
	return (await testRebuiltModule())
		? { ok: true, summary: "wasm: what another toolchain built passes the tests of the codec" }
		: { ok: false, summary: "wasm: FAILED: the tests of the codec, on what another toolchain built" };
}

/** What can be said of the committed module where nothing can build it. */
function checkWithoutToolchain() {
	const damage = findDamage();
	return damage
		? { ok: false, summary: `wasm: FAILED: ${damage}; run: npm run wasm` }
		: { ok: true, summary: "wasm: NOT REBUILT, no toolchain can be had here; the committed files belong together" };
}

/** @param {Readonly<Record<string, string>>} versions */
function namesOf(versions) {
	return Object.entries(versions)
		.map(([tool, version]) => `${tool} ${version}`)
		.join(", ");
}
