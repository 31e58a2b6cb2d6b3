import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { together } from "../src/together.ts";

/** A request that never answers; the signal ends it. */
function endless(signal: AbortSignal | undefined): Promise<never> {
	return new Promise((_, reject) => {
		if (signal?.aborted) reject(signal.reason);
		signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
	});
}

it("many requests at the same time are one listener of the caller's signal, which ends them all", async () => {
	const patience = new AbortController();
	const answers = together(
		Array.from({ length: 64 }, () => endless),
		patience.signal,
	);
	expect(getEventListeners(patience.signal, "abort")).toHaveLength(1);
	patience.abort("enough");
	await expect(answers).rejects.toBe("enough");
	await expect(together([endless], patience.signal)).rejects.toBe("enough");
});

it("the first failure comes when all requests have ended, and nobody listens any more", async () => {
	const { signal } = new AbortController();
	let ended = false;
	const slow = async () => {
		for (let turns = 0; turns < 10; turns++) await undefined;
		ended = true;
	};
	const failing = () => Promise.reject(new Error("no"));
	await expect(together([failing, slow], signal)).rejects.toThrow("no");
	expect([ended, getEventListeners(signal, "abort")]).toEqual([true, []]);
	expect(await together([async () => 1, async () => 2], undefined)).toEqual([1, 2]);
});
