import { join } from "node:path";
import { buildPackages, ROOT, rootCommand, runProcess } from "./root-command.mjs";
import { withServer } from "./s3/with-server.mjs";

await rootCommand({
	help: `
npm run bench [-- <suite>… --quick --json FILE]

Measures against baselines in the same run, and says which goals are met; a missed goal is told and is no failure, wrong
output is one. All suites but s3 unless some are named:

  append-local   one client appends one 600-byte entry at a time to the local disk, against two loops of bare file calls
  tip            requests that finding the tip of 10, 1,000 and 1,000,000 entries takes
  open           reading 10,000 entries with 10 ms latency a request, 16 at a time
  index          a million keys inserted, looked up and held in memory, against sorted-btree
  codec          entries to bytes and back, against apache-arrow, flechette and bare copies; wasm against ts
  in-wasm        an entry is decoded in WebAssembly or as usual, and little or all of it kept
  s3             appends against bare requests, requests counted, an opening and a crowd, on a real S3 server on loopback,
                 which ends with the run; it is built from source, with Go 1.25 or later

  --quick        fewer rounds and entries, for a look
  --json FILE    the result of the suite; of several suites, a list of them

  npm run bench -- append-local --json private/bench/results/append-local.json
`,
	async run(args) {
		if ((await buildPackages()) !== 0) return { ok: false, summary: "bench: FAILED to build" };
		const bench = join(ROOT, "private", "bench", "dist", "bench.js");
		const runBench = async (/** @type {Readonly<Record<string, string>>} */ env = {}) => ({
			ok: (await runProcess(process.execPath, [bench, ...args], { env })) === 0,
		});
		if (!args.includes("s3")) return await runBench();
		try {
			return await withServer(runBench);
		} catch (error) {
			return { ok: false, summary: `bench: FAILED: ${error instanceof Error ? error.message : error}` };
		}
	},
});
