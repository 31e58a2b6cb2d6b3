import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { buildCommand, memwal } from "./built-command.ts";
import { newFolder } from "./new-folder.ts";

beforeAll(buildCommand, 120_000);

describe("memwal", () => {
	it("prints its version and its help", async () => {
		const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
		expect(await memwal(["--version"])).toMatchObject({ stdout: `${version}\n`, stderr: "", code: 0 });
		const help = await memwal(["--help"]);
		expect(help).toMatchObject({ stderr: "", code: 0 });
		for (const command of ["append", "tail", "inspect", "qualify", "demo"])
			expect(help.stdout).toContain(`  ${command} `);
	});

	it("has help with examples for each command", async () => {
		const helps = await Promise.all(
			["append", "tail", "inspect", "qualify", "demo"].map((name) => memwal([name, "--help"])),
		);
		for (const { stdout, code } of helps) {
			expect(code).toBe(0);
			expect(stdout).toContain("Examples:\n  $ memwal ");
			expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThan(85);
		}
	});

	it("exits with 2 and a next step for mistakes on the command line", async () => {
		const calls = [[], ["tial"], ["tail"], ["tail", "memory:", "--limit", "-1"], ["tail", "memory:", "--from", "0"]];
		for (const { code, stdout, stderr } of await Promise.all(calls.map((args) => memwal(args)))) {
			expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
			expect(stderr).toMatch(/error USAGE: .+\nnext: See .+--help\n$/);
		}
	});

	it("exits with 2 for a URL that names no store, and says what was probably meant", async () => {
		const plain = await memwal(["inspect", "./log"]);
		expect(plain).toMatchObject({ code: 2 });
		expect(plain.stderr).toContain("next: For a folder on this machine write file:./log\n");
		const unknown = await memwal(["tail", "gopher://x"]);
		expect(unknown).toMatchObject({ code: 2 });
		expect(unknown.stderr).toMatch(/^error WAL_INVALID: /);
	});

	it("prints errors as JSON for programs", async () => {
		const { code, stderr } = await memwal(["inspect", "file:./there-is-no-such-log", "--json"]);
		const { error } = JSON.parse(stderr);
		expect(error).toMatchObject({ code: "WAL_NOT_FOUND", kind: "not-found", exitCode: 3 });
		expect(error.nextStep).toContain("begin a log");
		expect(code).toBe(3);
	});

	it("shows a stack trace with --debug only", async () => {
		const quiet = await memwal(["tail", "file:./there-is-no-such-log"]);
		expect(quiet.stderr).not.toContain("    at ");
		const debug = await memwal(["tail", "file:./there-is-no-such-log", "--debug"]);
		expect(debug.stderr).toContain("    at ");
	});

	it("colours nothing for a pipe, everything with FORCE_COLOR, and nothing with NO_COLOR", async () => {
		const args = ["tail", "file:./there-is-no-such-log"];
		const [pipe, forced, refused] = await Promise.all([
			memwal(args),
			memwal(args, { env: { FORCE_COLOR: "1" } }),
			memwal(args, { env: { FORCE_COLOR: "1", NO_COLOR: "1" } }),
		]);
		expect(pipe.stderr).not.toContain("\x1b");
		expect(forced.stderr).toContain("\x1b[31m");
		expect(refused.stderr).not.toContain("\x1b");
	});

	it("shows control characters of a URL, a file name or an argument as escapes", async () => {
		const evil = "\x1b]0;pwned\x07";
		const runs = await Promise.all([
			memwal(["append", "memory:", `${evil}.arrow`]),
			memwal(["tail", `file:./${evil}`]),
			memwal(["tail", "memory:", "--limit", evil]),
			memwal([evil]),
		]);
		for (const { stderr } of runs) {
			expect(stderr).toContain("\\x1b]0;pwned\\x07");
			expect(stderr).not.toContain("\x1b");
		}
	});

	it("repeats no credentials, in errors, as JSON and with --debug", async () => {
		const secret = "hunter2";
		const urls = [`s3://key:${secret}@bucket/log`, `s3://bucket/log?secret_key=${secret}`, `s3://${secret}@`];
		const calls = urls.flatMap((url) => [
			["tail", url],
			["tail", url, "--debug"],
			["inspect", url, "--json", "--debug"],
			["append", url, "--region", "eu"],
			[url],
		]);
		for (const { code, stdout, stderr } of await Promise.all(calls.map((args) => memwal(args)))) {
			expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
			expect(stderr).not.toContain(secret);
			expect(stderr).not.toBe("");
		}
	});

	it("ends with 6 where a store is known to be unsafe, and with 2 where options do not fit the URL", async () => {
		const [misfit, unsafe] = await Promise.all([
			memwal(["tail", "file:./log", "--region", "us-east-1"]),
			memwal(["tail", "s3://bucket", "--endpoint", "https://storage.googleapis.com"]),
		]);
		expect(misfit).toMatchObject({ code: 2, stdout: "" });
		expect(unsafe).toMatchObject({ code: 6, stdout: "" });
		expect(unsafe.stderr).toContain("error WAL_STORE_UNSAFE: Google Cloud Storage");
	});

	it("cannot write where a file is in place of the folder, and says so", async () => {
		const file = join(await newFolder(), "file");
		await writeFile(file, "");
		const { code, stderr, stdout } = await memwal(["append", `file:${file}`], { stdin: '{"a":1}\n' });
		expect(stdout).toBe("");
		expect(stderr).toMatch(/^error WAL_\w+: .+\nnext: .+\n$/);
		expect([2, 6]).toContain(code);
	});
});
