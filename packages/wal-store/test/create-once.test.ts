import { WalError } from "@memwal/wal-runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Creator, DEADLINE_MS, KEY, OURS, THEIRS } from "./creator.ts";
import { answered, denied, failing, full, Ghosts, lost, refused, replyLost } from "./scripted-store.ts";

let creator: Creator;

beforeEach(() => {
	creator = new Creator();
});

afterEach(() => expect(creator.clock.pendingTimers, "timers left behind").toBe(0));

describe("an answer", () => {
	test("is one request, where the store creates the object", async () => {
		expect(await creator.run()).toEqual({ result: "written", attempts: 1 });
		expect(creator.store.operations).toEqual(["putIfAbsent"]);
		expect(await creator.stored()).toEqual(OURS);
	});

	test("is the other object, where somebody else has the key", async () => {
		await creator.store.inner.putIfAbsent(KEY, THEIRS);
		expect(await creator.run()).toMatchObject({
			result: "taken",
			existing: { bytes: THEIRS },
			attempts: 1,
			inDoubt: false,
		});
		expect(creator.store.operations).toEqual(["putIfAbsent", "get"]);
	});

	test.each([
		["shorter", [1, 2]],
		["longer", [1, 2, 3, 0]],
		["empty", []],
		["different in its last byte", [1, 2, 4]],
	])("is not taken for ours, where the other object is %s", async (_what, bytes) => {
		await creator.store.inner.putIfAbsent(KEY, new Uint8Array(bytes));
		expect(await creator.run()).toMatchObject({ result: "taken" });
	});

	test("compares a body in pieces as one object, empty pieces or not", async () => {
		const pieces = [new Uint8Array([1]), new Uint8Array(), new Uint8Array([2, 3])];
		creator.store.script("putIfAbsent", replyLost);
		expect(await creator.run({}, pieces)).toEqual({ result: "written", attempts: 2 });
		expect(await creator.stored()).toEqual(OURS);
	});

	test("hands the checksum to the driver, attempt for attempt", async () => {
		const crcs: unknown[] = [];
		const { store } = creator;
		const { putIfAbsent } = store;
		store.putIfAbsent = (key, body, options) => {
			crcs.push(options?.crc32);
			return putIfAbsent.call(store, key, body, options);
		};
		creator.store.script("putIfAbsent", lost);
		await creator.run({ crc32: 7 });
		expect(crcs).toEqual([7, 7]);
	});
});

