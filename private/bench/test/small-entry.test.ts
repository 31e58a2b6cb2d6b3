import { WalAppender } from "@memwal/wal-core";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { describe, expect, it } from "vitest";
import { requireSmallBatch, requireSmallEntry, smallBatch } from "../src/small-entry.ts";

describe("the small entry", () => {
	it("has about the size that the suites speak of", async () => {
		const appender = await WalAppender.open({ store: openMemoryStore() });
		const { bytes } = await appender.append([smallBatch(12_345)]);
		await appender.close();
		expect(() => requireSmallEntry(bytes)).not.toThrow();
		expect(() => requireSmallEntry(bytes + 200)).toThrow("not about 600");
	});

	it("says which one it is", () => {
		expect(() => requireSmallBatch(smallBatch(7), 7)).not.toThrow();
		expect(() => requireSmallBatch(smallBatch(7), 8)).toThrow("row 8");
	});
});
