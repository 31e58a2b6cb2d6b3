import { openStore } from "@memwal/wal-core";
import { beforeAll, describe, expect, it } from "vitest";
import { buildCommand, memwal, newLog } from "./built-command.ts";
import { appendRows } from "./log-of.ts";

beforeAll(buildCommand, 120_000);

describe("memwal inspect", () => {
	it("shows a single shard whole: manifest, epochs and where each begins", async () => {
		const url = await newLog();
		await appendRows(url, [2, 2]);
		await appendRows(url, [3]);
		const { code, stdout, stderr } = await memwal(["inspect", url]);
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(stdout).toMatch(/^shard {2,}unsharded$/m);
		expect(stdout).toMatch(/^positions {2,}first 1, next 5$/m);
		expect(stdout).toMatch(/^ +1 +1 +2 +2 +4 +\d.* k?B$/m);
		expect(stdout).toMatch(/^ +2 +3 +4 +2 +3 +\d.* k?B$/m);
		const { shards } = JSON.parse((await memwal(["inspect", url, "--json"])).stdout);
		expect(shards).toMatchObject([
			{
				...{
					name: "unsharded",
					status: "active",
					epoch: "2",
					firstPosition: "1",
					nextPosition: "5",
					entries: 4,
					rows: 7,
				},
				epochs: [
					{ epoch: "1", firstPosition: "1", lastPosition: "2", entries: 2, rows: 4 },
					{ epoch: "2", firstPosition: "3", lastPosition: "4", entries: 2, rows: 3 },
				],
			},
		]);
	});

	it("lists several shards, and shows the one that is asked for by name or id", async () => {
		const url = await newLog();
		for (const shard of ["a", "b"]) await appendRows(url, [2], { shard });
		const list = await memwal(["inspect", url]);
		expect(list.code).toBe(0);
		expect(list.stdout).toMatch(/^shard +status +epoch +first +next +manifest\n[ab] .+\n[ab] .+\n$/);
		const { shards } = JSON.parse((await memwal(["inspect", url, "--json"])).stdout);
		expect(shards.map(({ name }: { name: string }) => name).sort()).toEqual(["a", "b"]);
		for (const shard of ["b", shards.find(({ name }: { name: string }) => name === "b").shardId]) {
			expect((await memwal(["inspect", url, "--shard", shard])).stdout).toMatch(/^shard {2,}b$/m);
		}
		expect(await memwal(["inspect", url, "--shard", "c"])).toMatchObject({ code: 3, stdout: "" });
	});

	it("exits with 5 for a damaged entry, and names it", async () => {
		const url = await newLog();
		await appendRows(url, [2]);
		const store = await openStore(url);
		for await (const { key } of store.list("")) {
			if (key.endsWith(".arrow")) await store.put(key, Buffer.from("not an entry at all"));
		}
		await store.close?.();
		const { code, stderr, stdout } = await memwal(["inspect", url]);
		expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
		expect(stderr).toMatch(/^error WAL_CORRUPT: entry 1 of shard /);
	});

	it("exits with 3 where there is no log", async () => {
		expect(await memwal(["inspect", "file:./there-is-no-such-log"])).toMatchObject({ code: 3, stdout: "" });
	});

	it("shows with --codec what encodes and decodes entries here, and why", async () => {
		const table = await memwal(["inspect", "--codec"]);
		expect(table).toMatchObject({ code: 0, stderr: "" });
		expect(table.stdout).toMatch(/^operation +done by +because\nencode +ts +.+$/m);
		const { codec } = JSON.parse((await memwal(["inspect", "--codec", "--json"])).stdout);
		const encode = codec.find(({ operation }: { operation: string }) => operation === "encode");
		expect(encode).toMatchObject({ implementation: "ts", reason: expect.stringMatching(/./) });
		expect(await memwal(["inspect", "--codec", "file:./log"])).toMatchObject({ code: 2, stdout: "" });
		expect(await memwal(["inspect"])).toMatchObject({ code: 2, stdout: "" });
	});
});
