import { WalError } from "@memwal/wal-runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Creator, DEADLINE_MS, KEY, THEIRS } from "./creator.ts";
import { Gate, lost, refused, silent } from "./scripted-store.ts";

let creator: Creator;

beforeEach(() => {
	creator = new Creator();
});

afterEach(() => expect(creator.clock.pendingTimers, "timers left behind").toBe(0));

describe("the deadline", () => {
	test("ends a look that never answers, as unknown", async () => {
		await creator.store.inner.putIfAbsent(KEY, THEIRS);
		creator.store.script("get", silent);
		expect(await creator.run()).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
		expect(creator.clock.monotonicMs()).toBe(DEADLINE_MS);
	});

	test("ends a look that does not even listen to its signal", async () => {
		await creator.store.inner.putIfAbsent(KEY, THEIRS);
		creator.store.script("get", () => new Promise(() => undefined));
		expect(await creator.run()).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
	});

	test("tells an attempt that hangs to stop, and waits for it to let go of the body", async () => {
		let letGoAtMs = -1;
		creator.store.script("putIfAbsent", refused, (request) =>
			silent(request).finally(() => (letGoAtMs = creator.clock.monotonicMs())),
		);
		expect(await creator.run()).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
		expect(letGoAtMs).toBe(DEADLINE_MS);
	});

	test("tells of every attempt, though there is no result to count them in", async () => {
		creator.always("putIfAbsent", lost);
		let attempts = 0;
		expect(await creator.run({ onAttempt: () => attempts++ })).toMatchObject({ code: "WAL_TIMEOUT" });
		const { operations } = creator.store;
		expect(attempts).toBe(operations.filter((operation) => operation === "putIfAbsent").length);
		expect(attempts).toBeGreaterThan(3);
	});

	test("lets the answer of an attempt count that comes too late", async () => {
		const gate = new Gate();
		creator.store.script("putIfAbsent", gate.fate);
		const call = creator.start();
		await creator.clock.advance(2 * DEADLINE_MS);
		gate.open();
		expect(await creator.outcome(call)).toEqual({ result: "written", attempts: 1 });
	});

	test("that an attempt never sent ends as not-written", async () => {
		creator.store.script("putIfAbsent", refused, async (request) => {
			await silent(request).catch(() => undefined);
			throw new WalError("WAL_ABORTED", "stopped before it was sent", { outcome: "not-written" });
		});
		expect(await creator.run()).toMatchObject({ code: "WAL_TIMEOUT", outcome: "not-written" });
	});

	test("may be for ever", async () => {
		creator.store.script("putIfAbsent", lost, refused);
		expect(await creator.run({ deadlineMs: Number.POSITIVE_INFINITY })).toMatchObject({ result: "written" });
	});

	test.each([Number.NaN, -1])("of %d ms is a mistake", async (deadlineMs) => {
		await expect(creator.start({ deadlineMs })).rejects.toThrow(RangeError);
		expect(creator.store.requests).toEqual([]);
	});
});

describe("the caller's signal", () => {
	const aborted = { code: "WAL_ABORTED", cause: "enough" };

	test("that has aborted already leaves the store alone", async () => {
		const signal = AbortSignal.abort("enough");
		expect(await creator.run({ signal })).toMatchObject({ ...aborted, outcome: "not-written" });
		expect(await creator.run({ signal, inDoubt: true })).toMatchObject({ ...aborted, outcome: "unknown" });
		expect(creator.store.requests).toEqual([]);
	});

	test.each([
		["an attempt", "putIfAbsent", "unknown"],
		["a look", "get", "unknown"],
	] as const)("that aborts during %s ends it as unknown", async (_what, operation, outcome) => {
		await creator.store.inner.putIfAbsent(KEY, THEIRS);
		creator.store.script(operation, silent);
		const controller = new AbortController();
		const call = creator.start({ signal: controller.signal });
		await creator.clock.advance(1);
		controller.abort("enough");
		expect(await creator.outcome(call)).toMatchObject({ ...aborted, outcome });
	});

	test.each([
		["refused", refused, "not-written"],
		["in doubt", lost, "unknown"],
	] as const)("that aborts during the pause after an attempt %s says so", async (_what, fate, outcome) => {
		creator.always("putIfAbsent", fate);
		creator.always("get", lost);
		const controller = new AbortController();
		const call = creator.start({ signal: controller.signal });
		await creator.clock.advance(0);
		controller.abort("enough");
		expect(await creator.outcome(call)).toMatchObject({ ...aborted, outcome });
	});

	test("that aborts an attempt before it is sent ends it as not-written", async () => {
		const controller = new AbortController();
		creator.store.script("putIfAbsent", async () => {
			controller.abort("enough");
			throw new WalError("WAL_ABORTED", "not sent", { outcome: "not-written" });
		});
		expect(await creator.run({ signal: controller.signal })).toMatchObject({ ...aborted, outcome: "not-written" });
	});

	test("that aborts while the answer arrives does not take the answer back", async () => {
		const controller = new AbortController();
		creator.store.script("putIfAbsent", async ({ proceed }) => {
			const answer = await proceed();
			controller.abort("enough");
			return answer;
		});
		expect(await creator.run({ signal: controller.signal })).toEqual({ result: "written", attempts: 1 });
	});

	test("that aborts between the answer and the look ends it as unknown, and leaves no rejection behind", async () => {
		await creator.store.inner.putIfAbsent(KEY, THEIRS);
		const controller = new AbortController();
		creator.store.script("putIfAbsent", async ({ proceed }) => {
			controller.abort("enough");
			return proceed();
		});
		creator.store.script("get", lost);
		expect(await creator.run({ signal: controller.signal })).toMatchObject({ ...aborted, outcome: "unknown" });
	});

	test("is let go of when the call is over", async () => {
		const { signal } = new AbortController();
		let listeners = 0;
		const { addEventListener, removeEventListener } = signal;
		signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
			listeners++;
			addEventListener.apply(signal, args);
		};
		signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
			listeners--;
			removeEventListener.apply(signal, args);
		};
		await creator.run({ signal });
		expect(listeners).toBe(0);
		creator.store.script("putIfAbsent", refused, lost, lost);
		await creator.run({ signal }, undefined, "another");
		expect(listeners).toBe(0);
	});
});
