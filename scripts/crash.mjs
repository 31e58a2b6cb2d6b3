import { join } from "node:path";
import { buildPackages, ROOT, rootCommand, runProcess } from "./root-command.mjs";

await rootCommand({
	help: `
npm run crash [-- --kills N --store file --seed S --json FILE]

Kills processes that append with SIGKILL, at random moments, and reads the whole log anew after each kill. Half of the
rounds start a successor before the kill; a quarter freeze a writer (SIGSTOP), let a successor open, and wake it up. Fails if an
acknowledged row is lost or doubled, a file under a valid name is not whole, a position is missing, or a stale writer is
not fenced.

  --kills N      rounds, each with one kill; 100 unless told otherwise, which take about two minutes on two cores
  --store file   the local disk, in a folder of this clone's .cache; the only store so far
  --seed S       decides every pause; printed, and drawn unless given (how far a process gets in a pause is the machine's)
  --json FILE    the counts, with seed, commit and machine

  npm run crash -- --kills 100 --store file --json private/crash/results/file-100.json
`,
	async run(args) {
		if ((await buildPackages()) !== 0) return { ok: false, summary: "crash: FAILED to build" };
		const crash = join(ROOT, "private", "crash", "dist", "crash.js");
		return { ok: (await runProcess(process.execPath, [crash, ...args])) === 0 };
	},
});
