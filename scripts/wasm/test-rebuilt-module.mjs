import { readFileSync } from "node:fs";
import { startVitest } from "vitest/node";
import { ROOT } from "../root-command.mjs";
import { BUILT_MODULE } from "./build-module.mjs";

/** Runs the tests of the codec on the module that was built last in place of the committed one. */
export async function testRebuiltModule() {
	const inlined = `export const MODULE_BASE64 = "${readFileSync(BUILT_MODULE).toString("base64")}";`;
	const plugin = {
		name: "rebuilt-module",
		/** @param {string} id */
		load: (id) => (id.endsWith("/src/gen/memwal-ipc-module.ts") ? inlined : undefined),
	};
	const vitest = await startVitest(
		"test",
		["packages/wal-ipc-wasm"],
		{ root: ROOT, watch: false },
		{ plugins: [plugin] },
	);
	await vitest.close();
	return vitest.state.getCountOfFailedTests() === 0 && process.exitCode !== 1;
}
