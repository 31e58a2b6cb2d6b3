import { describe, expect, it } from "vitest";
import { bytesText, counted, countText, durationText } from "../src/display-numbers.ts";
import { percentile } from "../src/latencies.ts";

describe("numbers for people", () => {
	it("are grouped, counted and rounded", () => {
		expect(countText(200_000)).toBe("200,000");
		expect([counted(1, "row"), counted(2, "entry", "entries")]).toEqual(["1 row", "2 entries"]);
		expect([bytesText(999), bytesText(1_620_000), bytesText(999_600)]).toEqual(["999 B", "1.62 MB", "1.00 MB"]);
		expect([durationText(0.424), durationText(31.26), durationText(1_250)]).toEqual(["0.42 ms", "31.3 ms", "1.25 s"]);
	});

	it("have percentiles by nearest rank", () => {
		const values = Array.from({ length: 100 }, (_, index) => 100 - index);
		expect([percentile(values, 0.5), percentile(values, 0.99), percentile([7], 0.5), percentile([], 0.5)]).toEqual([
			50, 99, 7, 0,
		]);
	});
});
