import { realRandom, seededRandom } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";

describe("seeded random", () => {
	it("gives the same numbers for the same seed, and others for another", () => {
		const draw = (seed: number) => {
			const random = seededRandom(seed);
			return [random.float(), ...random.bytes(20), random.float()];
		};
		expect(draw(1)).toEqual(draw(1));
		expect(draw(1)).not.toEqual(draw(2));
		expect(draw(0)).not.toEqual(draw(2 ** 31));
	});

	it("gives every byte and every tenth of [0, 1) about equally often", () => {
		const random = seededRandom(42);
		const tenths = new Array<number>(10).fill(0);
		for (let i = 0; i < 10_000; i++) {
			const float = random.float();
			expect(float >= 0 && float < 1).toBe(true);
			const tenth = Math.floor(float * 10);
			tenths[tenth] = (tenths[tenth] ?? 0) + 1;
		}
		expect(Math.min(...tenths)).toBeGreaterThan(850);
		expect(new Set(random.bytes(10_000)).size).toBe(256);
	});
});

describe("real random", () => {
	it("gives as many bytes as were asked for, in a buffer of their own, and never the same", () => {
		const [a, b] = [realRandom.bytes(16), realRandom.bytes(16)];
		expect([a.length, a.buffer.byteLength]).toEqual([16, 16]);
		expect(a).not.toEqual(b);
		const float = realRandom.float();
		expect(float >= 0 && float < 1).toBe(true);
	});

	it("gives no byte twice, however much is asked for at a time", () => {
		const draws = [16, 4_000, 100, 4_096, 5_000, ...new Array<number>(1_000).fill(16)].map((length) => {
			const bytes = realRandom.bytes(length);
			expect(bytes.length).toBe(length);
			return String(bytes.slice(0, 16));
		});
		expect(new Set(draws).size).toBe(draws.length);
	});
});
