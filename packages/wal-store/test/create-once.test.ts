import { isWalError, seededRandom, WalError } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CreateOnceOptions, type CreateOnceResult, createOnce } from "../src/create-once.ts";
import type { Body } from "../src/object-store.ts";
import {
	answered,
	denied,
	type Fate,
	failing,
	full,
	Gate,
	Ghosts,
	lost,
	refused,
	replyLost,
	ScriptedStore,
	silent,
} from "./scripted-store.ts";

const KEY = "log/wal/1";
const OURS = new Uint8Array([1, 2, 3]);
const THEIRS = new Uint8Array([4, 5]);
const DEADLINE_MS = 10_000;

let clock: ManualClock;
let store: ScriptedStore;

beforeEach(() => {
	clock = new ManualClock();
	store = new ScriptedStore();
});

afterEach(() => expect(clock.pendingTimers, "timers left behind").toBe(0));

function start(options: Partial<CreateOnceOptions> = {}, body: Body = OURS): Promise<CreateOnceResult> {
	return createOnce(store, KEY, body, { clock, random: seededRandom(1), deadlineMs: DEADLINE_MS, ...options });
}

/** Runs the call to its end, and gives its result or its error. */
async function outcomeOf(call: Promise<CreateOnceResult>): Promise<CreateOnceResult | WalError> {
	return clock.run(
		call.catch((error: unknown) => {
			if (isWalError(error)) return error;
			throw error;
		}),
	);
}

const run = (options?: Partial<CreateOnceOptions>, body?: Body) => outcomeOf(start(options, body));
const stored = async () => (await store.inner.get(KEY))?.bytes;
const always = (operation: string, fate: Fate) => {
	const earlier = store.decide;
	store.decide = (request) => (request.operation === operation ? fate : earlier?.(request));
};

describe("an answer", () => {
	test("is one request, where the store creates the object", async () => {
		expect(await run()).toEqual({ result: "written", attempts: 1 });
		expect(store.operations).toEqual(["putIfAbsent"]);
		expect(await stored()).toEqual(OURS);
	});

	test("is the other object, where somebody else has the key", async () => {
		await store.inner.putIfAbsent(KEY, THEIRS);
		expect(await run()).toMatchObject({ result: "taken", existing: { bytes: THEIRS }, attempts: 1, inDoubt: false });
		expect(store.operations).toEqual(["putIfAbsent", "get"]);
	});

	test.each([
		["shorter", [1, 2]],
		["longer", [1, 2, 3, 0]],
		["empty", []],
		["different in its last byte", [1, 2, 4]],
	])("is not taken for ours, where the other object is %s", async (_what, bytes) => {
		await store.inner.putIfAbsent(KEY, new Uint8Array(bytes));
		expect(await run()).toMatchObject({ result: "taken" });
	});

	test("compares a body in pieces as one object, empty pieces or not", async () => {
		const pieces = [new Uint8Array([1]), new Uint8Array(), new Uint8Array([2, 3])];
		store.script("putIfAbsent", replyLost);
		expect(await run({}, pieces)).toEqual({ result: "written", attempts: 2 });
		expect(await stored()).toEqual(OURS);
	});

	test("hands the checksum to the driver, attempt for attempt", async () => {
		const crcs: unknown[] = [];
		const { putIfAbsent } = store;
		store.putIfAbsent = (key, body, options) => {
			crcs.push(options?.crc32);
			return putIfAbsent.call(store, key, body, options);
		};
		store.script("putIfAbsent", lost);
		await run({ crc32: 7 });
		expect(crcs).toEqual([7, 7]);
	});
});

