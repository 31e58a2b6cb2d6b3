import { describe, expect, it } from "vitest";
import { type BenchResult, type Measurement, resultRow } from "../src/bench-result.ts";
import { goalSummary, resultTable } from "../src/result-table.ts";

const measured = (variant: string, samples: readonly number[]): Measurement => ({
	name: "append",
	variant,
	unit: "ms",
	samples,
	rounds: 3,
});
const slow = measured("loop", [4, 5, 6]);
const fast = measured("driver", [3, 3.5, 9]);

describe("a row of a result", () => {
	it("holds median, p10 and p90 without a baseline", () => {
		expect(resultRow(slow)).toEqual({
			name: "append",
			variant: "loop",
			baseline: null,
			unit: "ms",
			p10: 4.2,
			p50: 5,
			p90: 5.8,
			rounds: 3,
			ratio: null,
			goal: null,
			met: null,
		});
	});

	it("compares medians, and judges the ratio by the goal", () => {
		expect(resultRow(fast, { baseline: slow, goal: { atMost: 0.8 } })).toMatchObject({ ratio: 0.7, met: true });
		expect(resultRow(fast, { baseline: slow, goal: { atMost: 0.6 } })).toMatchObject({ ratio: 0.7, met: false });
		expect(resultRow(slow, { baseline: fast, goal: { atLeast: 2 } })).toMatchObject({ baseline: "driver", met: false });
	});

	it("judges the median where there is nothing to compare with", () => {
		expect(resultRow(slow, { goal: { atMost: 5 } })).toMatchObject({ p50: 5, met: true });
	});
});

describe("what is shown of a result", () => {
	const result = (rows: BenchResult["rows"]): BenchResult => ({
		suite: "s",
		commit: "c",
		date: "d",
		machine: "m",
		runtime: "r",
		load: { oneMinute: 0, busy: 0 },
		rows,
	});

	it("says which goals are missed, and by how much", () => {
		const rows = [
			resultRow(slow),
			resultRow(fast, { baseline: slow, goal: { atMost: 0.8 } }),
			resultRow(fast, { baseline: slow, goal: { atMost: 0.6 } }),
		];
		expect(goalSummary([result(rows)])).toBe("1 of 2 goals met; missed: s: append, driver, 0.7 (goal ≤ 0.6×)");
		expect(resultTable(result(rows))).toContain("MISSED");
	});

	it("says when all are met", () => {
		expect(goalSummary([result([resultRow(slow, { goal: { atMost: 5 } })])])).toBe("1 of 1 goals met");
	});
});
