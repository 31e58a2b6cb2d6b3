import { realClock } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";
import { FAULT_STATUSES, type FaultStatus } from "../src/wire-fault.ts";
import { BrokenWire } from "./plain-server.ts";

const KEY = "/bucket/key";
const STATUSES = Object.keys(FAULT_STATUSES).map(Number) as FaultStatus[];

describe("without a fault, the proxy", () => {
	it("passes a request on with its host and every signed header, and the answer back", async () => {
		const wire = await BrokenWire.start(undefined);
		const headers = { host: "signed.example", authorization: "AWS4 x", "x-amz-date": "1", "If-None-Match": "*" };
		expect(await wire.send("PUT", `${KEY}?x=%2F&y`, { body: "hello", headers })).toEqual({ status: 200, body: "" });
		expect(wire.arrivals).toMatchObject([
			{
				path: `${KEY}?x=%2F&y`,
				body: "hello",
				headers: {
					host: "signed.example",
					authorization: "AWS4 x",
					"x-amz-date": "1",
					"if-none-match": "*",
					"content-length": "5",
				},
			},
		]);
	});

	it("answers the question of a client that waits before it sends its body, and passes that on without it", async () => {
		const wire = await BrokenWire.start(undefined);
		expect(await wire.send("PUT", KEY, { body: "b", headers: { expect: "100-continue" } })).toMatchObject({
			status: 200,
		});
		expect(wire.arrivals[0]?.headers.expect).toBeUndefined();
	});

	it("passes on what has no body, and absence", async () => {
		const wire = await BrokenWire.start(undefined);
		await wire.send("PUT", KEY, { body: "hello" });
		expect(await wire.send("GET", KEY)).toEqual({ status: 200, body: "hello" });
		expect(await wire.send("HEAD", KEY)).toEqual({ status: 200, body: "" });
		expect(await wire.send("GET", "/bucket/none")).toMatchObject({ status: 404 });
	});

	it("resets the connection of whoever asks while the server is away, and goes to the next server when it is told", async () => {
		const wire = await BrokenWire.start(undefined);
		const other = await BrokenWire.start(undefined);
		await wire.stopServer();
		expect(await wire.send("PUT", KEY, { body: "a" })).toEqual({ error: "ECONNRESET" });
		expect(wire.proxy?.unanswered).toBe(1);
		if (wire.proxy) wire.proxy.upstream = other.proxy?.endpoint ?? "";
		expect(await wire.send("PUT", KEY, { body: "a" })).toMatchObject({ status: 200 });
		expect(other.arrivals).toHaveLength(1);
	});

	it("counts requests by what they are for", async () => {
		const wire = await BrokenWire.start(undefined);
		const shard = "/bucket/p/_mem_wal/0/";
		await wire.send("PUT", `${shard}wal/01.arrow`);
		await wire.send("PUT", `${shard}manifest/01.binpb`);
		await wire.send("PUT", `${shard}manifest/version_hint.json`);
		await wire.send("GET", `${shard}wal/01.arrow`);
		await wire.send("HEAD", `${shard}wal/01.arrow`);
		await wire.send("GET", `${shard}wal/01.arrow`, { headers: { range: "bytes=0-0" } });
		await wire.send("GET", "/bucket/?list-type=2&prefix=p");
		await wire.send("DELETE", `${shard}wal/01.arrow`);
		expect(wire.proxy?.requests).toEqual({
			"entry PUT": 1,
			"manifest PUT": 1,
			GET: 1,
			HEAD: 2,
			LIST: 1,
			other: 2,
		});
	});

	it("asks the plan with what the head says, and the number of the request among its kind", async () => {
		const asked: unknown[] = [];
		const wire = await BrokenWire.start(undefined, (request) => void asked.push(request));
		await wire.send("PUT", "/b/wal/1.arrow", { body: "12345", headers: { "content-length": "5" } });
		await wire.send("PUT", "/b/wal/0.arrow");
		expect(asked).toMatchObject([
			{ kind: "entry PUT", method: "PUT", path: "/b/wal/1.arrow", bodyBytes: 5, ordinal: 1 },
			{ kind: "entry PUT", path: "/b/wal/0.arrow", bodyBytes: 0, ordinal: 2 },
		]);
	});
});

