import { openStore, WalAppender } from "@memwal/wal-core";
import { tableFromArrays } from "apache-arrow";
import { beforeAll, describe, expect, it } from "vitest";
import { buildCommand, memwal, ndjson, newLog } from "./built-command.ts";
import { appendRows, sixRows } from "./log-of.ts";

beforeAll(buildCommand, 120_000);

describe("memwal tail", () => {
	it("prints a table for people, with the command to resume on standard error", async () => {
		const url = await sixRows();
		const { code, stdout, stderr } = await memwal(["tail", url, "--limit", "3"]);
		expect(code).toBe(0);
		expect(stdout).toBe(
			[
				...["entry 1, epoch 1, 2 rows", "id  name", " 0  row 0", " 1  row 1", ""],
				...["entry 2, epoch 1, 2 rows", "id  name", " 2  row 2", "", ""],
			].join("\n"),
		);
		expect(stderr).toMatch(/^to resume: node \S+bin\.js tail \S+ --from 2 --skip-rows 1\n$/);
	});

	it("resumes exactly, also in the middle of an entry and behind a sentinel", async () => {
		const url = await sixRows();
		let printed = "";
		let resume: string[] = [];
		for (let call = 0; call < 3; call++) {
			const { stdout, stderr } = await memwal(["tail", url, "--jsonl", "--limit", "2", ...resume]);
			printed += stdout;
			const { from, skipRows } = JSON.parse(stderr).resume;
			resume = ["--from", from, "--skip-rows", String(skipRows)];
			if (call === 0) {
				const odd = await memwal(["tail", url, "--jsonl", "--limit", "1", ...resume]);
				printed += odd.stdout;
				resume = ["--from", "2", "--skip-rows", "1"];
				expect(JSON.parse(odd.stderr).resume).toEqual({ from: "2", skipRows: 1 });
			}
		}
		expect(printed).toBe(ndjson(5 + 1));
	});

	it("prints one JSON document with the place to resume from", async () => {
		const url = await sixRows();
		const { stdout, stderr } = await memwal(["tail", url, "--json", "--limit", "5"]);
		expect(stderr).toBe("");
		const { rows, resume } = JSON.parse(stdout);
		expect(rows.map(({ id }: { id: number }) => id)).toEqual([0, 1, 2, 3, 4]);
		expect(resume).toEqual({ from: "4", skipRows: 1 });
		expect(JSON.parse((await memwal(["tail", url, "--json", "--from", "9"])).stdout).rows).toEqual([]);
	});

	it("prints chosen columns in the order asked for, past a sentinel too", async () => {
		const url = await sixRows();
		const { stdout } = await memwal(["tail", url, "--jsonl", "--columns", "name,id"]);
		expect(stdout.split("\n").at(-2)).toBe('{"name":"row 5","id":5}');
		const unknown = await memwal(["tail", url, "--columns", "nome"]);
		expect(unknown).toMatchObject({ code: 2, stdout: "" });
		expect(unknown.stderr).toContain('error WAL_INVALID: There is no column "nome". The entry has: "id", "name".');
	});

	it("follows what is appended, until Ctrl-C, and exits with 130", async () => {
		const url = await newLog();
		const store = await openStore(url);
		const appender = await WalAppender.open({ store });
		const run = memwal(["tail", url, "--follow", "--jsonl"]);
		for (const id of [1, 2, 3]) {
			await appender.append(tableFromArrays({ id: Int32Array.of(id) }).batches);
			await run.untilStdout(`{"id":${id}}\n`);
		}
		run.child.kill("SIGINT");
		const { code, stdout, stderr } = await run;
		await appender.close();
		await store.close?.();
		expect({ code, stdout }).toEqual({ code: 130, stdout: '{"id":1}\n{"id":2}\n{"id":3}\n' });
		expect(stderr).toContain('{"resume":{"from":"4","skipRows":0}}\n');
	});

	it("ends quietly with 0 when nobody reads on", async () => {
		const url = await newLog();
		await appendRows(url, [20_000, 20_000, 20_000]);
		for (const format of [["--jsonl"], ["--json"], [], ["--arrow"]]) {
			const run = memwal(["tail", url, ...format]);
			run.child.stdout?.once("data", () => run.child.stdout?.destroy());
			const { code, stderr } = await run;
			expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		}
	});

	it("shows escape sequences in data and in column names as text", async () => {
		const url = await newLog();
		await memwal(["append", url], {
			stdin: '{"\\u001b[31mred":"\\u001b]0;x\\u0007\\u009b2J\\u202e","n":{"a":"\\u001bc"}}',
		});
		for (const format of [[], ["--jsonl"], ["--json"]]) {
			const { stdout } = await memwal(["tail", url, ...format]);
			expect(stdout).toMatch(/(\\x1b|\\u001b)\[31mred/);
			expect(stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
		}
	});

	it("does not know a shard or a log that does not exist", async () => {
		const url = await sixRows();
		const shard = await memwal(["tail", url, "--shard", "other"]);
		expect(shard).toMatchObject({ code: 3, stdout: "" });
		expect(shard.stderr).toMatch(/^error WAL_NOT_FOUND: there is no shard other in .+\nnext: .+ inspect .+\n$/);
		const log = await memwal(["tail", "file:./there-is-no-such-log"]);
		expect(log).toMatchObject({ code: 3, stdout: "" });
		expect(log.stderr).toMatch(/^error WAL_NOT_FOUND: .+\nnext: .+ append .+\n$/);
	});

	it("refuses options that contradict each other", async () => {
		const calls = [
			["--json", "--follow"],
			["--skip-rows", "1"],
			["--json", "--jsonl"],
			["--arrow", "--jsonl"],
		];
		for (const { code } of await Promise.all(calls.map((options) => memwal(["tail", "file:./x", ...options])))) {
			expect(code).toBe(2);
		}
	});
});
