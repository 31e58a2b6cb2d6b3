import { existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { openFsStore } from "@memwal/wal-store/fs";
import { describe, expect, it } from "vitest";
import { keysOf } from "./keys-of.ts";
import { RecordedFileCalls } from "./recorded-file-calls.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const body = new TextEncoder().encode("one entry");
const HOUR_MS = 3_600_000;

function temporariesIn(root: string): string[] {
	const folder = join(root, ".memwal-tmp");
	return existsSync(folder) ? readdirSync(folder) : [];
}

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