describe("doubt", () => {
	test("about a lost reply ends as written: the key exists, and the bytes are ours", async () => {
		store.script("putIfAbsent", replyLost);
		expect(await run()).toEqual({ result: "written", attempts: 2 });
		expect(store.operations).toEqual(["putIfAbsent", "putIfAbsent", "get"]);
	});

	test("about a lost request ends as written by the next attempt", async () => {
		store.script("putIfAbsent", lost);
		expect(await run()).toEqual({ result: "written", attempts: 2 });
		expect(store.operations).toEqual(["putIfAbsent", "putIfAbsent"]);
	});

	test("twice in a row is looked into before a third attempt", async () => {
		store.script("putIfAbsent", replyLost, lost);
		expect(await run()).toEqual({ result: "written", attempts: 2 });
		expect(store.operations).toEqual(["putIfAbsent", "putIfAbsent", "get"]);
	});

	test("is looked into each time from then on, as long as the key is free", async () => {
		store.script("putIfAbsent", lost, lost, lost);
		expect(await run()).toEqual({ result: "written", attempts: 4 });
		expect(store.operations).toEqual([
			"putIfAbsent",
			"putIfAbsent",
			...["get", "putIfAbsent"],
			...["get", "putIfAbsent"],
		]);
	});

	test("is settled by looks alone, where every refusal of a large body reaches us as a reset", async () => {
		await store.inner.putIfAbsent(KEY, THEIRS);
		always("putIfAbsent", lost);
		expect(await run()).toMatchObject({ result: "taken", attempts: 2, inDoubt: true });
	});

	test("grows by a look that fails", async () => {
		store.script("putIfAbsent", replyLost).script("get", lost);
		expect(await run()).toEqual({ result: "written", attempts: 2 });
		expect(store.operations).toEqual(["putIfAbsent", "putIfAbsent", "get", "get"]);
	});

	test("is not told as not-written when a look fails first and the store then refuses for good", async () => {
		await store.inner.putIfAbsent(KEY, THEIRS);
		store.script("putIfAbsent", answered, denied).script("get", lost);
		expect(await run()).toMatchObject({ code: "WAL_DENIED", outcome: "unknown" });
	});

	test("is left by a look that gives fewer bytes than the object has", async () => {
		store.script("putIfAbsent", replyLost).script("get", async ({ proceed }) => {
			const whole = (await proceed()) as { bytes: Uint8Array } | undefined;
			return { ...whole, bytes: whole?.bytes.slice(0, 1) } as never;
		});
		expect(await run()).toEqual({ result: "written", attempts: 2 });
		expect(store.count("get")).toBe(2);
	});

	test("stays, and ends as unknown at the deadline, while looks fail", async () => {
		await store.inner.putIfAbsent(KEY, THEIRS);
		always("get", lost);
		const failure = await run();
		expect(failure).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown", details: { key: KEY } });
		expect(clock.monotonicMs()).toBe(DEADLINE_MS);
	});

	test("ends at once where looking is refused for good", async () => {
		await store.inner.putIfAbsent(KEY, THEIRS);
		always("get", denied);
		expect(await run()).toMatchObject({ code: "WAL_DENIED", outcome: "unknown" });
		expect(store.count("get")).toBe(1);
	});

	test("is resumed from an earlier call: what it left behind is ours, and the first failure is looked into", async () => {
		await store.inner.putIfAbsent(KEY, OURS);
		store.script("putIfAbsent", lost);
		expect(await run({ inDoubt: true })).toEqual({ result: "written", attempts: 1 });
		expect(store.operations).toEqual(["putIfAbsent", "get"]);
	});

	test("of an earlier call keeps a refusal from being told as not-written", async () => {
		store.script("putIfAbsent", denied);
		expect(await run({ inDoubt: true })).toMatchObject({ code: "WAL_DENIED", outcome: "unknown" });
	});

	test("of an earlier call is passed on, where the key turns out to be another's", async () => {
		await store.inner.putIfAbsent(KEY, THEIRS);
		expect(await run({ inDoubt: true })).toMatchObject({ result: "taken", inDoubt: true });
	});

	test("in the face of an outage ends as unknown at the deadline, with its last cause", async () => {
		always("putIfAbsent", lost);
		always("get", lost);
		const failure = await run();
		expect(failure).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown", cause: { code: "WAL_UNAVAILABLE" } });
		expect(clock.monotonicMs()).toBe(DEADLINE_MS);
	});

	test("with a reason that cannot pass is still settled: a refusal after the naming says nothing of the name", async () => {
		const reason = new WalError("WAL_DENIED", "fsync of the folder: EACCES", {
			details: { reason: "permission" },
			outcome: "unknown",
		});
		store.script("putIfAbsent", async ({ proceed }) => {
			await proceed();
			throw reason;
		});
		expect(await run()).toEqual({ result: "written", attempts: 2 });
	});

	test("does not end by a ghost that lands late: it is the same object", async () => {
		const ghosts = new Ghosts();
		store.script("putIfAbsent", ghosts.fate);
		expect(await run()).toEqual({ result: "written", attempts: 2 });
		expect(await ghosts.land()).toBe("exists");
		expect(await stored()).toEqual(OURS);
	});
});

