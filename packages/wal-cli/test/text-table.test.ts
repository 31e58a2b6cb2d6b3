import pico from "picocolors";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { nameValueLines, textTable } from "../src/text-table.ts";

const colors = pico.createColors(false);

describe("a table", () => {
	it("aligns its columns", () => {
		const columns = [{ title: "name" }, { title: "rows", align: "right" }] as const;
		expect(
			textTable(
				columns,
				[
					["a", "1"],
					["longer", "1,000"],
				],
				{ colors },
			).text,
		).toBe(["name     rows", "a           1", "longer  1,000"].join("\n"));
	});

	it("is no wider than the terminal, and says how many columns it left out", () => {
		const columns = Array.from({ length: 20 }, (_, index) => ({ title: `column ${index}` }));
		const row = columns.map((_, index) => "日本語 wide text ".repeat(index + 1));
		const { text, hiddenColumns } = textTable(columns, [row], { colors, width: 80 });
		expect(Math.max(...text.split("\n").map((line) => stringWidth(line)))).toBeLessThanOrEqual(80);
		expect(hiddenColumns).toBeGreaterThan(0);
	});

	it("cuts what is too long to a whole character, and marks the cut", () => {
		const { text } = textTable([{ title: "a" }, { title: "b" }], [["日本語".repeat(20), "x"]], { colors, width: 20 });
		expect(text).toBe(`a${" ".repeat(18)}b\n${"日本語日本語日本".slice(0, 8)}…  x`);
	});

	it("shows every cell whole where there is no terminal", () => {
		const wide = "x".repeat(500);
		expect(textTable([{ title: "a" }], [[wide]], { colors }).text).toContain(wide);
	});
});

it("names and values are aligned", () => {
	expect(
		nameValueLines(
			[
				["a", "1"],
				["long", "2"],
			],
			colors,
		),
	).toBe("a     1\nlong  2");
});
