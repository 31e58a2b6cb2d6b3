import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
	buildPackages,
	ROOT,
	rootCommand,
	runProcess,
	runTool,
	secondsSince,
	workspaceFolders,
} from "./root-command.mjs";

/** What `npm run generate` writes, as paths from the root; folders stand for all that is in them. */
const GENERATED = [
	"docs/errors.md",
	"packages/wal-ipc-wasm/README.md",
	"packages/wal-ipc-wasm/docs",
	"private/bench/README.md",
	...workspaceFolders().map((folder) => join(folder, "src", "gen")),
];

/** @type {ReadonlyArray<readonly [name: string, run: () => Promise<number>]>} Each resolves to an exit code. */
const STEPS = [
	["format and lint", () => runTool("@biomejs/biome", ["ci", "."])],
	["build", () => buildPackages()],
	["types of tests and scripts", checkTypes],
	["rules of the tree", () => runTool("vitest", ["run", "private/repo"])],
	["dead code", () => runTool("knip", [])],
	["generated files", checkGenerated],
	["pack", () => runPackaging("pack-packages")],
	["publint", () => runPackaging("lint-tarballs", "publint")],
	["types of tarballs (attw)", () => runPackaging("lint-tarballs", "attw")],
	["installed alone", () => runPackaging("install-alone")],
];

await rootCommand({
	help: `
npm run check [-- <words>…]

Everything but the tests: ${STEPS.map(([name]) => name).join(", ")}.
Words choose the steps whose names contain one of them (\`npm run check -- lint types\`). Every step runs, also after
one has failed. "generated files" runs \`npm run generate\` and fails if anything differs from what was there; it leaves
the new files in place, ready to be looked at and committed. Lint and format are mended by: npx biome check --write
`,
	async run(words) {
		const chosen = STEPS.filter(([name]) => words.length === 0 || words.some((word) => name.includes(word)));
		const rows = [];
		for (const [name, run] of chosen) {
			console.log(`\n--- ${name}`);
			const startedMs = performance.now();
			const passed = (await run()) === 0;
			rows.push({ name, passed, time: secondsSince(startedMs) });
			console.log(`--- ${name}: ${passed ? "passed" : "FAILED"} in ${secondsSince(startedMs)}`);
		}
		const failed = rows.filter(({ passed }) => !passed).length;
		console.log("");
		for (const { name, passed, time } of rows) {
			console.log(`${passed ? "passed" : "FAILED"}  ${time.padStart(8)}  ${name}`);
		}
		return { ok: failed === 0 && rows.length > 0, summary: `${rows.length - failed} passed, ${failed} failed` };
	},
});

/** Sources are checked by the build; what is never built is checked here. */
async function checkTypes() {
	const projects = ["scripts", ...workspaceFolders().map((folder) => join(folder, "test"))];
	let worst = 0;
	for (const project of projects.filter((folder) => existsSync(join(ROOT, folder, "tsconfig.json")))) {
		worst = Math.max(worst, await runTool("typescript", ["-p", project]));
	}
	return worst;
}

async function checkGenerated() {
	const before = hashGenerated();
	const exitCode = await runTool("turbo", ["run", "generate"], { output: "on failure" });
	const after = hashGenerated();
	const differing = [...new Set([...before.keys(), ...after.keys()])].filter(
		(path) => before.get(path) !== after.get(path),
	);
	if (differing.length > 0) console.error(`Generated anew; look at them and commit them:\n  ${differing.join("\n  ")}`);
	return exitCode || (differing.length > 0 ? 1 : 0);
}

/** @returns {Map<string, string>} The hash of every generated file. */
function hashGenerated() {
	const paths = GENERATED.flatMap(listFiles);
	return new Map(
		paths.map((path) => [
			path,
			createHash("sha256")
				.update(readFileSync(join(ROOT, path)))
				.digest("hex"),
		]),
	);
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function listFiles(path) {
	if (!existsSync(join(ROOT, path))) return [];
	if (!statSync(join(ROOT, path)).isDirectory()) return [path];
	return readdirSync(join(ROOT, path)).flatMap((name) => listFiles(join(path, name)));
}

/**
 * @param {string} program
 * @param {string[]} args
 */
function runPackaging(program, ...args) {
	return runProcess(process.execPath, [join(ROOT, "private", "packaging", "dist", `${program}.js`), ...args]);
}
