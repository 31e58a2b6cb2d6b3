import { seededRandom } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";
import { planRound } from "../src/round-plan.ts";

describe("the plan of a crash run", () => {
	const plan = (seed: number) => {
		const random = seededRandom(seed);
		return Array.from({ length: 100 }, (_, index) => planRound(index, random));
	};

	it("wakes a stale writer in a quarter of the rounds and kills beside a successor in half of them", () => {
		const kinds = plan(1).map(({ kind }) => kind);
		expect(kinds.filter((kind) => kind === "zombie")).toHaveLength(25);
		expect(kinds.filter((kind) => kind === "successor")).toHaveLength(50);
		expect(new Set(kinds)).toEqual(new Set(["opening", "appending", "successor", "zombie"]));
	});

	it("is the same for the same seed, and another for another", () => {
		expect(plan(7)).toEqual(plan(7));
		expect(plan(7)).not.toEqual(plan(8));
	});
});
