import { describe, expect, it } from "vitest";
import { quantile } from "../src/quantiles.ts";

describe("quantiles", () => {
	it.each([
		[[5], 0.5, 5],
		[[3, 1, 2], 0.5, 2],
		[[4, 1, 2, 3], 0.5, 2.5],
		[[10, 9, 100], 0, 9],
		[[10, 9, 100], 1, 100],
		[[0, 10], 0.1, 1],
	])("of %j at %d is %d", (samples, share, expected) => {
		expect(quantile(samples, share)).toBeCloseTo(expected);
	});

	it("of nothing is no number", () => {
		expect(quantile([], 0.5)).toBeNaN();
	});
});