describe("doubt", () => {
	test("about a lost reply ends as written: the key exists, and the bytes are ours", async () => {
		creator.store.script("putIfAbsent", replyLost);
		expect(await creator.run()).toEqual({ result: "written", attempts: 2 });
		expect(creator.store.operations).toEqual(["putIfAbsent", "putIfAbsent", "get"]);
	});

	test("about a lost request ends as written by the next attempt", async () => {
		creator.store.script("putIfAbsent", lost);
		expect(await creator.run()).toEqual({ result: "written", attempts: 2 });
		expect(creator.store.operations).toEqual(["putIfAbsent", "putIfAbsent"]);
	});

	test("twice in a row is looked into before a third attempt", async () => {
		creator.store.script("putIfAbsent", replyLost, lost);
		expect(await creator.run()).toEqual({ result: "written", attempts: 2 });
		expect(creator.store.operations).toEqual(["putIfAbsent", "putIfAbsent", "get"]);
	});

	test("is looked into each time from then on, as long as the key is free", async () => {
		creator.store.script("putIfAbsent", lost, lost, lost);
		expect(await creator.run()).toEqual({ result: "written", attempts: 4 });
		expect(creator.store.operations).toEqual([
			"putIfAbsent",
			"putIfAbsent",
			...["get", "putIfAbsent"],
			...["get", "putIfAbsent"],
		]);
	});

	test("is settled by looks alone, where every refusal of a large body reaches us as a reset", async () => {
		await creator.store.inner.putIfAbsent(KEY, THEIRS);
		creator.always("putIfAbsent", lost);
		expect(await creator.run()).toMatchObject({ result: "taken", attempts: 2, inDoubt: true });
	});

	test("grows by a look that fails", async () => {
		creator.store.script("putIfAbsent", replyLost).script("get", lost);
		expect(await creator.run()).toEqual({ result: "written", attempts: 2 });
		expect(creator.store.operations).toEqual(["putIfAbsent", "putIfAbsent", "get", "get"]);
	});

	test("is not told as not-written when a look fails first and the store then refuses for good", async () => {
		await creator.store.inner.putIfAbsent(KEY, THEIRS);
		creator.store.script("putIfAbsent", answered, denied).script("get", lost);
		expect(await creator.run()).toMatchObject({ code: "WAL_DENIED", outcome: "unknown" });
	});

	test("is left by a look that gives fewer bytes than the object has", async () => {
		creator.store.script("putIfAbsent", replyLost).script("get", async ({ proceed }) => {
			const whole = (await proceed()) as { bytes: Uint8Array } | undefined;
			return { ...whole, bytes: whole?.bytes.slice(0, 1) } as never;
		});
		expect(await creator.run()).toEqual({ result: "written", attempts: 2 });
		expect(creator.store.count("get")).toBe(2);
	});

	test("stays, and ends as unknown at the deadline, while looks fail", async () => {
		await creator.store.inner.putIfAbsent(KEY, THEIRS);
		creator.always("get", lost);
		const failure = await creator.run();
		expect(failure).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown", details: { key: KEY } });
		expect(creator.clock.monotonicMs()).toBe(DEADLINE_MS);
	});

	test("ends at once where looking is refused for good", async () => {
		await creator.store.inner.putIfAbsent(KEY, THEIRS);
		creator.always("get", denied);
		expect(await creator.run()).toMatchObject({ code: "WAL_DENIED", outcome: "unknown" });
		expect(creator.store.count("get")).toBe(1);
	});

	test("is resumed from an earlier call: what it left behind is ours, and the first failure is looked into", async () => {
		await creator.store.inner.putIfAbsent(KEY, OURS);
		creator.store.script("putIfAbsent", lost);
		expect(await creator.run({ inDoubt: true })).toEqual({ result: "written", attempts: 1 });
		expect(creator.store.operations).toEqual(["putIfAbsent", "get"]);
	});

	test("of an earlier call keeps a refusal from being told as not-written", async () => {
		creator.store.script("putIfAbsent", denied);
		expect(await creator.run({ inDoubt: true })).toMatchObject({ code: "WAL_DENIED", outcome: "unknown" });
	});

	test("of an earlier call is passed on, where the key turns out to be another's", async () => {
		await creator.store.inner.putIfAbsent(KEY, THEIRS);
		expect(await creator.run({ inDoubt: true })).toMatchObject({ result: "taken", inDoubt: true });
	});

	test("in the face of an outage ends as unknown at the deadline, with its last cause", async () => {
		creator.always("putIfAbsent", lost);
		creator.always("get", lost);
		const failure = await creator.run();
		expect(failure).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown", cause: { code: "WAL_UNAVAILABLE" } });
		expect(creator.clock.monotonicMs()).toBe(DEADLINE_MS);
	});

	test("with a reason that cannot pass is still settled: a refusal after the naming says nothing of the name", async () => {
		const reason = new WalError("WAL_DENIED", "fsync of the folder: EACCES", {
			details: { reason: "permission" },
			outcome: "unknown",
		});
		creator.store.script("putIfAbsent", async ({ proceed }) => {
			await proceed();
			throw reason;
		});
		expect(await creator.run()).toEqual({ result: "written", attempts: 2 });
	});

	test("does not end by a ghost that lands late: it is the same object", async () => {
		const ghosts = new Ghosts();
		creator.store.script("putIfAbsent", ghosts.fate);
		expect(await creator.run()).toEqual({ result: "written", attempts: 2 });
		expect(await ghosts.land()).toBe("exists");
		expect(await creator.stored()).toEqual(OURS);
	});
});

describe("an object that exists and is then absent", () => {
	test("is tried again under the same key", async () => {
		creator.store.script("putIfAbsent", async () => "exists" as never);
		expect(await creator.run()).toEqual({ result: "written", attempts: 2 });
		expect(creator.store.operations).toEqual(["putIfAbsent", "get", "putIfAbsent"]);
	});

	test("ends as not-written at the deadline, where it never settles: no attempt of ours was in doubt", async () => {
		creator.always("putIfAbsent", async () => "exists" as never);
		expect(await creator.run()).toMatchObject({ code: "WAL_TIMEOUT", outcome: "not-written" });
	});
});

