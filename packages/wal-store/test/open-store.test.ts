import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { isWalError } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { openStore } from "@memwal/wal-store";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const body = new TextEncoder().encode("x");

describe("openStore", () => {
	it("opens memory: as a new store each time", async () => {
		const first = await openStore("memory:");
		const second = await openStore("memory:");
		await first.putIfAbsent("a", body);
		expect(await second.get("a")).toBeUndefined();
	});

	it("opens memory:NAME as one store for the whole process", async () => {
		const clock = new ManualClock(1_234);
		const first = await openStore("memory:shared by this test", { clock });
		await first.putIfAbsent("a", body);
		const again = await openStore("memory:shared by this test");
		expect((await again.head("a"))?.lastModifiedMs).toBe(1_234);
		expect(await (await openStore("memory:another")).get("a")).toBeUndefined();
	});

	it("takes file: paths as they stand: absolute, relative to the working directory, percent signs and all", async () => {
		const folder = temporaryFolder();
		const absolute = join(folder, "100%20 #?", "data");
		for (const [url, root] of [
			[`file:${absolute}`, absolute],
			[`file://${absolute}`, absolute],
			[`FILE:${absolute}`, absolute],
			[`file:${relative(process.cwd(), join(folder, "rel"))}`, join(folder, "rel")],
			[`file:./${relative(process.cwd(), join(folder, "dot"))}`, join(folder, "dot")],
		] as const) {
			const store = await openStore(url);
			await store.put("a/b", body);
			expect(readFileSync(join(root, "a", "b"), "utf8"), url).toBe("x");
			await store.close?.();
		}
	});

	it("neither makes a missing folder nor minds it until something is written", async () => {
		const root = join(temporaryFolder(), "absent");
		const store = await openStore(`file:${root}`);
		expect(await store.get("a")).toBeUndefined();
		expect(existsSync(root)).toBe(false);
		expect(await store.putIfAbsent("a", body)).toBe("created");
		expect(existsSync(root)).toBe(true);
	});

	it("refuses what names no store, with an example", async () => {
		for (const url of [
			"",
			"./data",
			"/var/data",
			"data",
			"file:",
			"file://",
			"file://host/data",
			"file://./data",
			"file:a\0b",
			"gs://bucket",
			"http://host/",
			"://",
			"1:x",
		]) {
			const error = await openStore(url).catch((error: unknown) => error);
			expect(isWalError(error, "WAL_INVALID") ? error.message : `${url}: ${error}`).toContain('"file:./data"');
		}
	});

	it("takes a URL that is no string for a mistake in the program", async () => {
		await expect(openStore(new URL("file:///x") as unknown as string)).rejects.toThrow(TypeError);
	});

	it("gives a typed error where the root cannot be a folder", async () => {
		const file = join(temporaryFolder(), "file");
		writeFileSync(file, "x");
		const store = await openStore(`file:${file}/below`);
		await expect(store.putIfAbsent("a", body)).rejects.toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
	});
});
