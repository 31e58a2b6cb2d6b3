import { readFileSync } from "node:fs";
import pico from "picocolors";
import { describe, expect, it } from "vitest";
import { createProgram } from "../src/program.ts";
import { createSession } from "../src/session.ts";

describe("the package", () => {
	it("offers one command and nothing to import", () => {
		const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
		expect(manifest.bin).toEqual({ memwal: "./dist/bin.js" });
		expect(Object.keys(manifest.exports)).toEqual(["./package.json"]);
	});

	it("has these subcommands and options", () => {
		const session = createSession(process, { signal: new AbortController().signal, commandName: "memwal" });
		const surface = createProgram({ ...session, outColors: pico.createColors(false) }).commands.map((command) => [
			command.name(),
			command.options.map(({ long }) => long),
		]);
		const place = ["--endpoint", "--region", "--profile"];
		expect(Object.fromEntries(surface)).toEqual({
			append: ["--batch-rows", "--format", "--infer-lines", "--shard", "--skip-rows", ...place, "--json", "--debug"],
			tail: [
				...["--follow", "--from", "--skip-rows", "--limit", "--columns", "--shard", "--jsonl", "--arrow"],
				...[...place, "--json", "--debug"],
			],
			inspect: ["--shard", "--codec", ...place, "--json", "--debug"],
			qualify: ["--keys", "--creators", ...place, "--json", "--debug"],
			demo: ["--source", "--dir", "--batch-rows", "--json", "--debug"],
		});
	});
});
