import { join } from "node:path";
import { buildPackages, ROOT, rootCommand, runProcess } from "./root-command.mjs";

await rootCommand({
	help: `
npm run interop [-- pyarrow --rounds N --seed S --json FILE]

Random entries of ours, plain, LZ4 and ZSTD, are read by pyarrow with full validation, and random streams of pyarrow's by
both of our codecs; every value, type, null and piece of metadata is compared. Fails at any difference. Types that the
other side does not have are named.

It needs Python 3.10 or later with venv; pyarrow comes from PyPI into .cache, once. ZSTD is written by a Node that can:
this one, else the one that npm has for Linux.

  --rounds N     entries of each compression, each way; 100 unless told otherwise
  --seed S       decides every entry; printed, and drawn unless given
  --json FILE    the counts, with seed, commit and machine

  npm run interop -- pyarrow --rounds 300
`,
	async run(args) {
		if ((await buildPackages("@memwal-private/interop")) !== 0)
			return { ok: false, summary: "interop: FAILED to build" };
		const interop = join(ROOT, "private", "interop", "dist", "interop.js");
		return { ok: (await runProcess(process.execPath, [interop, ...args])) === 0 };
	},
});
