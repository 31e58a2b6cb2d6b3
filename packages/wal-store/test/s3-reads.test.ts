import { describe, expect, it } from "vitest";
import { FakeS3, type FakeS3Options, refuse } from "./fake-s3.ts";

const body = new TextEncoder().encode("0123456789");

function refusing(status: number, code: string): FakeS3Options {
	return {
		fault: ({ response }) => {
			refuse(response, status, code);
			return true;
		},
	};
}

function answering(status: number, text: string): FakeS3Options {
	return {
		fault: ({ response }) => {
			response.writeHead(status).end(text);
			return true;
		},
	};
}

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
	it("is what the store says with its code, and no other 404", async () => {
		const others: readonly [string, FakeS3Options, string][] = [
			["a missing bucket", refusing(404, "NoSuchBucket"), "WAL_INVALID"],
			["an access key that the store does not know", refusing(404, "XAdminUserNotFound"), "WAL_DENIED"],
			["a proxy", answering(404, "<html>"), "WAL_UNAVAILABLE"],
			["no reason", answering(404, ""), "WAL_UNAVAILABLE"],
		];
		for (const [name, options, code] of others) {
			const store = await (await FakeS3.forTest(options)).open();
			for (const call of [
				() => store.get("a"),
				() => store.head("a"),
				() => store.get("a", { range: { start: 1, end: 1 } }),
			]) {
				await expect(call(), name).rejects.toMatchObject({ code });
			}
			await store.close?.();
		}
		const store = await (await FakeS3.forTest()).open();
		expect([await store.get("a"), await store.head("a")]).toEqual([undefined, undefined]);
		await store.close?.();
	});

	it("takes one request to find out, and a presence too", async () => {
		const server = await FakeS3.forTest();
		const store = await server.open();
		await store.putIfAbsent("there", body);
		expect(await store.head("absent")).toBeUndefined();
		expect(await store.head("there")).toMatchObject({ key: "there", size: 10 });
		expect(server.seen).toEqual(["PUT there", "GET absent", "GET there"]);
		await store.close?.();
	});

	it("that is answered as forbidden names the permission that is missing", async () => {
		const store = await (await FakeS3.forTest(refusing(403, "AccessDenied"))).open();
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
