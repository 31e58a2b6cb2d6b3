import { deadlineAfter, realClock } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { describe, expect, it } from "vitest";

describe("the real clock", () => {
	it("sleeps, and never runs backwards", async () => {
		const before = realClock.monotonicMs();
		await realClock.sleep(2);
		expect(realClock.monotonicMs()).toBeGreaterThan(before);
		expect(realClock.now()).toBeGreaterThan(Date.UTC(2020, 0, 1));
	});

	it("wakes early when the signal says so, and at once where it has already", async () => {
		const abort = new AbortController();
		const asleep = realClock.sleep(60_000, { signal: abort.signal });
		abort.abort();
		await expect(asleep).rejects.toMatchObject({ code: "WAL_ABORTED" });
		await expect(realClock.sleep(60_000, { signal: abort.signal })).rejects.toMatchObject({ code: "WAL_ABORTED" });
	});

	it("does not wake at once from a sleep that is longer than timers count", async () => {
		const abort = new AbortController();
		let awake = false;
		const asleep = realClock.sleep(2 ** 40, { signal: abort.signal }).then(() => {
			awake = true;
		});
		await realClock.sleep(5);
		expect(awake).toBe(false);
		abort.abort();
		await expect(asleep).rejects.toMatchObject({ code: "WAL_ABORTED" });
	});

	it("fires a timer that is not ended, and one that is ended never", async () => {
		let ended = false;
		const end = realClock.timer(1, () => {
			ended = true;
		});
		end();
		await new Promise<void>((resolve) => realClock.timer(2, resolve));
		await realClock.sleep(2);
		expect(ended).toBe(false);
	});

	it("yields to everything that is ready, however long its chain", async () => {
		let steps = 0;
		const chain = (async () => {
			for (; steps < 100; steps++) await undefined;
		})();
		await realClock.yield();
		expect(steps).toBe(100);
		await chain;
	});
});

describe("the manual clock", () => {
	it("stands still until it is moved, and wakes sleepers in the order of their times", async () => {
		const clock = new ManualClock(1_000);
		const woken: string[] = [];
		for (const [name, ms] of [
			["late", 30],
			["early", 10],
			["same time, later call", 10],
			["never", 31],
		] as const) {
			void clock.sleep(ms).then(() => woken.push(`${name} at ${clock.now()}`));
		}
		await clock.advance(9);
		expect(woken).toEqual([]);
		await clock.advance(21);
		expect(woken).toEqual(["early at 1010", "same time, later call at 1010", "late at 1030"]);
		expect([clock.now(), clock.pendingTimers]).toEqual([1_030, 1]);
	});

	it("wakes those who went to sleep on the way", async () => {
		const clock = new ManualClock();
		let sum = 0;
		const walking = (async () => {
			for (let i = 0; i < 5; i++) {
				await clock.sleep(10);
				sum += clock.monotonicMs();
			}
		})();
		await clock.advance(50);
		await walking;
		expect(sum).toBe(10 + 20 + 30 + 40 + 50);
	});

	it("jumps from timer to timer until a promise settles, and passes on how it did", async () => {
		const clock = new ManualClock();
		expect(await clock.run(clock.sleep(60_000).then(() => "done"))).toBe("done");
		expect(clock.now()).toBe(60_000);
		const failing = clock.sleep(5).then(() => Promise.reject(new Error("planted")));
		await expect(clock.run(failing)).rejects.toThrow("planted");
		expect(await clock.run(clock.yield().then(() => "yielded"))).toBe("yielded");
	});

	it("stands still while its test says that something else is under way", async () => {
		let answer: () => void = () => undefined;
		const asked = new Promise<void>((resolve) => {
			answer = resolve;
		});
		const running = new ManualClock(0, { idle: () => asked });
		const advancing = new ManualClock(0, { idle: () => asked });
		const moved = Promise.all([running.run(running.sleep(10)), advancing.advance(10)]);
		await realClock.yield();
		expect([running.now(), advancing.now()]).toEqual([0, 0]);
		answer();
		await moved;
		expect([running.now(), advancing.now()]).toEqual([10, 10]);
	});

	it("fires timers among its sleepers, but for those that were ended", async () => {
		const clock = new ManualClock();
		const fired: number[] = [];
		clock.timer(20, () => fired.push(20));
		const end = clock.timer(10, () => fired.push(10));
		void clock.sleep(15).then(() => fired.push(15));
		end();
		expect(clock.pendingTimers).toBe(2);
		await clock.advance(20);
		expect(fired).toEqual([15, 20]);
		expect(clock.pendingTimers).toBe(0);
	});

	it("says so when a promise can never settle", async () => {
		await expect(new ManualClock().run(new Promise(() => undefined))).rejects.toThrow("no timer is left");
	});

	it("forgets a sleeper whose signal is aborted", async () => {
		const clock = new ManualClock();
		const abort = new AbortController();
		const asleep = clock.sleep(10, { signal: abort.signal });
		abort.abort();
		await expect(asleep).rejects.toMatchObject({ code: "WAL_ABORTED" });
		await expect(clock.sleep(10, { signal: abort.signal })).rejects.toMatchObject({ code: "WAL_ABORTED" });
		expect(clock.pendingTimers).toBe(0);
	});
});

describe("a deadline", () => {
	it("counts down to zero and stays there", async () => {
		const clock = new ManualClock(500);
		const deadline = deadlineAfter(clock, 100);
		expect([deadline.remainingMs(), deadline.expired]).toEqual([100, false]);
		await clock.advance(99);
		expect([deadline.remainingMs(), deadline.expired]).toEqual([1, false]);
		await clock.advance(1_000);
		expect([deadline.remainingMs(), deadline.expired]).toEqual([0, true]);
	});
});
