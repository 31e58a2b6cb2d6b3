import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPackages, rootCommand, runTool } from "./root-command.mjs";

await rootCommand({
	help: `
npm test [-- <vitest arguments>]

Runs every test that needs only Node and npm. Packages are tested from source; they are compiled first for
the tests that start a process. The last line is "N passed, N failed".

  npm test -- packages/wal-store        one package
  npm test -- -t "a stale writer"       tests whose name contains the text
`,
	async run(args) {
		const scratch = mkdtempSync(join(tmpdir(), "memwal-test-"));
		try {
			const report = join(scratch, "report.json");
			const buildFailed = (await buildPackages()) !== 0;
			const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
			const exitCode = await runTool("vitest", ["run", ...reporters, ...args]);
			const { passed, failed } = countTests(report);
			// Vitest also fails for what is no test: a file that does not load, an unhandled rejection.
			const failures = Math.max(failed, exitCode === 0 ? 0 : 1) + (buildFailed ? 1 : 0);
			return { ok: failures === 0, summary: `${passed} passed, ${failures} failed` };
		} finally {
			rmSync(scratch, { recursive: true, force: true });
		}
	},
});

/** @param {string} file What vitest's JSON reporter wrote; missing when vitest never got that far. */
function countTests(file) {
	try {
		const report = JSON.parse(readFileSync(file, "utf8"));
		const emptyFailedFiles = report.testResults.filter(
			(/** @type {{ status: string, assertionResults: unknown[] }} */ result) =>
				result.status === "failed" && result.assertionResults.length === 0,
		).length;
		return { passed: report.numPassedTests, failed: report.numFailedTests + emptyFailedFiles };
	} catch {
		return { passed: 0, failed: 1 };
	}
}