describe("an object that exists and is then absent", () => {
	test("is tried again under the same key", async () => {
		store.script("putIfAbsent", async () => "exists" as never);
		expect(await run()).toEqual({ result: "written", attempts: 2 });
		expect(store.operations).toEqual(["putIfAbsent", "get", "putIfAbsent"]);
	});

	test("ends as not-written at the deadline, where it never settles: no attempt of ours was in doubt", async () => {
		always("putIfAbsent", async () => "exists" as never);
		expect(await run()).toMatchObject({ code: "WAL_TIMEOUT", outcome: "not-written" });
	});
});

describe("a refusal", () => {
	test("that can pass is tried again", async () => {
		store.script("putIfAbsent", refused, refused);
		expect(await run()).toEqual({ result: "written", attempts: 3 });
		expect(store.count("get")).toBe(0);
	});

	test("that does not pass until the deadline is told as it is, as not-written", async () => {
		always("putIfAbsent", refused);
		expect(await run()).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "not-written" });
		expect(clock.monotonicMs()).toBe(DEADLINE_MS);
	});

	test("that cannot pass ends the call at once, as not-written", async () => {
		store.script("putIfAbsent", denied);
		expect(await run()).toMatchObject({ code: "WAL_DENIED", outcome: "not-written" });
		expect(store.operations).toEqual(["putIfAbsent"]);
	});

	test("that cannot pass, after any doubt, is told as unknown", async () => {
		store.script("putIfAbsent", lost, denied);
		const failure = await run();
		expect(failure).toMatchObject({ code: "WAL_DENIED", outcome: "unknown", details: { reason: "permission" } });
	});

	test("between two doubts makes them two single ones", async () => {
		store.script("putIfAbsent", lost, refused, lost);
		expect(await run()).toEqual({ result: "written", attempts: 4 });
		expect(store.count("get")).toBe(0);
	});

	test("for lack of space is tried three times, not for ever", async () => {
		always("putIfAbsent", full);
		expect(await run()).toMatchObject({ code: "WAL_DENIED", outcome: "not-written", details: { reason: "no-space" } });
		expect(store.count("putIfAbsent")).toBe(3);
	});

	test("for lack of space passes, where space is freed", async () => {
		store.script("putIfAbsent", full, full);
		expect(await run()).toEqual({ result: "written", attempts: 3 });
	});

	test("for lack of space after a doubt is told as unknown", async () => {
		store.script("putIfAbsent", lost);
		always("putIfAbsent", full);
		expect(await run()).toMatchObject({ code: "WAL_DENIED", outcome: "unknown" });
	});
});