describe("a fault on the wire", () => {
	it("reset-before: the connection is reset, and the server hears nothing", async () => {
		const wire = await BrokenWire.start({ name: "reset-before" });
		expect(await wire.send("PUT", KEY, { body: "hello" })).toEqual({ error: "ECONNRESET" });
		expect(wire.arrivals).toEqual([]);
	});

	it("reset-after-commit: the connection is reset, and the object is there", async () => {
		const wire = await BrokenWire.start({ name: "reset-after-commit" });
		expect(await wire.send("PUT", KEY, { body: "hello" })).toEqual({ error: "ECONNRESET" });
		expect(wire.objects.get(KEY)).toBe("hello");
		expect(await wire.send("PUT", KEY, { body: "hello" })).toMatchObject({ status: 412 });
	});

	it("delay-request: the request reaches the server after its client has given up", async () => {
		const wire = await BrokenWire.start({ name: "delay-request", ms: 200 });
		expect(await wire.send("PUT", KEY, { body: "ghost", patienceMs: 30 })).toEqual({ error: "GAVE UP" });
		expect(wire.arrivals).toEqual([]);
		await wire.proxy?.settled();
		expect(wire.objects.get(KEY)).toBe("ghost");
	});

	it("delay-response: the object is there before its client hears of it", async () => {
		const wire = await BrokenWire.start({ name: "delay-response", ms: 100 });
		const answer = wire.send("PUT", KEY, { body: "hello" });
		while (wire.visits.length === 0) await realClock.sleep(1);
		expect(wire.objects.get(KEY)).toBe("hello");
		const first = await Promise.race([answer, Promise.resolve("not yet")]);
		expect(first).toBe("not yet");
		expect(await answer).toMatchObject({ status: 200 });
	});

	it("truncate-response: an answer without a body breaks off in its head, and the object is there", async () => {
		const wire = await BrokenWire.start({ name: "truncate-response" });
		expect((await wire.send("PUT", KEY, { body: "hello" })).error).toBeDefined();
		expect(wire.objects.get(KEY)).toBe("hello");
	});

	it("truncate-response: a long body breaks off after its head", async () => {
		const wire = await BrokenWire.start(undefined, ({ method }) =>
			method === "GET" ? { name: "truncate-response" } : undefined,
		);
		await wire.send("PUT", KEY, { body: "x".repeat(10_000) });
		expect(await wire.send("GET", KEY)).toEqual({ status: 200, error: "ECONNRESET" });
	});

	it("duplicate-request: the server gets it twice, and the client the second answer", async () => {
		const wire = await BrokenWire.start({ name: "duplicate-request" });
		expect(await wire.send("PUT", KEY, { body: "hello" })).toMatchObject({ status: 412 });
		expect(wire.visits.map(({ status }) => status)).toEqual([200, 412]);
		expect(wire.arrivals.map(({ body }) => body)).toEqual(["hello", "hello"]);
	});

	it("replay-later: the client gets its answer, and the server the same request once more", async () => {
		const wire = await BrokenWire.start({ name: "replay-later", ms: 30 });
		expect(await wire.send("PUT", KEY, { body: "hello" })).toMatchObject({ status: 200 });
		expect(wire.arrivals).toHaveLength(1);
		wire.objects.clear();
		await wire.proxy?.settled();
		expect(wire.arrivals).toHaveLength(2);
		expect(wire.objects.get(KEY)).toBe("hello");
	});

	it.each(STATUSES)("status-before: the client gets %i, and the server nothing", async (status) => {
		const wire = await BrokenWire.start({ name: "status-before", status });
		const heard = await wire.send("PUT", KEY, { body: "hello" });
		expect(heard.status).toBe(status);
		expect(heard.body).toContain(`<Code>${FAULT_STATUSES[status]}</Code>`);
		expect(wire.arrivals).toEqual([]);
		expect(await wire.send("PUT", KEY, { body: "hello" })).toMatchObject({ status: 200 });
	});

	it.each(STATUSES)("status-after: the client gets %i, and the object is there", async (status) => {
		const wire = await BrokenWire.start({ name: "status-after", status });
		expect((await wire.send("PUT", KEY, { body: "hello" })).status).toBe(status);
		expect(wire.objects.get(KEY)).toBe("hello");
	});

	it("status-before: a HEAD gets no body with it", async () => {
		const wire = await BrokenWire.start({ name: "status-before", status: 503 });
		expect(await wire.send("HEAD", KEY)).toEqual({ status: 503, body: "" });
	});

	it("slow-body: a PUT trickles, and arrives whole", async () => {
		const wire = await BrokenWire.start({ name: "slow-body", ms: 80 });
		const answer = wire.send("PUT", KEY, { body: "12345678" });
		expect(await Promise.race([answer, realClock.sleep(20)])).toBeUndefined();
		expect(wire.objects.has(KEY)).toBe(false);
		expect(await answer).toMatchObject({ status: 200 });
		expect(wire.objects.get(KEY)).toBe("12345678");
	});

	it("slow-body: the answer to a GET trickles, and arrives whole", async () => {
		const wire = await BrokenWire.start(undefined, ({ method }) =>
			method === "GET" ? { name: "slow-body", ms: 60 } : undefined,
		);
		await wire.send("PUT", KEY, { body: "y".repeat(5_000) });
		expect(await wire.send("GET", KEY)).toEqual({ status: 200, body: "y".repeat(5_000) });
	});

	it("half-close: the object is there, and the connection ends without an answer", async () => {
		const wire = await BrokenWire.start({ name: "half-close" });
		expect(await wire.send("PUT", KEY, { body: "hello" })).toEqual({ error: "ECONNRESET" });
		expect(wire.objects.get(KEY)).toBe("hello");
	});

	it("never-answer: the object is there, and the client hears nothing on an open connection", async () => {
		const wire = await BrokenWire.start({ name: "never-answer" });
		const answer = wire.send("PUT", KEY, { body: "hello", patienceMs: 150 });
		while (wire.visits.length === 0) await realClock.sleep(1);
		expect(wire.proxy?.openConnections).toBe(1);
		expect(await answer).toEqual({ error: "GAVE UP" });
		expect(wire.objects.get(KEY)).toBe("hello");
	});

	it("reset-refusal: only a 412 becomes a reset", async () => {
		const wire = await BrokenWire.start(undefined, () => ({ name: "reset-refusal" }));
		expect(await wire.send("PUT", KEY, { body: "hello" })).toMatchObject({ status: 200 });
		expect(await wire.send("PUT", KEY, { body: "other" })).toEqual({ error: "ECONNRESET" });
		expect(wire.objects.get(KEY)).toBe("hello");
	});
});

describe("the end of a proxy", () => {
	it("waits for what is still to reach the server, and leaves no connection", async () => {
		const wire = await BrokenWire.start({ name: "delay-request", ms: 60 });
		await wire.send("PUT", KEY, { body: "late", patienceMs: 10 });
		await wire.proxy?.close();
		expect(wire.objects.get(KEY)).toBe("late");
		expect(wire.proxy?.openConnections).toBe(0);
	});

	it("does not pass on what its client broke off in the middle of the body", async () => {
		const wire = await BrokenWire.start(undefined);
		const heard = await wire.send("PUT", KEY, { body: "half", patienceMs: 50, headers: { "content-length": "1000" } });
		expect(heard).toEqual({ error: "GAVE UP" });
		await wire.proxy?.settled();
		expect(wire.arrivals).toEqual([]);
	});
});
