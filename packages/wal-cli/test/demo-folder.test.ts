import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEMO_MARKER, prepareDemoFolder } from "../src/demo/demo-folder.ts";
import { newFolder } from "./new-folder.ts";

describe("the folder of a demo", () => {
	it("is made and marked, and loses only an earlier log", async () => {
		const folder = join(await newFolder(), "new");
		await prepareDemoFolder(folder);
		await mkdir(join(folder, "_mem_wal", "shard"), { recursive: true });
		await writeFile(join(folder, "notes.txt"), "mine");
		await prepareDemoFolder(folder);
		expect((await readdir(folder)).sort()).toEqual([DEMO_MARKER, "notes.txt"]);
	});

	it("is refused, untouched, where somebody else's files are", async () => {
		const folder = await newFolder();
		await mkdir(join(folder, "_mem_wal"));
		await expect(prepareDemoFolder(folder)).rejects.toThrow("holds files that no demo made");
		expect(await readdir(folder)).toEqual(["_mem_wal"]);
	});

	it("is refused where a file has its name", async () => {
		const file = join(await newFolder(), "file");
		await writeFile(file, "");
		await expect(prepareDemoFolder(file)).rejects.toMatchObject({ code: "WAL_INVALID" });
	});
});
