import { backoffMs, deadlineAfter, isWalError, retryRead, seededRandom, WalError } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { describe, expect, it } from "vitest";

const backoff = { baseMs: 10, maxMs: 1_000 };
const passing = new WalError("WAL_UNAVAILABLE", "503");

function retrying(failures: readonly unknown[], deadlineMs = 60_000, signal?: AbortSignal) {
	const clock = new ManualClock();
	let tries = 0;
	const answer = retryRead(
		async () => {
			const failure = failures[tries++];
			if (failure !== undefined) throw failure;
			return "answer";
		},
		{ clock, random: seededRandom(1), deadline: deadlineMs, backoff, signal },
	);
	return { clock, answer, tries: () => tries };
}

describe("backoffMs", () => {
	it("doubles its bound with each attempt up to the longest, and stays below it", () => {
		const random = seededRandom(1);
		const highest = { ...random, float: () => 1 - 2 ** -32 };
		const bounds = [0, 1, 2, 6, 7, 40, 5_000].map((attempt) => Math.ceil(backoffMs(attempt, highest, backoff)));
		expect(bounds).toEqual([10, 20, 40, 640, 1_000, 1_000, 1_000]);
		for (let i = 0; i < 1_000; i++) {
			const ms = backoffMs(i % 10, random, backoff);
			expect(ms >= 0 && ms < 1_000).toBe(true);
		}
	});
});

describe("retryRead", () => {
	it("repeats what can pass until it succeeds", async () => {
		const { clock, answer, tries } = retrying([passing, new WalError("WAL_TIMEOUT", "late"), passing]);
		expect(await clock.run(answer)).toBe("answer");
		expect(tries()).toBe(4);
		expect(clock.pendingTimers).toBe(0);
	});

	it("passes on at once what cannot pass, and what is not ours", async () => {
		for (const failure of [new WalError("WAL_DENIED", "no"), new WalError("WAL_CORRUPT", "no"), new Error("other")]) {
			const { answer, tries } = retrying([failure]);
			await expect(answer).rejects.toBe(failure);
			expect(tries()).toBe(1);
		}
	});

	it("tries once more when the deadline is over, and then throws the last error", async () => {
		const last = new WalError("WAL_UNAVAILABLE", "the last one");
		const { clock, answer } = retrying([...Array(4).fill(passing), ...Array(200).fill(last)], 500);
		await expect(clock.run(answer)).rejects.toBe(last);
		expect(clock.monotonicMs()).toBe(500);
	});

	it("tries once where there is no time at all", async () => {
		const { answer, tries } = retrying([passing, passing], 0);
		await expect(answer).rejects.toBe(passing);
		expect(tries()).toBe(1);
	});

	it("may share a deadline with others", async () => {
		const clock = new ManualClock();
		const deadline = deadlineAfter(clock, 100);
		await clock.advance(100);
		const reading = retryRead(() => Promise.reject(passing), { clock, random: seededRandom(1), deadline, backoff });
		await expect(reading).rejects.toBe(passing);
	});

	it("ends its pause when the signal says so", async () => {
		const abort = new AbortController();
		const { clock, answer } = retrying([passing, passing], 60_000, abort.signal);
		const failed = answer.catch((error: unknown) => error);
		await clock.advance(0);
		abort.abort();
		expect(isWalError(await failed, "WAL_ABORTED")).toBe(true);
		expect(clock.pendingTimers).toBe(0);
	});
});
