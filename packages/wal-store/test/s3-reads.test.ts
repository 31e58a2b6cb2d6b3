import { describe, expect, it } from "vitest";
import { FakeS3, type FakeS3Options, refuse } from "./fake-s3.ts";

const body = new TextEncoder().encode("0123456789");
const withoutReason = (status: number): FakeS3Options => ({
	fault: ({ method, response }) => {
		if (method === "HEAD") response.writeHead(status).end();
		else refuse(response, status, status === 404 ? "NoSuchBucket" : "AccessDenied");
		return true;
	},
});

describe("get", () => {
	it("gives a buffer that belongs to the object alone, from its first byte on", async () => {
		const server = await FakeS3.forTest();
		const store = await server.open();
		await store.putIfAbsent("a", body);
		const whole = await store.get("a");
		expect([whole?.bytes.byteOffset, whole?.bytes.buffer.byteLength]).toEqual([0, 10]);
		const part = await store.get("a", { range: { start: 3, end: 5 } });
		expect([part?.bytes.byteOffset, part?.bytes.buffer.byteLength, part?.size]).toEqual([0, 2, 10]);
		await store.close?.();
	});

	it("fails where the answer is shorter than it said", async () => {
		const server = await FakeS3.forTest({
			fault: ({ response, socket }) => {
				response.writeHead(200, { "content-length": 10 }).write("01234");
				setImmediate(() => socket.destroy());
				return true;
			},
		});
		const store = await server.open();
		await expect(store.get("a")).rejects.toMatchObject({ code: "WAL_UNAVAILABLE", retryable: true });
	});

	it("cuts a range out where the server sends everything", async () => {
		const server = await FakeS3.forTest({
			fault: ({ response }) => {
				response.writeHead(200, { "content-length": 10 }).end(body);
				return true;
			},
		});
		const store = await server.open();
		const object = await store.get("a", { range: { start: 8, end: 20 } });
		expect([object?.size, Buffer.from(object?.bytes ?? []).toString()]).toEqual([10, "89"]);
		await store.close?.();
	});

	it("takes an answer without a length", async () => {
		const server = await FakeS3.forTest({
			fault: ({ response }) => {
				response.writeHead(200).end(body);
				return true;
			},
		});
		const store = await server.open();
		const object = await store.get("a");
		expect([object?.size, object?.bytes.byteOffset]).toEqual([10, 0]);
		await store.close?.();
	});
});

describe("absence", () => {
	it("is not what a missing bucket means, also to a HEAD", async () => {
		const server = await FakeS3.forTest(withoutReason(404));
		const store = await server.open();
		for (const call of [store.get("a"), store.head("a"), store.get("a", { range: { start: 1, end: 1 } })]) {
			await expect(call).rejects.toMatchObject({ code: "WAL_INVALID" });
		}
	});

	it("asks for the bucket once, however many look, and never when it was seen", async () => {
		const server = await FakeS3.forTest();
		const store = await server.open();
		const looks = () => Promise.all(Array.from({ length: 64 }, (_, i) => store.head(`${i}`)));
		expect(await looks()).toEqual(Array.from({ length: 64 }, () => undefined));
		expect(server.seen.filter((request) => request.startsWith("GET ")).length).toBe(1);
		await looks();
		expect(server.seen.length).toBe(129);
		await store.close?.();
	});

	it("is not what a proxy's 404 means", async () => {
		const server = await FakeS3.forTest({
			fault: ({ response }) => {
				response.writeHead(404).end("<html>");
				return true;
			},
		});
		const store = await server.open();
		await expect(store.get("a")).rejects.toMatchObject({ code: "WAL_UNAVAILABLE" });
		await store.close?.();
	});

	it("that is answered as forbidden names the permission that is missing", async () => {
		const server = await FakeS3.forTest(withoutReason(403));
		const store = await server.open();
		await expect(store.head("a")).rejects.toMatchObject({
			code: "WAL_DENIED",
			details: { reason: "permission" },
			message: expect.stringContaining("s3:ListBucket"),
		});
		await store.close?.();
	});
});

describe("list", () => {
	it("goes on from page to page, and decodes keys", async () => {
		const server = await FakeS3.forTest({ pageSize: 2 });
		const store = await server.open();
		const keys = ["a", "a b", "a&b", "a+b", "a/\u0001", "a/ü", "a%20b", "b"].sort();
		for (const key of keys) await store.putIfAbsent(key, body);
		expect(await keysOf(store.list(""))).toEqual(keys);
		expect(server.requests.filter(({ method }) => method === "GET")).toHaveLength(4);
		await store.close?.();
	});

	it("passes over what is no key, and what does not begin with the prefix", async () => {
		const server = await FakeS3.forTest(listing(["a/", "a/b", "a//c", "b"]));
		const store = await server.open();
		expect(await keysOf(store.list("a"))).toEqual(["a/b"]);
		await store.close?.();
	});

	it("is refused where the store does not list in order, or does not say how to go on", async () => {
		const unordered = await (await FakeS3.forTest(listing(["b", "a"]))).open();
		await expect(keysOf(unordered.list(""))).rejects.toMatchObject({ code: "WAL_STORE_UNSAFE" });
		const endless = await (await FakeS3.forTest(listing(["a"], "<IsTruncated>true</IsTruncated>"))).open();
		await expect(keysOf(endless.list(""))).rejects.toMatchObject({ code: "WAL_UNAVAILABLE" });
	});
});

function listing(keys: readonly string[], more = ""): FakeS3Options {
	const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join("");
	return {
		fault: ({ response }) => {
			response.writeHead(200).end(`<ListBucketResult>${more}${contents}</ListBucketResult>`);
			return true;
		},
	};
}

async function keysOf(objects: AsyncIterable<{ readonly key: string }>): Promise<string[]> {
	const keys: string[] = [];
	for await (const { key } of objects) keys.push(key);
	return keys;
}