describe("the deadline", () => {
	test("ends a look that never answers, as unknown", async () => {
		await store.inner.putIfAbsent(KEY, THEIRS);
		store.script("get", silent);
		expect(await run()).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
		expect(clock.monotonicMs()).toBe(DEADLINE_MS);
	});

	test("ends a look that does not even listen to its signal", async () => {
		await store.inner.putIfAbsent(KEY, THEIRS);
		store.script("get", () => new Promise(() => undefined));
		expect(await run()).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
	});

	test("tells an attempt that hangs to stop, and waits for it to let go of the body", async () => {
		let letGoAtMs = -1;
		store.script("putIfAbsent", (request) => silent(request).finally(() => (letGoAtMs = clock.monotonicMs())));
		expect(await run()).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
		expect(letGoAtMs).toBe(DEADLINE_MS);
	});

	test("lets the answer of an attempt count that comes too late", async () => {
		const gate = new Gate();
		store.script("putIfAbsent", gate.fate);
		const call = start();
		await clock.advance(2 * DEADLINE_MS);
		gate.open();
		expect(await outcomeOf(call)).toEqual({ result: "written", attempts: 1 });
	});

	test("that an attempt never sent ends as not-written", async () => {
		store.script("putIfAbsent", async (request) => {
			await silent(request).catch(() => undefined);
			throw new WalError("WAL_ABORTED", "stopped before it was sent", { outcome: "not-written" });
		});
		expect(await run()).toMatchObject({ code: "WAL_TIMEOUT", outcome: "not-written" });
	});

	test("may be for ever", async () => {
		store.script("putIfAbsent", lost, refused);
		expect(await run({ deadlineMs: Number.POSITIVE_INFINITY })).toMatchObject({ result: "written" });
	});

	test.each([Number.NaN, -1])("of %d ms is a mistake", async (deadlineMs) => {
		await expect(start({ deadlineMs })).rejects.toThrow(RangeError);
		expect(store.requests).toEqual([]);
	});
});

describe("the caller's signal", () => {
	const aborted = { code: "WAL_ABORTED", cause: "enough" };

	test("that has aborted already leaves the store alone", async () => {
		const signal = AbortSignal.abort("enough");
		expect(await run({ signal })).toMatchObject({ ...aborted, outcome: "not-written" });
		expect(await run({ signal, inDoubt: true })).toMatchObject({ ...aborted, outcome: "unknown" });
		expect(store.requests).toEqual([]);
	});

	test.each([
		["an attempt", "putIfAbsent", "unknown"],
		["a look", "get", "unknown"],
	] as const)("that aborts during %s ends it as unknown", async (_what, operation, outcome) => {
		await store.inner.putIfAbsent(KEY, THEIRS);
		store.script(operation, silent);
		const controller = new AbortController();
		const call = start({ signal: controller.signal });
		await clock.advance(1);
		controller.abort("enough");
		expect(await outcomeOf(call)).toMatchObject({ ...aborted, outcome });
	});

	test.each([
		["refused", refused, "not-written"],
		["in doubt", lost, "unknown"],
	] as const)("that aborts during the pause after an attempt %s says so", async (_what, fate, outcome) => {
		always("putIfAbsent", fate);
		always("get", lost);
		const controller = new AbortController();
		const call = start({ signal: controller.signal });
		await clock.advance(0);
		controller.abort("enough");
		expect(await outcomeOf(call)).toMatchObject({ ...aborted, outcome });
	});

	test("that aborts an attempt before it is sent ends it as not-written", async () => {
		const controller = new AbortController();
		store.script("putIfAbsent", async () => {
			controller.abort("enough");
			throw new WalError("WAL_ABORTED", "not sent", { outcome: "not-written" });
		});
		expect(await run({ signal: controller.signal })).toMatchObject({ ...aborted, outcome: "not-written" });
	});

	test("that aborts while the answer arrives does not take the answer back", async () => {
		const controller = new AbortController();
		store.script("putIfAbsent", async ({ proceed }) => {
			const answer = await proceed();
			controller.abort("enough");
			return answer;
		});
		expect(await run({ signal: controller.signal })).toEqual({ result: "written", attempts: 1 });
	});

	test("that aborts between the answer and the look ends it as unknown, and leaves no rejection behind", async () => {
		await store.inner.putIfAbsent(KEY, THEIRS);
		const controller = new AbortController();
		store.script("putIfAbsent", async ({ proceed }) => {
			controller.abort("enough");
			return proceed();
		});
		store.script("get", lost);
		expect(await run({ signal: controller.signal })).toMatchObject({ ...aborted, outcome: "unknown" });
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
		await run({ signal });
		expect(listeners).toBe(0);
	});
});

