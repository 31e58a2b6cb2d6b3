import { join } from "node:path";
import { buildPackages, ROOT, readJson, rootCommand, runProcess, secondsSince } from "./root-command.mjs";

/** 200,000 real flights, out of a package, so that the demo downloads nothing of its own. */
const FLIGHTS = join(ROOT, "node_modules", "vega-datasets", "data", "flights-200k.arrow");

await rootCommand({
	help: `
npm run demo [-- <options of \`memwal demo\`>]

Appends 200,000 real flights to a log in ./memwal-demo, kills the writer half way, goes on with a successor, wakes the
stale writer up to see it fenced, then reads everything back and compares every value with the source. Fails if a
single row is lost, doubled or changed. Can be run again, and after an interruption.

  npm run demo -- --dir ./elsewhere     another folder
`,
	async run(args) {
		if ((await buildPackages("@memwal/wal-cli")) !== 0) return { ok: false, summary: "demo: FAILED to build" };
		const cli = join(ROOT, "packages", "wal-cli");
		const memwal = join(cli, readJson(join(cli, "package.json")).bin.memwal);
		const startedMs = performance.now();
		const options = ["--source", FLIGHTS, ...(args.includes("--dir") ? [] : ["--dir", "./memwal-demo"]), ...args];
		const exitCode = await runProcess(process.execPath, [memwal, "demo", ...options]);
		return {
			ok: exitCode === 0,
			summary: `demo: ${exitCode === 0 ? "passed" : "FAILED"} in ${secondsSince(startedMs)}`,
		};
	},
});
