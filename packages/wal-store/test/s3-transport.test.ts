import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { FakeS3 } from "./fake-s3.ts";

const body = new TextEncoder().encode("the body");

describe("what is sent", () => {
	it("is the pieces, with their length, their checksum and no other framing", async () => {
		const server = await FakeS3.forTest();
		const store = await server.open();
		const pieces = [body.subarray(0, 3), body.subarray(3)];
		expect(await store.putIfAbsent("a", pieces)).toBe("created");
		const [request] = server.requests;
		expect(request?.body).toEqual(Buffer.from(body));
		const checksum = Buffer.alloc(4);
		checksum.writeUInt32BE(crc32(body));
		expect(request?.headers).toMatchObject({
			"content-length": "8",
			"if-none-match": "*",
			"x-amz-checksum-crc32": checksum.toString("base64"),
			"x-amz-content-sha256": "UNSIGNED-PAYLOAD",
		});
		expect(request?.headers).not.toHaveProperty("expect");
		expect(request?.headers).not.toHaveProperty("transfer-encoding");
		await store.close?.();
	});

	it("carries the checksum that the caller has, as it is", async () => {
		const server = await FakeS3.forTest();
		const store = await server.open();
		await store.putIfAbsent("a", body, { crc32: 0x01020304 });
		expect(server.requests[0]?.headers["x-amz-checksum-crc32"]).toBe(Buffer.from([1, 2, 3, 4]).toString("base64"));
		await store.close?.();
	});

	it("has no condition where put overwrites", async () => {
		const server = await FakeS3.forTest();
		const store = await server.open();
		await store.put("hint", body);
		expect(server.requests[0]?.headers).not.toHaveProperty("if-none-match");
		await store.close?.();
	});
});

describe("connections", () => {
	it("are used again: a lone writer has one", async () => {
		const server = await FakeS3.forTest();
		const store = await server.open();
		for (let i = 0; i < 20; i++) await store.putIfAbsent(`${i}`, body);
		expect(server.connections).toBe(1);
		await store.close?.();
		await until(async () => (await server.openConnections()) === 0);
		await store.putIfAbsent("after", body);
		expect(server.connections).toBe(2);
		await store.close?.();
	});

	it("are at most 64 for reads and 64 for writes, however many ask", async () => {
		const server = await FakeS3.forTest({ fault: async () => sleep(5, false) });
		const store = await server.open();
		const keys = Array.from({ length: 200 }, (_, i) => `${i}`);
		await Promise.all(keys.flatMap((key) => [store.putIfAbsent(key, body), store.head(key)]));
		expect(server.connections).toBeLessThanOrEqual(128);
		await store.close?.();
	});
});

describe("a signal", () => {
	it("gets one listener from any number of requests, and none is left", async () => {
		const warnings: Error[] = [];
		const onWarning = (warning: Error) => void warnings.push(warning);
		process.on("warning", onWarning);
		onTestFinished(() => void process.off("warning", onWarning));
		const server = await FakeS3.forTest();
		const store = await server.open();
		await store.putIfAbsent("seen", body);
		const abort = new AbortController();
		const requests = Promise.all(Array.from({ length: 100 }, (_, i) => store.head(`${i}`, { signal: abort.signal })));
		expect(getEventListeners(abort.signal, "abort").length).toBeLessThanOrEqual(2);
		await requests;
		expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
		await new Promise((resolve) => setImmediate(resolve));
		expect(warnings.filter(({ name }) => name === "MaxListenersExceededWarning")).toEqual([]);
		await store.close?.();
	});

	it("stops a write that is under way, and the server sees that it was", async () => {
		const abort = new AbortController();
		let closed: Promise<unknown> | undefined;
		const server = await FakeS3.forTest({
			fault: ({ socket }) => {
				closed = new Promise((resolve) => socket.once("close", resolve));
				abort.abort(new Error("enough"));
				return true;
			},
		});
		const store = await server.open();
		const error = await failureOf(store.putIfAbsent("a", body, { signal: abort.signal }));
		expect(error).toMatchObject({ code: "WAL_ABORTED", outcome: "unknown", cause: { message: "enough" } });
		await closed;
		expect(server.seen).toEqual(["PUT a"]);
		await store.close?.();
	});

	it("keeps a write from being sent while credentials are looked for", async () => {
		const abort = new AbortController();
		let found: (() => void) | undefined;
		const server = await FakeS3.forTest();
		const credentials = async () => {
			await new Promise<void>((resolve) => {
				found = resolve;
			});
			return { accessKeyId: "access", secretAccessKey: "secret" };
		};
		const store = await server.open({ credentials });
		const failure = failureOf(store.putIfAbsent("a", body, { signal: abort.signal }));
		await until(async () => found !== undefined);
		abort.abort();
		expect(await failure).toMatchObject({ code: "WAL_ABORTED", outcome: "not-written" });
		found?.();
		expect(await store.get("a")).toBeUndefined();
		expect(server.seen).toEqual(["GET a"]);
		await store.close?.();
	});
});

describe("time limits", () => {
	it("end a request that is never answered", async () => {
		const server = await FakeS3.forTest({ fault: () => true });
		const store = await server.open({ timeouts: { idleMs: 40 } });
		const error = await failureOf(store.putIfAbsent("a", body));
		expect(error).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
		await until(async () => (await server.openConnections()) === 0);
		expect(server.seen).toEqual(["PUT a"]);
	});

	it("end an answer that stops half way", async () => {
		const server = await FakeS3.forTest({
			fault: ({ response }) => {
				response.writeHead(200, { "content-length": 8 }).write("half");
				return true;
			},
		});
		const store = await server.open({ timeouts: { idleMs: 40 } });
		expect(await failureOf(store.get("a"))).toMatchObject({ code: "WAL_TIMEOUT", outcome: undefined });
	});

	it("end a request that trickles on, by the clock of the store", async () => {
		const clock = new ManualClock();
		let trickling: NodeJS.Timeout | undefined;
		const server = await FakeS3.forTest({
			fault: ({ response }) => {
				response.writeHead(200, { "content-length": 1_000_000 });
				trickling = setInterval(() => response.write("x"), 2);
				return true;
			},
		});
		onTestFinished(() => clearInterval(trickling));
		const store = await server.open({ clock, timeouts: { requestMs: 5_000 } });
		const failure = failureOf(store.get("a"));
		await until(async () => trickling !== undefined);
		await clock.advance(4_999);
		expect(clock.pendingTimers).toBe(1);
		await clock.advance(1);
		expect(await failure).toMatchObject({ code: "WAL_TIMEOUT" });
		expect(clock.pendingTimers).toBe(0);
	});

	it("leave no timer behind when a request ends", async () => {
		const clock = new ManualClock();
		const server = await FakeS3.forTest();
		const store = await server.open({ clock });
		await store.putIfAbsent("a", body);
		expect(await store.get("b")).toBeUndefined();
		expect(clock.pendingTimers).toBe(0);
		await store.close?.();
	});
});

async function failureOf(call: Promise<unknown>): Promise<unknown> {
	try {
		await call;
	} catch (error) {
		return error;
	}
	throw new Error("the call resolved");
}

async function until(condition: () => Promise<boolean>): Promise<void> {
	while (!(await condition())) await sleep(2);
}
