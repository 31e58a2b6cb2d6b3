import { seededRandom } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";
import { measureInterleaved, timeEach } from "../src/interleave.ts";

describe("interleaved measurement", () => {
	it("gives every side one turn a round, in changing order, and drops the warm-up", async () => {
		const turns: string[] = [];
		const side = (variant: string) => ({
			variant,
			async turn() {
				turns.push(variant);
				return [turns.length];
			},
		});
		const sides = ["a", "b", "c"].map(side);
		const samplesOf = await measureInterleaved(sides, {
			rounds: 20,
			warmUpRounds: 2,
			pauseMs: 0,
			random: seededRandom(1),
		});
		const rounds = Array.from({ length: 22 }, (_, round) => turns.slice(round * 3, round * 3 + 3).join(""));
		expect(rounds.every((round) => [...round].sort().join("") === "abc")).toBe(true);
		expect(new Set(rounds).size).toBeGreaterThan(3);
		expect(samplesOf("b")).toHaveLength(20);
		expect(Math.min(...samplesOf("a"), ...samplesOf("b"), ...samplesOf("c"))).toBe(7);
		expect(() => samplesOf("d")).toThrow('nobody called "d"');
	});

	it("takes one sample for each run of a step, one after the other", async () => {
		let running = 0;
		const samples = await timeEach(5, async () => {
			expect(running++).toBe(0);
			await undefined;
			running--;
		});
		expect(samples).toHaveLength(5);
	});
});
