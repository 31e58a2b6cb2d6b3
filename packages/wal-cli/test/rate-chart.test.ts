import { expect, it } from "vitest";
import { rateChart } from "../src/demo/rate-chart.ts";

it("a chart has a line for each level, its highest label at the top, and a dip where nothing came", () => {
	const [title, ...lines] = rateChart([100_000, 100_000, 0, 0, 200_000], 1.5).split("\n");
	expect(title).toBe("rows acknowledged a second, over 1.50 s");
	expect(lines[0]).toMatch(/^200k ┼/);
	expect(lines.at(-1)).toMatch(/^ {2}0k ┤ *╰─╯/);
});

it("nothing acknowledged is a flat line", () => {
	expect(rateChart([0, 0, 0], 1)).toContain("0k");
});
