import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { FuzzCases } from "../src/fuzz-case.ts";
import { runFuzz } from "../src/fuzz-run.ts";
import { keepRegression, REGRESSIONS, regressionFiles } from "../src/regressions.ts";

const folder = mkdtempSync(join(tmpdir(), "memwal-regressions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = regressionFiles();

it("no input that ever failed fails again", async () => {
	const { cases, failed } = await runFuzz({
		cases: files.length,
		workers: 1,
		jobFor: (from, to) => ({ kind: "files", from, files: files.slice(0, to) }),
	});
	expect(cases).toBe(files.length);
	expect(failed.map(({ number, violations }) => [basename(files[number] ?? ""), violations])).toEqual([]);
});

it("every input has a note beside it", () => {
	const notes = readdirSync(REGRESSIONS).filter((name) => name.endsWith(".txt"));
	expect(notes.map((name) => name.replace(".txt", ".bin"))).toEqual(files.map((file) => basename(file)));
});

it("a case that failed is kept byte for byte, with its number and what was wrong", async () => {
	const kept = await keepRegression(1, 123, ["planted"], folder);
	const { bytes } = (await FuzzCases.load(1)).make(123);
	expect(Buffer.compare(readFileSync(kept ?? ""), bytes)).toBe(0);
	expect(readFileSync((kept ?? "").replace(".bin", ".txt"), "utf8")).toBe("seed 1, case 123\nplanted\n");
	expect(readdirSync(folder)).toHaveLength(2);
});
