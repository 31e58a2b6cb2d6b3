import { createServer } from "node:net";
import { inspect } from "node:util";
import { realClock, realRandom, type WalError } from "@memwal/wal-runtime";
import { createOnce, type ObjectStore } from "@memwal/wal-store";
import { describe, expect, it, onTestFinished } from "vitest";
import { FakeS3, type FakeS3Options, refuse } from "./fake-s3.ts";

const body = new TextEncoder().encode("the body");

/** The error of a first write. */
async function writeFailure(options: FakeS3Options, onStore: Parameters<FakeS3["open"]>[0] = {}) {
	const server = await FakeS3.forTest(options);
	const store = await server.open(onStore);
	const error = await failureOf(store.putIfAbsent("a/b", body));
	await store.close?.();
	return { error, server, store };
}

async function failureOf(call: Promise<unknown>): Promise<WalError> {
	try {
		await call;
	} catch (error) {
		return error as WalError;
	}
	throw new Error("the call resolved");
}

const answered = (status: number, code: string, more = ""): FakeS3Options => ({
	fault: ({ response }) => {
		refuse(response, status, code, more);
		return true;
	},
});

describe("a write that may have happened", () => {
	const undecided: Record<string, FakeS3Options> = {
		"500": answered(500, "InternalError"),
		"503 SlowDown": answered(503, "SlowDown"),
		"429": answered(429, "TooManyRequests"),
		"409": answered(409, "ConditionalRequestConflict"),
		"408": answered(408, "RequestTimeout"),
		"400 RequestTimeout": answered(400, "RequestTimeout"),
		"a 200 that holds an error": answered(200, "InternalError"),
		"a 502 of a proxy": {
			fault: ({ response }) => {
				response.writeHead(502).end("<html>");
				return true;
			},
		},
		"a 403 of a proxy": {
			fault: ({ response }) => {
				response.writeHead(403).end("<html>");
				return true;
			},
		},
		"a 404 without a reason": {
			fault: ({ response }) => {
				response.writeHead(404).end();
				return true;
			},
		},
		"a reset": {
			fault: ({ socket }) => {
				socket.resetAndDestroy();
				return true;
			},
		},
		"a connection that closes": {
			fault: ({ socket }) => {
				socket.destroy();
				return true;
			},
		},
		"an answer that breaks off": {
			fault: ({ response, socket }) => {
				response.writeHead(200, { "content-length": 10 }).write("half");
				setImmediate(() => socket.destroy());
				return true;
			},
		},
	};
	for (const [name, options] of Object.entries(undecided)) {
		it(`is unknown after ${name}, and was tried once`, async () => {
			const { error, server } = await writeFailure(options);
			expect(error.outcome).toBe("unknown");
			expect(error.message).toContain("could not write a/b");
			expect(server.seen).toEqual(["PUT a/b"]);
		});
	}

	it("is resolved by createOnce when the reply to a success is lost", async () => {
		let lost = 0;
		const server: FakeS3 = await FakeS3.forTest({
			fault: ({ method, key, socket, body: bytes }) => {
				if (method !== "PUT" || lost++ > 0) return false;
				server.objects.set(key, { bytes, modified: new Date() });
				socket.resetAndDestroy();
				return true;
			},
		});
		const store = await server.open();
		const options = { clock: realClock, random: realRandom, deadlineMs: 10_000 };
		expect(await createOnce(store, "a", body, options)).toEqual({ result: "written", attempts: 2 });
		expect(server.seen).toEqual(["PUT a", "PUT a", "GET a"]);
		await store.close?.();
	});

	for (const profile of ["409-on-race", "429-per-key", "200-with-error"] as const) {
		it(`of many writers one wins on a server with ${profile}, and its bytes are stored`, async () => {
			const server = await FakeS3.forTest({ profile });
			const stores = await Promise.all([server.open(), server.open(), server.open()]);
			const bodies = Array.from({ length: 9 }, (_, i) => new TextEncoder().encode(`body ${i}`));
			const results = await Promise.all(
				bodies.map((bytes, i) =>
					createOnce(stores[i % 3] as ObjectStore, "key", bytes, {
						clock: realClock,
						random: realRandom,
						deadlineMs: 20_000,
					}),
				),
			);
			const winners = results.flatMap(({ result }, i) => (result === "written" ? [i] : []));
			expect(winners).toHaveLength(1);
			expect(server.objects.get("key")?.bytes.toString()).toBe(`body ${winners[0]}`);
			for (const store of stores) await store.close?.();
		});
	}
});

