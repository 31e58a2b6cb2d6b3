import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTool } from "./root-command.mjs";

/**
 * Runs vitest to its end and counts.
 *
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [env]
 * @returns {Promise<{ readonly passed: number, readonly failed: number }>}
 */
export async function runVitest(args, env = {}) {
	const scratch = mkdtempSync(join(tmpdir(), "memwal-test-"));
	try {
		const report = join(scratch, "report.json");
		const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
		const exitCode = await runTool("vitest", ["run", ...reporters, ...args], { env });
		const { passed, failed } = countTests(report);
		// Vitest also fails for what is no test: a file that does not load, an unhandled rejection.
		return { passed, failed: Math.max(failed, exitCode === 0 ? 0 : 1) };
	} finally {
		rmSync(scratch, { recursive: true, force: true });
	}
}

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
