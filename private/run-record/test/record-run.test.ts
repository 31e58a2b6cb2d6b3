import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder, recordRun, writeJson } from "@memwal-private/run-record";
import { describe, expect, it } from "vitest";

describe("the record of a run", () => {
	it("says commit, date, machine with its file system, and runtime", () => {
		const record = recordRun(import.meta.dirname);
		expect(record.commit).toMatch(/^([0-9a-f]{40}(-dirty)?|unknown)$/);
		expect(new Date(record.date).toISOString()).toBe(record.date);
		expect(record.machine).toMatch(/^\d+ × .+, \d+ GiB, .+, .+$/);
		expect(record.runtime).toContain(process.version);
	});

	it("is written as JSON that ends in a line break, into folders made for it", () => {
		const scratch = openScratchFolder("run-record-test");
		try {
			const file = join(scratch.path, "results", "x.json");
			writeJson(file, { ok: true });
			expect(readFileSync(file, "utf8")).toBe('{\n  "ok": true\n}\n');
		} finally {
			scratch.remove();
		}
		expect(existsSync(scratch.path)).toBe(false);
	});
});