describe("a write that was refused", () => {
	const refused: readonly [number, string, string, string][] = [
		[403, "AccessDenied", "WAL_DENIED", "s3:PutObject"],
		[403, "InvalidAccessKeyId", "WAL_DENIED", "credentials"],
		[403, "SignatureDoesNotMatch", "WAL_DENIED", "credentials"],
		[400, "ExpiredToken", "WAL_DENIED", "credentials"],
		[404, "NoSuchBucket", "WAL_INVALID", "there is no bucket bucket"],
		[400, "EntityTooLarge", "WAL_INVALID", "does not take it"],
		[400, "InvalidRequest", "WAL_INVALID", "refuses such a request"],
		[400, "BadDigest", "WAL_UNAVAILABLE", "damaged on its way"],
		[501, "NotImplemented", "WAL_STORE_UNSAFE", "only if it is absent"],
		[409, "ObjectParentIsFile", "WAL_INVALID", "no object of that name"],
		[403, "QuotaExceeded", "WAL_DENIED", "free some space"],
	];
	for (const [status, code, expected, remedy] of refused) {
		it(`was not written after ${status} ${code}, and the error is ${expected} with a remedy`, async () => {
			const { error, server } = await writeFailure(answered(status, code));
			expect(error).toMatchObject({ code: expected, outcome: "not-written", details: { key: "a/b" } });
			expect(error.message).toContain(remedy);
			expect(error.message).toContain("said by the fake");
			expect(server.seen).toEqual(["PUT a/b"]);
		});
	}

	it("says in which region the bucket is", async () => {
		const malformed = await writeFailure(answered(400, "AuthorizationHeaderMalformed", "<Region>eu-north-1</Region>"));
		expect(malformed.error).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		expect(malformed.error.message).toContain("?region=eu-north-1");
		const moved = await writeFailure({
			fault: ({ response }) => {
				response.setHeader("x-amz-bucket-region", "eu-west-3");
				refuse(response, 301, "PermanentRedirect");
				return true;
			},
		});
		expect(moved.error).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		expect(moved.error.message).toContain("?region=eu-west-3");
	});

	it("for a wrong clock can be repeated, and then carries the store's time", async () => {
		const hourAhead = new Date(Date.now() + 3_600_000);
		const server = await FakeS3.forTest({
			fault: ({ headers, response }) => {
				if (String(headers["x-amz-date"]).startsWith(hourAhead.toISOString().slice(0, 13).replace(/[-:]/g, "")))
					return false;
				response.setHeader("date", hourAhead.toUTCString());
				refuse(response, 403, "RequestTimeTooSkewed");
				return true;
			},
		});
		const store = await server.open();
		const error = await failureOf(store.putIfAbsent("a", body));
		expect(error).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "not-written", retryable: true });
		expect(await store.putIfAbsent("a", body)).toBe("created");
		await store.close?.();
	});
});

describe("a write that never left", () => {
	it("was not written when nobody listens", async () => {
		const { store, server } = await writeFailure({
			fault: ({ socket }) => {
				socket.destroy();
				return true;
			},
		});
		await server.stop();
		const error = await failureOf(store.putIfAbsent("a", body));
		expect(error).toMatchObject({
			code: "WAL_UNAVAILABLE",
			outcome: "not-written",
			details: { reason: "ECONNREFUSED" },
		});
	});

	it("was not written when the connection takes too long", async () => {
		const silent = createServer().listen(0, "127.0.0.1");
		onTestFinished(() => void silent.close());
		await new Promise((resolve) => silent.once("listening", resolve));
		const { port } = silent.address() as { port: number };
		const server = await FakeS3.forTest();
		// Whoever answers no TLS handshake has made no connection.
		const store = await server.open({ endpoint: `https://127.0.0.1:${port}`, timeouts: { connectMs: 50 } });
		const error = await failureOf(store.putIfAbsent("a", body));
		expect(error).toMatchObject({ code: "WAL_TIMEOUT", outcome: "not-written" });
	});

	it("was not written without credentials, and the error says where they come from", async () => {
		const credentials = async () => {
			throw Object.assign(new Error("Could not load credentials from any providers"), {
				name: "CredentialsProviderError",
			});
		};
		const { error, server } = await writeFailure({}, { credentials });
		expect(error).toMatchObject({ code: "WAL_DENIED", outcome: "not-written", details: { reason: "credentials" } });
		expect(error.message).toContain("AWS_ACCESS_KEY_ID");
		expect(server.seen).toEqual([]);
	});
});

describe("an error", () => {
	it("holds nothing of the request's signature, keys or tokens, however it is printed", async () => {
		const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "hunter2hunter2", sessionToken: "tokentoken" };
		for (const options of [
			answered(403, "SignatureDoesNotMatch"),
			answered(500, "InternalError"),
			{
				fault: ({ socket }) => {
					socket.destroy();
					return true;
				},
			} satisfies FakeS3Options,
		]) {
			const { error } = await writeFailure(options, { credentials });
			const printed = [
				inspect(error, { depth: 20, showHidden: true }),
				JSON.stringify(error),
				String(error.stack),
			].join();
			for (const secret of ["AKIAEXAMPLE", "hunter2", "tokentoken", "Signature="])
				expect(printed).not.toContain(secret);
		}
	});
});
