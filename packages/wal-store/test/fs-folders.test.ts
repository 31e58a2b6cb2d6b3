import { existsSync, renameSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openFsStore } from "@memwal/wal-store/fs";
import { describe, expect, it } from "vitest";
import { keysOf } from "./keys-of.ts";
import { RecordedFileCalls } from "./recorded-file-calls.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const body = new TextEncoder().encode("one entry");

describe("folders", () => {
	it("are made by the first write, and recorded in the folders above them", async () => {
		const root = join(temporaryFolder(), "not", "there", "yet");
		const recorded = new RecordedFileCalls(root);
		const store = await openFsStore(root, { calls: recorded.calls });
		expect(existsSync(root)).toBe(false);
		await store.putIfAbsent("_mem_wal/shard/wal/1", body);
		const steps = recorded.only("makeFolder", "syncFolder").filter((step) => !step.includes(".memwal-tmp"));
		const before = (first: string, then: string) => {
			expect(steps).toContain(first);
			expect(steps.lastIndexOf(then), `${then} after ${first}`).toBeGreaterThan(steps.indexOf(first));
		};
		before("makeFolder ../..", "syncFolder ../../..");
		before("makeFolder ..", "syncFolder ../..");
		before("makeFolder .", "syncFolder ..");
		before("makeFolder _mem_wal", "syncFolder .");
		before("makeFolder _mem_wal/shard", "syncFolder _mem_wal");
		before("makeFolder _mem_wal/shard/wal", "syncFolder _mem_wal/shard");
		expect(steps.at(-1)).toBe("syncFolder _mem_wal/shard/wal");
	});

	it("that another process made a moment ago are recorded too before anything in them is acknowledged", async () => {
		const root = temporaryFolder();
		await mkdir(join(root, "_mem_wal/shard/wal"), { recursive: true });
		const recorded = new RecordedFileCalls(root);
		const store = await openFsStore(root, { calls: recorded.calls });
		await store.putIfAbsent("_mem_wal/shard/wal/1", body);
		expect(recorded.only("syncFolder")).toEqual(
			expect.arrayContaining(["syncFolder .", "syncFolder _mem_wal", "syncFolder _mem_wal/shard"]),
		);
	});

	it("are not made by reading", async () => {
		const root = join(temporaryFolder(), "absent");
		const store = await openFsStore(root);
		expect(await store.get("a/b")).toBeUndefined();
		expect(await store.head("a/b")).toBeUndefined();
		expect(await keysOf(store)).toEqual([]);
		await store.delete("a/b");
		await store.sync?.("a/");
		await store.close?.();
		expect(existsSync(root)).toBe(false);
	});

	it("above a root that is there may be closed to us", async () => {
		const root = temporaryFolder();
		const recorded = new RecordedFileCalls(root);
		recorded.fail({ call: "openFolder", errno: "EACCES", path: ".." });
		const store = await openFsStore(root, { calls: recorded.calls });
		expect(await store.putIfAbsent("a", body)).toBe("created");
	});

	it("above a root that we made must be fsynced", async () => {
		const root = join(temporaryFolder(), "fresh");
		const recorded = new RecordedFileCalls(root);
		recorded.fail({ call: "openFolder", errno: "EACCES", path: ".." });
		const store = await openFsStore(root, { calls: recorded.calls });
		await expect(store.putIfAbsent("a", body)).rejects.toMatchObject({ code: "WAL_DENIED", outcome: "not-written" });
	});

	it("that were removed under the store's hands are made again", async () => {
		const root = temporaryFolder();
		const store = await openFsStore(root);
		await store.putIfAbsent("_mem_wal/shard/wal/1", body);
		rmSync(root, { recursive: true });
		expect(await store.get("_mem_wal/shard/wal/1")).toBeUndefined();
		expect(await store.putIfAbsent("_mem_wal/shard/wal/2", body)).toBe("created");
		expect(await keysOf(store)).toEqual(["_mem_wal/shard/wal/2"]);
	});

	it("that were replaced are fsynced, and not the ones that are held open", async () => {
		const root = temporaryFolder();
		const recorded = new RecordedFileCalls(root);
		const store = await openFsStore(root, { calls: recorded.calls });
		await store.putIfAbsent("wal/1", body);
		renameSync(join(root, "wal"), join(root, "moved"));
		await mkdir(join(root, "wal"));
		recorded.log.length = 0;
		expect(await store.putIfAbsent("wal/2", body)).toBe("created");
		const steps = recorded.only("openFolder", "syncFolder");
		expect(steps.at(-1)).toBe("syncFolder wal");
		expect(steps.slice(0, -1)).toContain("openFolder wal");
	});

	it("cannot be fsynced on Windows, and are then never opened", async () => {
		const root = temporaryFolder();
		const recorded = new RecordedFileCalls(root, { canSyncFolders: false });
		const store = await openFsStore(root, { calls: recorded.calls });
		expect(await store.putIfAbsent("wal/1", body)).toBe("created");
		expect(await store.putIfAbsent("wal/1", body)).toBe("exists");
		await store.sync?.("wal/");
		expect(recorded.only("openFolder", "syncFolder")).toEqual([]);
		recorded.log.length = 0;
		await store.putIfAbsent("wal/2", body);
		expect(recorded.only("makeFolder"), "folders are made once").toEqual([]);
		await store.close?.();
		expect(recorded.open).toBe(0);
	});

	it("are kept open in bounded number", async () => {
		const root = temporaryFolder();
		const recorded = new RecordedFileCalls(root);
		const store = await openFsStore(root, { calls: recorded.calls });
		for (let i = 0; i < 150; i++) await store.putIfAbsent(`shard-${i}/1`, body);
		expect(recorded.open).toBeLessThan(145);
		expect(await store.putIfAbsent("shard-0/2", body)).toBe("created");
		await store.close?.();
		expect(recorded.open).toBe(0);
	});
});

describe("sync", () => {
	it("fsyncs the folder and all above it", async () => {
		const root = temporaryFolder();
		await (await openFsStore(root)).putIfAbsent("a/b/c", body);
		const recorded = new RecordedFileCalls(root);
		const store = await openFsStore(root, { calls: recorded.calls });
		await store.sync?.("a/b/");
		expect(recorded.only("syncFolder").sort()).toEqual(["syncFolder .", "syncFolder a", "syncFolder a/b"]);
	});

	it("fsyncs also the folders below it that something was read from", async () => {
		const root = temporaryFolder();
		const writer = await openFsStore(root);
		for (const key of ["a/got/1", "a/looked-up/1", "a/listed/1", "a/untouched/1", "b/got/1"]) {
			await writer.putIfAbsent(key, body);
		}
		const recorded = new RecordedFileCalls(root);
		const store = await openFsStore(root, { calls: recorded.calls });
		await store.get("a/got/1");
		await store.head("a/looked-up/1");
		await keysOf(store, "a/listed/");
		await store.get("b/got/1");
		await store.sync?.("a/");
		expect(recorded.only("syncFolder").sort()).toEqual(
			[".", "a", "a/got", "a/listed", "a/looked-up"].map((folder) => `syncFolder ${folder}`),
		);
	});
});
