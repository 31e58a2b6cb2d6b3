import { join } from "node:path";
import { buildPackages, ROOT, rootCommand, runProcess } from "./root-command.mjs";
import { withServer } from "./s3/with-server.mjs";

await rootCommand({
	help: `
npm run crash [-- --kills N --store file|s3 --seed S --json FILE]

Kills processes that append with SIGKILL, at random moments, and reads the whole log anew after each kill. Half of the
rounds start a successor before the kill; a quarter freeze a writer (SIGSTOP), let a successor open, and wake it up. Fails if an
acknowledged row is lost or doubled, a file under a valid name is not whole, a position is missing, or a stale writer is
not fenced.

  --kills N      rounds, each with one kill; 100 unless told otherwise, which take about two minutes on two cores
  --store file   the local disk, in a folder of this clone's .cache; unless told otherwise
  --store s3     a real S3 server on loopback, which ends with the run; it is built from source, with Go 1.25 or later
  --seed S       decides every pause; printed, and drawn unless given (how far a process gets in a pause is the machine's)
  --json FILE    the counts, with seed, commit and machine

  npm run crash -- --kills 100 --store file --json private/crash/results/file-100.json
  npm run crash -- --kills 200 --store s3 --json private/crash/results/s3-200.json
`,
	async run(args) {
		if ((await buildPackages()) !== 0) return { ok: false, summary: "crash: FAILED to build" };
		const crash = join(ROOT, "private", "crash", "dist", "crash.js");
		const runCrash = async (/** @type {Readonly<Record<string, string>>} */ env = {}) => ({
			ok: (await runProcess(process.execPath, [crash, ...args], { env })) === 0,
		});
		if (!wantsServer(args)) return await runCrash();
		try {
			return await withServer(runCrash);
		} catch (error) {
			return { ok: false, summary: `crash: FAILED: ${error instanceof Error ? error.message : error}` };
		}
	},
});

/** @param {readonly string[]} args */
function wantsServer(args) {
	return args.some((arg, i) => arg === "--store=s3" || (arg === "s3" && args[i - 1] === "--store"));
}
