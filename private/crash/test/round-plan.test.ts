import { seededRandom } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";
import { planRound } from "../src/round-plan.ts";

describe("the plan of a crash run", () => {
	const plan = (seed: number, store: "folder" | "bucket" = "folder") => {
		const random = seededRandom(seed);
		return Array.from({ length: 100 }, (_, index) => planRound(index, random, store));
	};

	it("wakes a stale writer in a quarter of the rounds and kills beside a successor in half of them", () => {
		const kinds = plan(1).map(({ kind }) => kind);
		expect(kinds.filter((kind) => kind === "zombie")).toHaveLength(25);
		expect(kinds.filter((kind) => kind === "successor")).toHaveLength(50);
		expect(new Set(kinds)).toEqual(new Set(["opening", "appending", "successor", "zombie"]));
	});

	it("kills in a bucket beside a successor that has opened in half of the rounds, and beside one that opens in an eighth", () => {
		const successors = plan(1, "bucket").flatMap((round) => (round.kind === "successor" ? [round.killOnceIt] : []));
		expect(successors.filter((killOnceIt) => killOnceIt === "opened")).toHaveLength(50);
		expect(successors.filter((killOnceIt) => killOnceIt === "was told")).toHaveLength(12);
	});

	it("is the same for the same seed, and another for another", () => {
		expect(plan(7)).toEqual(plan(7));
		expect(plan(7)).not.toEqual(plan(8));
	});
});
