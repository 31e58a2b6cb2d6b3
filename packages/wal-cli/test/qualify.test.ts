import { basename } from "node:path";
import { openStore } from "@memwal/wal-core";
import { beforeAll, describe, expect, it } from "vitest";
import { FakeS3 } from "../../wal-store/test/fake-s3.ts";
import { buildCommand, memwal, newLog } from "./built-command.ts";

beforeAll(buildCommand, 120_000);

describe("memwal qualify", () => {
	it("says what each probe saw, and leaves nothing behind", async () => {
		const url = await newLog();
		const { code, stdout, stderr } = await memwal(["qualify", url, "--keys", "4", "--creators", "8"]);
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(stdout).toMatch(
			/^passed {2}one winner: 4 keys, 8 creators each: 4 won, 28 were told that it exists \(.+ calls\)$/m,
		);
		expect(stdout.match(/^passed {2}/gm)).toHaveLength(8);
		expect(stdout).toMatch(/\npassed: 8 probes, \d+ calls\n$/);
		const store = await openStore(url);
		const keys: string[] = [];
		for await (const { key } of store.list("")) keys.push(key);
		await store.close?.();
		expect(keys).toEqual([]);
	});

	it("prints one JSON document for programs", async () => {
		const url = await newLog();
		const { code, stdout } = await memwal(["qualify", url, "--keys", "2", "--creators", "3", "--json"]);
		const { store, verdict, probes } = JSON.parse(stdout);
		expect({ code, store: basename(store), verdict }).toEqual({ code: 0, store: basename(url), verdict: "passed" });
		expect(probes[0]).toMatchObject({ name: "one winner", passed: true, requests: 8 });
		expect(probes.every(({ evidence }: { evidence: string }) => evidence.length > 0)).toBe(true);
	});

	it("ends with 6 where two creators win, and says what it saw", async () => {
		const server = await FakeS3.forTest({ profile: "ignores-header" });
		const env = { AWS_ACCESS_KEY_ID: "access", AWS_SECRET_ACCESS_KEY: "hunter2hunter2", AWS_REGION: "eu" };
		const args = ["qualify", "s3://bucket/scratch", "--endpoint", server.endpoint, "--keys", "2", "--creators", "4"];
		const [shown, asJson] = await Promise.all([memwal(args, { env }), memwal([...args, "--json", "--debug"], { env })]);
		expect([shown.code, asJson.code]).toEqual([6, 6]);
		expect(shown.stdout).toMatch(/^FAILED {2}one winner: 4 of 4 creators of one key were each told that they won/m);
		expect(shown.stderr).toContain("error WAL_STORE_UNSAFE: the store cannot hold a log: one winner: 4 of 4 creators");
		const { verdict, probes } = JSON.parse(asJson.stdout);
		expect([verdict, probes[0].passed, probes.length]).toEqual(["refused", false, 8]);
		expect(JSON.parse(asJson.stderr).error).toMatchObject({ code: "WAL_STORE_UNSAFE", exitCode: 6 });
		expect(shown.stderr + asJson.stderr + shown.stdout + asJson.stdout).not.toContain("hunter2");
		expect(server.objects.size).toBe(0);
	});
});
