import { describe, expect, it } from "vitest";
import { countRequests } from "../src/tip.ts";

describe("finding the tip without a hint", () => {
	it.each([1, 10, 100, 1_000_000, 123_456_789])("takes at most 64 requests in a log of %d entries", async (entries) => {
		expect(await countRequests(entries)).toBeLessThanOrEqual(64);
	});
});
