import {
	constants,
	existsSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isWalError } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { getWhole, type ObjectStore } from "@memwal/wal-store";
import { nodeFileCalls, openFsStore } from "@memwal/wal-store/fs";
import { describe, expect, it } from "vitest";
import { RecordedFileCalls } from "./recorded-file-calls.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const body = new TextEncoder().encode("one entry");
const HOUR_MS = 3_600_000;

function temporariesIn(root: string): string[] {
	const folder = join(root, ".memwal-tmp");
	return existsSync(folder) ? readdirSync(folder) : [];
}

async function keysOf(store: ObjectStore, prefix = ""): Promise<string[]> {
	const keys: string[] = [];
	for await (const { key } of store.list(prefix)) keys.push(key);
	return keys;
}

describe("an object on its way to the disk", () => {
	it.each([
		["written through to the disk", true, ["write TEMPORARY"]],
		["written, fsynced", false, ["write TEMPORARY", "syncData TEMPORARY"]],
	])("is %s, linked and recorded in its folder, in this order", async (_, writesThrough, bytesOnDisk) => {
		const root = temporaryFolder();
		const recorded = new RecordedFileCalls(root, { writesThrough });
		const store = await openFsStore(root, { calls: recorded.calls });
		await store.putIfAbsent("wal/1", body);
		recorded.log.length = 0;
		await store.putIfAbsent("wal/2", body);
		expect(recorded.only("write", "syncData", "link", "syncFolder")).toEqual([
			...bytesOnDisk,
			"link TEMPORARY",
			"syncFolder wal",
		]);
	});

	it("is written through only on Linux, by a file that the system syncs", async () => {
		const isLinux = process.platform === "linux";
		expect(nodeFileCalls.writesThrough).toBe(isLinux);
		const file = await nodeFileCalls.createFile(join(temporaryFolder(), "file"));
		const facts = isLinux ? readFileSync(`/proc/self/fdinfo/${file}`, "utf8") : "flags: 0";
		await nodeFileCalls.close(file);
		const flags = Number.parseInt(/^flags:\s+([0-7]+)$/m.exec(facts)?.[1] ?? "", 8);
		expect((flags & (constants.O_DSYNC ?? 0)) !== 0).toBe(isLinux);
	});

	it("is acknowledged before its temporary is removed", async () => {
		const root = temporaryFolder();
		const never = new Promise<void>(() => undefined);
		const calls = { ...nodeFileCalls, unlink: () => never, close: () => never };
		const store = await openFsStore(root, { calls });
		expect(await store.putIfAbsent("wal/1", body)).toBe("created");
		expect(await store.putIfAbsent("wal/2", body)).toBe("created");
	});

	it("finds its folder open and its temporary made", async () => {
		const root = temporaryFolder();
		const never = new Promise<number>(() => undefined);
		let prepared = 0;
		const calls = {
			...nodeFileCalls,
			createFile: (path: string) => (prepared++ < 17 ? nodeFileCalls.createFile(path) : never),
		};
		const recorded = new RecordedFileCalls(root, calls);
		const store = await openFsStore(root, { calls: recorded.calls });
		await store.putIfAbsent("wal/1", body);
		while (prepared < 17) await nodeFileCalls.factsOf(root);
		recorded.log.length = 0;
		// One was made for the first write and sixteen ahead; no further one can be had.
		for (let i = 2; i <= 17; i++) expect(await store.putIfAbsent(`wal/${i}`, body)).toBe("created");
		expect(recorded.only("openFolder", "makeFolder")).toEqual([]);
	});

	it("that finds its name taken puts what is there on disk before it says so", async () => {
		const root = temporaryFolder();
		const recorded = new RecordedFileCalls(root);
		const store = await openFsStore(root, { calls: recorded.calls });
		await store.putIfAbsent("wal/1", body);
		recorded.log.length = 0;
		expect(await store.putIfAbsent("wal/1", body)).toBe("exists");
		expect(recorded.only("link", "syncFolder")).toEqual(["link TEMPORARY", "syncFolder wal"]);
	});

	it("goes on where a write stopped short, piece by piece", async () => {
		const root = temporaryFolder();
		const write: typeof nodeFileCalls.write = (file, [first], position) =>
			nodeFileCalls.write(file, first ? [first.subarray(0, 7)] : [], position);
		const store = await openFsStore(root, { calls: { ...nodeFileCalls, write } });
		const whole = Uint8Array.from({ length: 100 }, (_, i) => i);
		await store.putIfAbsent("short", [whole.subarray(0, 50), whole.subarray(50, 51), whole.subarray(51)]);
		expect((await store.get("short"))?.bytes).toEqual(whole);
	});

	it("that the system takes nothing of is not written, and does not hang", async () => {
		const store = await openFsStore(temporaryFolder(), { calls: { ...nodeFileCalls, write: async () => 0 } });
		await expect(store.putIfAbsent("a", body)).rejects.toMatchObject({
			code: "WAL_UNAVAILABLE",
			outcome: "not-written",
		});
	});

	it("is given to the system in no more pieces than that takes at once", async () => {
		const root = temporaryFolder();
		const counts: number[] = [];
		const write: typeof nodeFileCalls.write = (file, pieces, position) => {
			counts.push(pieces.length);
			return nodeFileCalls.write(file, pieces, position);
		};
		const store = await openFsStore(root, { calls: { ...nodeFileCalls, write } });
		await store.putIfAbsent(
			"pieces",
			Array.from({ length: 2_500 }, () => body),
		);
		expect(counts).toEqual([1024, 1024, 452]);
		expect((await store.head("pieces"))?.size).toBe(2_500 * body.length);
	});

	it("shares its folder's fsync with others, though never one that began before its link", async () => {
		const root = temporaryFolder();
		const recorded = new RecordedFileCalls(root);
		const order: string[] = [];
		const calls = {
			...recorded.calls,
			async link(from: string, to: string) {
				await recorded.calls.link(from, to);
				order.push(`linked ${to.slice(root.length + 5)}`);
			},
			async syncFolder(file: number) {
				order.push("fsync begins");
				await recorded.calls.syncFolder(file);
				order.push("fsync ends");
			},
		};
		const store = await openFsStore(root, { calls });
		await store.putIfAbsent("wal/first", body);
		order.length = 0;
		const names = Array.from({ length: 40 }, (_, i) => `${i}`);
		await Promise.all(
			names.map(async (name) => {
				await store.putIfAbsent(`wal/${name}`, body);
				order.push(`acknowledged ${name}`);
			}),
		);
		expect(order.filter((step) => step === "fsync begins").length).toBeLessThan(names.length);
		for (const name of names) {
			const between = order.slice(order.indexOf(`linked ${name}`), order.indexOf(`acknowledged ${name}`));
			const begins = between.indexOf("fsync begins");
			expect(between.slice(begins), name).toContain("fsync ends");
			expect(begins, name).toBeGreaterThan(0);
		}
	});
});