describe("a store that may show what is not on disk yet", () => {
	beforeEach(() => {
		store = new ScriptedStore({ canSync: true });
	});

	test("is synced after a look, before the object counts as ours", async () => {
		store.script("putIfAbsent", replyLost);
		expect(await run()).toEqual({ result: "written", attempts: 2 });
		expect(store.requests.slice(-2)).toEqual([`get ${KEY}`, "sync log/wal/"]);
	});

	test("is synced before the object counts as another's", async () => {
		await store.inner.putIfAbsent(KEY, THEIRS);
		expect(await run()).toMatchObject({ result: "taken" });
		expect(store.requests.slice(-2)).toEqual([`get ${KEY}`, "sync log/wal/"]);
	});

	test("keeps the doubt while syncing fails, and ends it when that succeeds", async () => {
		store.script("putIfAbsent", replyLost, lost).script("sync", lost, lost);
		expect(await run()).toMatchObject({ result: "written" });
		expect(store.count("sync")).toBe(3);
	});

	test("ends as unknown where syncing never succeeds", async () => {
		store.script("putIfAbsent", replyLost);
		always("sync", lost);
		expect(await run()).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
	});

	test("is not told as not-written by the error of a sync, whatever that says", async () => {
		store.script("putIfAbsent", replyLost);
		always("sync", failing(new WalError("WAL_DENIED", "read-only", { outcome: "not-written" })));
		expect(await run()).toMatchObject({ outcome: "unknown" });
	});

	test("is not synced where the store itself created the object", async () => {
		expect(await run()).toEqual({ result: "written", attempts: 1 });
		expect(store.count("sync")).toBe(0);
	});

	test("is synced at its root for a key without a folder", async () => {
		await store.inner.putIfAbsent("top", THEIRS);
		const call = createOnce(store, "top", OURS, { clock, random: seededRandom(1), deadlineMs: DEADLINE_MS });
		expect(await outcomeOf(call)).toMatchObject({ result: "taken" });
		expect(store.requests).toContain("sync ");
	});
});

describe("a driver that breaks its contract", () => {
	test.each([
		["an Error", new Error("socket hang up")],
		["a string", "oops"],
		["nothing", undefined],
	])("by throwing %s has left the write in doubt, and is reported", async (_what, junk) => {
		store.script("putIfAbsent", failing(junk));
		const failure = await run();
		expect(failure).toMatchObject({ code: "WAL_INTERNAL", outcome: "unknown", details: { key: KEY } });
		expect((failure as WalError).cause).toBe(junk);
	});

	test("by giving no outcome has left the write in doubt", async () => {
		store.script("putIfAbsent", failing(new WalError("WAL_UNAVAILABLE", "?")), denied);
		expect(await run()).toMatchObject({ code: "WAL_DENIED", outcome: "unknown" });
	});
});

describe("the body", () => {
	test("that is no bytes is a mistake, and nothing is sent", async () => {
		// @ts-expect-error a body is bytes
		await expect(start({}, "text")).rejects.toThrow(TypeError);
		expect(store.requests).toEqual([]);
	});

	test.each([
		["written", [replyLost, answered]],
		["timed out", []],
	] as const)("is never read after the call has %s", async (_what, fates) => {
		const body = OURS.slice();
		store.script("putIfAbsent", ...fates);
		if (fates.length === 0) always("putIfAbsent", lost);
		if (fates.length === 0) always("get", lost);
		await run({}, body);
		const requests = store.requests.length;
		structuredClone(body.buffer, { transfer: [body.buffer] });
		await clock.advance(10 * DEADLINE_MS);
		expect(store.requests.length).toBe(requests);
	});
});
