import { join } from "node:path";
import { buildPackages, ROOT, rootCommand, runProcess } from "./root-command.mjs";

await rootCommand({
	help: `
npm run faults [-- --ops N --seed S --server versitygw|minio --json FILE --control]

Breaks the wire between racing writers and a real S3 server on loopback: connections reset before and after a write
landed, answers delayed, cut, made up or never given, requests doubled and repeated later. Kills the server, too. Fails
if a fresh reader finds an acknowledged row lost, a row doubled, a position missing or rows out of order; and if the same
run with a naive writer, the control, doubles nothing.

  --ops N       groups of rows to bring into logs; 2000 unless told otherwise, which take some minutes on two cores
  --seed S      decides every plan; printed, and drawn unless given (which request is first is up to the race)
  --server NAME versitygw unless told otherwise; it is built from source first where it has to be, which needs Go 1.25
  --json FILE   the counts, with seed, commit and machine
  --control     plays the control alone

  npm run faults -- --ops 2000 --seed 1
`,
	async run(args) {
		if ((await buildPackages()) !== 0) return { ok: false, summary: "faults: FAILED to build" };
		const faults = join(ROOT, "private", "faults", "dist", "faults.js");
		return { ok: (await runProcess(process.execPath, [faults, ...args])) === 0 };
	},
});