describe("thousands of calls at once", () => {
	it("open no more files than a process may", async () => {
		const root = temporaryFolder();
		const recorded = new RecordedFileCalls(root);
		let most = 0;
		const calls = {
			...recorded.calls,
			writesThrough: false,
			async syncData() {
				most = Math.max(most, recorded.open);
			},
			async read(file: number, into: Uint8Array, position: number) {
				most = Math.max(most, recorded.open);
				return recorded.calls.read(file, into, position);
			},
		};
		const store = await openFsStore(root, { calls });
		const keys = Array.from({ length: 600 }, (_, i) => `wal/${i}`);
		const results = await Promise.all(keys.map((key) => store.putIfAbsent(key, body)));
		expect(new Set(results)).toEqual(new Set(["created"]));
		const objects = await Promise.all(keys.map((key) => store.get(key)));
		expect(objects.every((object) => object?.size === body.length)).toBe(true);
		expect(most).toBeLessThan(200);
	});
});

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

describe("temporaries", () => {
	it("are neither listed nor read, under any spelling of their folder", async () => {
		const root = temporaryFolder();
		const store = await openFsStore(root);
		await store.putIfAbsent("a", body);
		expect(temporariesIn(root).length).toBeGreaterThan(0);
		expect(await keysOf(store)).toEqual(["a"]);
		expect(await keysOf(store, ".")).toEqual([]);
		await expect(store.get(".memwal-tmp/x")).rejects.toMatchObject({ code: "WAL_INVALID" });
	});

	it("that another process swept are replaced by new ones", async () => {
		const root = temporaryFolder();
		const store = await openFsStore(root);
		await store.putIfAbsent("a", body);
		rmSync(join(root, ".memwal-tmp"), { recursive: true });
		expect(await store.putIfAbsent("b", body)).toBe("created");
		expect((await store.get("b"))?.bytes).toEqual(body);
	});

	it("that vanish every time end the write as not written", async () => {
		const root = temporaryFolder();
		const recorded = new RecordedFileCalls(root);
		const store = await openFsStore(root, { calls: recorded.calls });
		recorded.fail({ call: "link", errno: "ENOENT" });
		await expect(store.putIfAbsent("a", body)).rejects.toMatchObject({
			code: "WAL_UNAVAILABLE",
			outcome: "not-written",
		});
		expect(recorded.only("link")).toHaveLength(3);
	});

	it("left behind more than an hour ago are removed by opening, younger ones are not", async () => {
		const root = temporaryFolder();
		await mkdir(join(root, ".memwal-tmp"));
		const nowMs = Date.UTC(2030, 0, 1);
		for (const [name, ageMs] of [
			["old", HOUR_MS + 60_000],
			["older", 30 * HOUR_MS],
			["young", HOUR_MS - 60_000],
			["from the future", -HOUR_MS],
		] as const) {
			const path = join(root, ".memwal-tmp", name);
			writeFileSync(path, "half an ent");
			const at = new Date(nowMs - ageMs);
			utimesSync(path, at, at);
		}
		await openFsStore(root, { clock: new ManualClock(nowMs) });
		expect(temporariesIn(root).sort()).toEqual(["from the future", "young"]);
	});

	it("that cannot be swept do not keep a store from opening", async () => {
		const root = temporaryFolder();
		await mkdir(join(root, ".memwal-tmp"));
		writeFileSync(join(root, ".memwal-tmp", "old"), "x");
		const recorded = new RecordedFileCalls(root);
		recorded.fail({ call: "unlink", errno: "EROFS" });
		const store = await openFsStore(root, { calls: recorded.calls, clock: new ManualClock(Date.UTC(2100, 0, 1)) });
		expect(recorded.only("unlink")).toEqual(["unlink TEMPORARY"]);
		expect(await store.get("a")).toBeUndefined();
	});

	it("are few, however many writes there were, and gone when the store is closed", async () => {
		const root = temporaryFolder();
		const store = await openFsStore(root);
		for (let round = 0; round < 3; round++) {
			await Promise.all(Array.from({ length: 30 }, (_, i) => store.putIfAbsent(`${round}/${i}`, body)));
		}
		await store.close?.();
		expect(temporariesIn(root)).toEqual([]);
	});
});

