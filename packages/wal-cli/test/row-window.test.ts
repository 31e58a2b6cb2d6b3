import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ResumePoint, RowWindow, sliceSequence } from "../src/row-window.ts";

const rowCounts = [3, 0, 2, 5];
const allRows = rowCounts.flatMap((rows, index) => Array.from({ length: rows }, (_, row) => `${index + 1}:${row}`));

/** Rows that one call shows, and where the next is to go on. */
function show(start: ResumePoint, limit: number | undefined): { rows: string[]; resume: ResumePoint } {
	const window = new RowWindow(start, limit);
	const rows: string[] = [];
	for (const [index, count] of rowCounts.entries()) {
		const entryPosition = BigInt(index + 1);
		if (window.full || entryPosition < start.entryPosition) continue;
		const part = window.partOf({ entryPosition, rows: count });
		for (let row = part.start; row < part.end; row++) rows.push(`${entryPosition}:${row}`);
		window.advance(part);
	}
	return { rows, resume: window.resume };
}

describe("resuming", () => {
	it("goes on exactly where a limit ended, also within an entry", () => {
		expect(show({ entryPosition: 1n, skipRows: 0 }, 4)).toEqual({
			rows: ["1:0", "1:1", "1:2", "3:0"],
			resume: { entryPosition: 3n, skipRows: 1 },
		});
	});

	it("shows every row once, however the calls are cut", () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 12, maxLength: 20 }), (limits) => {
				let resume: ResumePoint = { entryPosition: 1n, skipRows: 0 };
				const shown: string[] = [];
				for (const limit of limits) {
					const call = show(resume, limit);
					shown.push(...call.rows);
					resume = call.resume;
				}
				expect(shown).toEqual(allRows);
			}),
		);
	});

	it("does not move before the rows are shown", () => {
		const window = new RowWindow({ entryPosition: 1n, skipRows: 0 }, undefined);
		window.partOf({ entryPosition: 1n, rows: 5 });
		expect(window.resume).toEqual({ entryPosition: 1n, skipRows: 0 });
	});

	it("ends an entry that has fewer rows than were to be skipped", () => {
		expect(show({ entryPosition: 3n, skipRows: 9 }, 1).rows).toEqual(["4:0"]);
	});
});

describe("slicing a sequence of parts", () => {
	class Part {
		readonly rows: readonly number[];

		constructor(rows: readonly number[]) {
			this.rows = rows;
		}

		get numRows(): number {
			return this.rows.length;
		}

		slice(start: number, end: number): Part {
			return new Part(this.rows.slice(start, end));
		}
	}

	it("takes the rows that a slice of the whole would have", () => {
		const parts = [new Part([0, 1, 2]), new Part([3]), new Part([4, 5])];
		for (let start = 0; start <= 6; start++) {
			for (let end = start; end <= 6; end++) {
				const rows = sliceSequence(parts, start, end).map((part) => part.rows);
				expect(rows.flat()).toEqual([0, 1, 2, 3, 4, 5].slice(start, end));
				expect(rows.every((part) => part.length > 0)).toBe(true);
			}
		}
	});
});
