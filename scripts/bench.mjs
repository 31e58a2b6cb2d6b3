import { join } from "node:path";
import { buildPackages, ROOT, rootCommand, runProcess } from "./root-command.mjs";

await rootCommand({
	help: `
npm run bench [-- <suite>… --quick --json FILE]

Measures against baselines in the same run, and says which goals are met; a missed goal is told and is no failure, wrong
output is one. All suites unless some are named:

  append-local   one client appends one 600-byte entry at a time to the local disk, against two loops of bare file calls
  tip            requests that finding the tip of 10, 1,000 and 1,000,000 entries takes
  open           reading 10,000 entries with 10 ms latency a request, 16 at a time
  index          a million keys inserted, looked up and held in memory, against sorted-btree
  codec          entries to bytes and back, against apache-arrow, flechette and bare copies; wasm against ts
  in-wasm        an entry is decoded in WebAssembly or as usual, and little or all of it kept

  --quick        fewer rounds and entries, for a look
  --json FILE    the result of the suite; of several suites, a list of them

  npm run bench -- append-local --json private/bench/results/append-local.json
`,
	async run(args) {
		if ((await buildPackages()) !== 0) return { ok: false, summary: "bench: FAILED to build" };
		const bench = join(ROOT, "private", "bench", "dist", "bench.js");
		return { ok: (await runProcess(process.execPath, [bench, ...args])) === 0 };
	},
});
