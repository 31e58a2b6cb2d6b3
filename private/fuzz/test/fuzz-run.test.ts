import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { runFuzz } from "../src/fuzz-run.ts";
import { WorkerProcess } from "../src/worker-process.ts";

const folder = mkdtempSync(join(tmpdir(), "memwal-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A worker that does `what` in case 3, and nothing else. */
function workerThat(what: string): () => WorkerProcess {
	const program = join(folder, `${what.replaceAll(/\W/g, "")}.mjs`);
	writeFileSync(
		program,
		`import { writeSync } from "node:fs";
		import { createInterface } from "node:readline";
		const say = (line) => writeSync(1, line + "\\n");
		for await (const line of createInterface({ input: process.stdin })) {
			const { from, to } = JSON.parse(line);
			for (let number = from; number < to; number++) {
				say(String(number));
				if (number === 3) { ${what}; }
			}
			say(JSON.stringify({ kind: "done", outcomes: { decoded: to - from } }));
		}`,
	);
	return () => new WorkerProcess({ program, patienceMs: 4_000 });
}

const run = (what: string) =>
	runFuzz({
		cases: 6,
		workers: 1,
		jobFor: (from, to) => ({ kind: "cases", seed: 0, from, to }),
		startWorker: workerThat(what),
	});

it("a run without trouble has no failed case", async () => {
	expect(await run("number")).toEqual({ cases: 6, outcomes: { decoded: 6 }, failed: [] });
});

it("a case that hangs is killed and named, and the rest goes on", async () => {
	const { cases, failed } = await run("for (;;);");
	expect(cases).toBe(6);
	expect(failed).toEqual([{ number: 3, violations: [expect.stringMatching(/^hung: nothing was heard/)] }]);
});

it("a case that kills its process is named with what the process said, and the rest goes on", async () => {
	const { cases, failed } = await run('console.error("last words"); process.abort()');
	expect(cases).toBe(6);
	expect(failed).toEqual([{ number: 3, violations: [expect.stringMatching(/^died: .*SIGABRT.*last words/)] }]);
});

it("what a worker finds is reported", async () => {
	const { failed } = await run('say(JSON.stringify({ kind: "failed", number, violations: ["planted"] }))');
	expect(failed).toEqual([{ number: 3, violations: ["planted"] }]);
});
