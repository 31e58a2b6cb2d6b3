import { join } from "node:path";
import { buildPackages, ROOT, rootCommand, runProcess } from "./root-command.mjs";

await rootCommand({
	help: `
npm run fuzz [-- --cases N --seed S --workers N --json FILE]

Damages valid entries (bits, bytes, lengths and offsets, cuts, splices, frames doubled, dropped and moved) and gives them
to both codecs. Each has to end in WAL_CORRUPT, WAL_UNSUPPORTED or WAL_INVALID, or in an entry whose every value can be
read; both codecs in the same. Fails at any other exception, a crash, 20 s of silence, more than 64 MB + 8 × the input
of memory, or a difference. What failed is kept in private/fuzz/regressions, to be committed with the mend: npm test
gives it to the codecs again.

  --cases N      20,000 unless told otherwise
  --seed S       decides every case; printed, and drawn unless given
  --workers N    processes; as many as there are cores unless told otherwise
  --json FILE    the counts, with seed, commit and machine

  npm run fuzz -- --cases 200000 --json private/fuzz/results/200000.json
`,
	async run(args) {
		if ((await buildPackages("@memwal-private/fuzz")) !== 0) return { ok: false, summary: "fuzz: FAILED to build" };
		const fuzz = join(ROOT, "private", "fuzz", "dist", "fuzz.js");
		return { ok: (await runProcess(process.execPath, [fuzz, ...args])) === 0 };
	},
});
