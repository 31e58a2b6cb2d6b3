import { buildPackages, rootCommand } from "./root-command.mjs";
import { runVitest } from "./vitest-run.mjs";

await rootCommand({
	help: `
npm test [-- <vitest arguments>]

Runs every test that needs only Node and npm. Packages are tested from source; they are compiled first for
the tests that start a process. The last line is "N passed, N failed".

  npm test -- packages/wal-store        one package
  npm test -- -t "a stale writer"       tests whose name contains the text
`,
	async run(args) {
		const buildFailed = (await buildPackages()) !== 0;
		const { passed, failed } = await runVitest(args);
		const failures = failed + (buildFailed ? 1 : 0);
		return { ok: failures === 0, summary: `${passed} passed, ${failures} failed` };
	},
});