describe("close", () => {
	it("leaves no open file, whatever was done", async () => {
		const root = temporaryFolder();
		const recorded = new RecordedFileCalls(root);
		const store = await openFsStore(root, { calls: recorded.calls });
		await store.putIfAbsent("a/1", body);
		await store.putIfAbsent("a/1", body);
		await store.put("hint", body);
		await store.get("a/1");
		await store.get("a/1", { range: { start: 1, end: 2 } });
		await store.get("absent");
		await store.get("a");
		await store.delete("a/1");
		await store.sync?.("");
		await store.putIfAbsent("a", body).catch(() => undefined);
		await store.close?.();
		expect(recorded.open).toBe(0);
	});

	it("waits for the writes that are under way", async () => {
		const root = temporaryFolder();
		const recorded = new RecordedFileCalls(root);
		const store = await openFsStore(root, { calls: recorded.calls });
		const writes = Promise.all(Array.from({ length: 10 }, (_, i) => store.putIfAbsent(`a/${i}`, body)));
		await store.close?.();
		expect(recorded.open).toBe(0);
		expect(new Set(await writes)).toEqual(new Set(["created"]));
	});
});

describe("reading", () => {
	it("gives bytes in a buffer of exactly their size", async () => {
		const store = await openFsStore(temporaryFolder());
		await store.putIfAbsent("a", body);
		const whole = await store.get("a");
		expect([whole?.bytes.byteOffset, whole?.bytes.buffer.byteLength]).toEqual([0, body.length]);
		const part = await store.get("a", { range: { start: 2, end: 5 } });
		expect([part?.bytes.byteOffset, part?.bytes.buffer.byteLength]).toEqual([0, 3]);
	});

	it("of a file that is cut off meanwhile gives a short answer, which getWhole refuses", async () => {
		const root = temporaryFolder();
		const read: typeof nodeFileCalls.read = (file, into, position) =>
			position >= 4 ? Promise.resolve(0) : nodeFileCalls.read(file, into.subarray(0, 4), position);
		const store = await openFsStore(root, { calls: { ...nodeFileCalls, read } });
		await store.putIfAbsent("a", body);
		const object = await store.get("a");
		expect([object?.bytes.length, object?.bytes.buffer.byteLength, object?.size]).toEqual([4, 4, body.length]);
		await expect(getWhole(store, "a")).rejects.toMatchObject({ code: "WAL_UNAVAILABLE" });
	});

	it("gives the time of the write, in whole milliseconds", async () => {
		const root = temporaryFolder();
		const store = await openFsStore(root);
		await store.putIfAbsent("a", body);
		const meta = await store.head("a");
		expect(meta?.lastModifiedMs).toBe(Math.floor(statSync(join(root, "a")).mtimeMs));
	});

	it("sees what other programs put there, but no names that are no keys, and no links", async () => {
		const root = temporaryFolder();
		const outside = temporaryFolder();
		writeFileSync(join(outside, "secret"), "x");
		await mkdir(join(root, "wal"));
		writeFileSync(join(root, "wal", "entry.arrow.tmp.x"), "x");
		writeFileSync(join(root, "wal", "back\\slash"), "x");
		symlinkSync(outside, join(root, "wal", "folder-link"));
		symlinkSync(join(outside, "secret"), join(root, "wal", "file-link"));
		symlinkSync(root, join(root, "wal", "circle"));
		const store = await openFsStore(root);
		expect(await keysOf(store)).toEqual(["wal/entry.arrow.tmp.x"]);
	});
});

describe("a root", () => {
	it("that is a file is refused when something is written", async () => {
		const file = join(temporaryFolder(), "file");
		writeFileSync(file, "x");
		const store = await openFsStore(file);
		expect(await store.get("a")).toBeUndefined();
		const error = await store.putIfAbsent("a", body).catch((error: unknown) => error);
		expect(isWalError(error, "WAL_INVALID") && error.outcome).toBe("not-written");
	});

	it("may be reached through a symbolic link", async () => {
		const folder = temporaryFolder();
		await mkdir(join(folder, "real"));
		symlinkSync(join(folder, "real"), join(folder, "link"));
		const store = await openFsStore(join(folder, "link"));
		expect(await store.putIfAbsent("a/b", body)).toBe("created");
		expect(await keysOf(store)).toEqual(["a/b"]);
		expect(existsSync(join(folder, "real", "a", "b"))).toBe(true);
	});
});
