import { constants, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isWalError } from "@memwal/wal-runtime";
import { getWhole } from "@memwal/wal-store";
import { nodeFileCalls, openFsStore } from "@memwal/wal-store/fs";
import { describe, expect, it, vi } from "vitest";
import { keysOf } from "./keys-of.ts";
import { RecordedFileCalls } from "./recorded-file-calls.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const body = new TextEncoder().encode("one entry");

describe("an object on its way to the disk", () => {
	it.each([
		["written through to the disk", true, ["write TEMPORARY"]],
		["written, fsynced", false, ["write TEMPORARY", "syncData TEMPORARY"]],
	])("is %s, linked and recorded in its folder, in this order", async (_, canWriteThrough, bytesOnDisk) => {
		const root = temporaryFolder();
		const recorded = new RecordedFileCalls(root, { canWriteThrough: async () => canWriteThrough });
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

	it("is written through on Linux alone, by a file that the system syncs with every write", async () => {
		const isLinux = process.platform === "linux";
		const isSynced = async (kind: "plain" | "through") => {
			const file = await nodeFileCalls.createFile(join(temporaryFolder(), "file"), kind);
			const facts = isLinux ? readFileSync(`/proc/self/fdinfo/${file}`, "utf8") : "flags:\t0";
			await nodeFileCalls.close(file);
			const flags = Number.parseInt(/^flags:\s+([0-7]+)$/m.exec(facts)?.[1] ?? "", 8);
			return (flags & (constants.O_DSYNC ?? 0)) !== 0;
		};
		expect([await isSynced("plain"), await isSynced("through")]).toEqual([false, isLinux]);
	});

	it("is not written through where nobody promises that the system does", async () => {
		expect(await nodeFileCalls.canWriteThrough("/proc")).toBe(false);
		expect(await nodeFileCalls.canWriteThrough(join(temporaryFolder(), "absent"))).toBe(false);
	});

	it("is not written through by a runtime that may drop the flag", async () => {
		for (const runtime of ["deno", "bun"]) {
			const versions = { value: { ...process.versions, [runtime]: "2.4.0" } };
			vi.stubGlobal("process", Object.create(process, { versions }));
			try {
				expect(await nodeFileCalls.canWriteThrough(temporaryFolder())).toBe(false);
			} finally {
				vi.unstubAllGlobals();
			}
		}
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
			createFile: (path: string) => (prepared++ < 17 ? nodeFileCalls.createFile(path, "plain") : never),
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
			canWriteThrough: async () => false,
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