describe("a refusal", () => {
	test("that can pass is tried again", async () => {
		creator.store.script("putIfAbsent", refused, refused);
		expect(await creator.run()).toEqual({ result: "written", attempts: 3 });
		expect(creator.store.count("get")).toBe(0);
	});

	test("that does not pass until the deadline is told as it is, as not-written", async () => {
		creator.always("putIfAbsent", refused);
		expect(await creator.run()).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "not-written" });
		expect(creator.clock.monotonicMs()).toBe(DEADLINE_MS);
	});

	test("that cannot pass ends the call at once, as not-written", async () => {
		creator.store.script("putIfAbsent", denied);
		expect(await creator.run()).toMatchObject({ code: "WAL_DENIED", outcome: "not-written" });
		expect(creator.store.operations).toEqual(["putIfAbsent"]);
	});

	test("that cannot pass, after any doubt, is told as unknown", async () => {
		creator.store.script("putIfAbsent", lost, denied);
		const failure = await creator.run();
		expect(failure).toMatchObject({ code: "WAL_DENIED", outcome: "unknown", details: { reason: "permission" } });
	});

	test("between two doubts makes them two single ones", async () => {
		creator.store.script("putIfAbsent", lost, refused, lost);
		expect(await creator.run()).toEqual({ result: "written", attempts: 4 });
		expect(creator.store.count("get")).toBe(0);
	});

	test("for lack of space is tried three times, not for ever", async () => {
		creator.always("putIfAbsent", full);
		expect(await creator.run()).toMatchObject({
			code: "WAL_DENIED",
			outcome: "not-written",
			details: { reason: "no-space" },
		});
		expect(creator.store.count("putIfAbsent")).toBe(3);
	});

	test("for lack of space passes, where space is freed", async () => {
		creator.store.script("putIfAbsent", full, full);
		expect(await creator.run()).toEqual({ result: "written", attempts: 3 });
	});

	test("for lack of space after a doubt is told as unknown", async () => {
		creator.store.script("putIfAbsent", lost);
		creator.always("putIfAbsent", full);
		expect(await creator.run()).toMatchObject({ code: "WAL_DENIED", outcome: "unknown" });
	});
});

describe("a store that may show what is not on disk yet", () => {
	beforeEach(() => {
		creator = new Creator({ canSync: true });
	});

	test("is synced after a look, before the object counts as ours", async () => {
		creator.store.script("putIfAbsent", replyLost);
		expect(await creator.run()).toEqual({ result: "written", attempts: 2 });
		expect(creator.store.requests.slice(-2)).toEqual([`get ${KEY}`, "sync log/wal/"]);
	});

	test("is synced before the object counts as another's", async () => {
		await creator.store.inner.putIfAbsent(KEY, THEIRS);
		expect(await creator.run()).toMatchObject({ result: "taken" });
		expect(creator.store.requests.slice(-2)).toEqual([`get ${KEY}`, "sync log/wal/"]);
	});

	test("keeps the doubt while syncing fails, and ends it when that succeeds", async () => {
		creator.store.script("putIfAbsent", replyLost, lost).script("sync", lost, lost);
		expect(await creator.run()).toMatchObject({ result: "written" });
		expect(creator.store.count("sync")).toBe(3);
	});

	test("ends as unknown where syncing never succeeds", async () => {
		creator.store.script("putIfAbsent", replyLost);
		creator.always("sync", lost);
		expect(await creator.run()).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
	});

	test("is not told as not-written by the error of a sync, whatever that says", async () => {
		creator.store.script("putIfAbsent", replyLost);
		creator.always("sync", failing(new WalError("WAL_DENIED", "read-only", { outcome: "not-written" })));
		expect(await creator.run()).toMatchObject({ outcome: "unknown" });
	});

	test("is not synced where the store itself created the object", async () => {
		expect(await creator.run()).toEqual({ result: "written", attempts: 1 });
		expect(creator.store.count("sync")).toBe(0);
	});

	test("is synced at its root for a key without a folder", async () => {
		await creator.store.inner.putIfAbsent("top", THEIRS);
		expect(await creator.run({}, OURS, "top")).toMatchObject({ result: "taken" });
		expect(creator.store.requests).toContain("sync ");
	});
});

describe("a driver that breaks its contract", () => {
	test.each([
		["an Error", new Error("socket hang up")],
		["a string", "oops"],
		["nothing", undefined],
	])("by throwing %s has left the write in doubt, and is reported", async (_what, junk) => {
		creator.store.script("putIfAbsent", failing(junk));
		const failure = await creator.run();
		expect(failure).toMatchObject({ code: "WAL_INTERNAL", outcome: "unknown", details: { key: KEY } });
		expect((failure as WalError).cause).toBe(junk);
	});

	test("by giving no outcome has left the write in doubt", async () => {
		creator.store.script("putIfAbsent", failing(new WalError("WAL_UNAVAILABLE", "?")), denied);
		expect(await creator.run()).toMatchObject({ code: "WAL_DENIED", outcome: "unknown" });
	});
});

describe("the body", () => {
	test("that is no bytes is a mistake, and nothing is sent", async () => {
		// @ts-expect-error a body is bytes
		await expect(creator.start({}, "text")).rejects.toThrow(TypeError);
		expect(creator.store.requests).toEqual([]);
	});

	test.each([
		["written", [replyLost, answered]],
		["timed out", []],
	] as const)("is never read after the call has %s", async (_what, fates) => {
		const body = OURS.slice();
		creator.store.script("putIfAbsent", ...fates);
		if (fates.length === 0) creator.always("putIfAbsent", lost);
		if (fates.length === 0) creator.always("get", lost);
		await creator.run({}, body);
		const requests = creator.store.requests.length;
		structuredClone(body.buffer, { transfer: [body.buffer] });
		await creator.clock.advance(10 * DEADLINE_MS);
		expect(creator.store.requests.length).toBe(requests);
	});
});
