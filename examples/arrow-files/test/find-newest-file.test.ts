import { expect, it } from "vitest";
import { findNewestFile } from "../src/find-newest-file.ts";

it("the newest file is found from any known one, in O(log n) looks", async () => {
	const looks: { readonly length: bigint; readonly count: number }[] = [];
	for (let length = 0n; length <= 70n; length++) {
		for (let known = 0n; known <= length; known++) {
			let count = 0;
			const exists = async (number: bigint) => {
				count++;
				return number <= length;
			};
			expect(await findNewestFile(exists, known)).toBe(length);
			looks.push({ length: length - known, count });
		}
	}
	for (const { length, count } of looks) {
		expect(count).toBeLessThanOrEqual(2 * Math.log2(Number(length) + 1) + 2);
	}
	let count = 0;
	expect(await findNewestFile(async (number) => ++count > 0 && number <= 1_000_000n, 0n)).toBe(1_000_000n);
	expect(count).toBeLessThanOrEqual(42);
});

it("a look that fails is no answer", async () => {
	const exists = async (number: bigint) => {
		if (number === 3n) throw new Error("away");
		return true;
	};
	await expect(findNewestFile(exists, 0n)).rejects.toThrow("away");
});
