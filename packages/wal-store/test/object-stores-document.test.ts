import { readFileSync } from "node:fs";
import { PROVIDERS, S3_DEFAULTS } from "@memwal/wal-store/s3";
import { describe, expect, it } from "vitest";

const text = readFileSync(new URL("../../../docs/object-stores.md", import.meta.url), "utf8");

describe("docs/object-stores.md", () => {
	it("has a row for each store that is known, with all that is known and from where", () => {
		const rows = text.split("\n").filter((line) => /\| (yes|no|under conditions) \|/.test(line));
		expect(rows).toHaveLength(PROVIDERS.length);
		for (const { name, safe, evidence, facts, sources } of PROVIDERS) {
			const row = rows.find((line) => line.startsWith(`| ${name} | ${safe} | ${evidence} |`)) ?? `no row for ${name}`;
			for (const part of [...facts, ...sources]) expect(row).toContain(part);
		}
	});

	it("tells the driver's time limits", () => {
		const { connectMs, idleMs, requestMs } = S3_DEFAULTS;
		const [connect, idle, request] = [connectMs, idleMs, requestMs].map((ms) => `${ms / 1_000} s`);
		expect(text).toContain(`${connect} without a connection, ${idle} without anything moving, ${request} in all`);
	});
});
