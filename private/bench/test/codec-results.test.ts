import { describe, expect, it } from "vitest";
import { resultRow } from "../src/bench-result.ts";
import { autoChoiceSource } from "../src/codec/auto-choice-table.ts";
import { codecPicture } from "../src/codec/codec-picture.ts";
import { readCodecResult } from "../src/codec/codec-result.ts";
import { SWEPT_SIZES, sweepName, VARIANTS } from "../src/codec/names.ts";
import { readmeTables } from "../src/codec/readme-table.ts";

describe("what is made from the codec's kept result", () => {
	it("chooses wasm from the size on from which it is clearly faster at every size, and never where it is not", () => {
		const kept = readCodecResult();
		const faster = new Map([
			["check text", [0.9, 1.4, 1.05, 1.2, 2, 3]],
			["check offsets", [3, 3, 3, 3, 3, 1.05]],
		]);
		const rows = kept.result.rows.filter(({ name }) => !faster.has(name.split(",")[0] ?? ""));
		for (const [operation, ratios] of faster) {
			ratios.forEach((ratio, index) => {
				const name = sweepName(operation, SWEPT_SIZES["check text"][index] ?? 0);
				const measured = (variant: string, rate: number) => ({
					...{ name, variant, unit: "MB/s", samples: [rate], rounds: 1 },
				});
				const baseline = measured(VARIANTS.ts, 100);
				rows.push(resultRow(baseline), resultRow(measured(VARIANTS.wasm, 100 * ratio), { baseline }));
			});
		}
		const row = (name: string, variant: string) => {
			const found = rows.find((candidate) => candidate.name === name && candidate.variant === variant);
			if (!found) throw new Error(`no row ${name}`);
			return found;
		};
		const source = autoChoiceSource({ ...kept, row });
		expect(source).toContain('"check text": { wasmFromBytes: 65536, ratio: 3.00, measuredBytes: 1048576 }');
		expect(source).toContain('"check offsets": { wasmFromBytes: undefined, ratio: 1.05, measuredBytes: 1048576 }');
	});

	it("says of every goal whether it was met", () => {
		const kept = readCodecResult();
		const judged = kept.result.rows.filter(({ met }) => met !== null);
		const lines = readmeTables(kept)
			.split("\n")
			.filter((line) => /\| (met|\*\*missed\*\*) \|$/.test(line));
		expect(lines).toHaveLength(judged.length);
	});

	it("draws a picture for light and for dark pages", () => {
		const picture = codecPicture(readCodecResult());
		expect(picture).toMatch(/^<svg [\s\S]+<\/svg>\n$/);
		expect(picture).toContain("prefers-color-scheme: dark");
		expect(picture).not.toMatch(/NaN|undefined|Infinity/);
	});
});
