import { createServer, type Socket } from "node:net";
import type { ObjectStore } from "@memwal/wal-store";
import { openS3Store } from "@memwal/wal-store/s3";
import { describe, expect, it, onTestFinished } from "vitest";
import type { S3Timeouts } from "../src/s3-options.ts";

/** More than the buffers of a connection hold, so that most of it waits with the sender. */
const BODY_BYTES = 64 * 2 ** 20;
/** What the body is overwritten with; it is nowhere in a request's head. */
const OVERWRITTEN = 0xff;

/** A server that reads the head of a request and then nothing, until it is told to. */
class ReluctantServer {
	readonly store: ObjectStore;
	/** The connection of the first request, once its head is there. */
	readonly request: Promise<Socket>;

	private constructor(store: ObjectStore, request: Promise<Socket>) {
		this.store = store;
		this.request = request;
	}

	static async start(timeouts: S3Timeouts = {}): Promise<ReluctantServer> {
		const server = createServer();
		const request = new Promise<Socket>((resolve) => {
			server.once("connection", (socket) => {
				socket.on("error", () => undefined);
				socket.once("data", () => {
					socket.pause();
					resolve(socket);
				});
			});
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		onTestFinished(() => void server.close());
		const { port } = server.address() as { readonly port: number };
		const store = await openS3Store({
			bucket: "bucket",
			endpoint: `http://127.0.0.1:${port}`,
			region: "us-east-1",
			credentials: { accessKeyId: "access", secretAccessKey: "secret" },
			timeouts,
		});
		return new ReluctantServer(store, request);
	}

	/** Reads on to the end of the connection; resolves to whether anything came that was written into the body later. */
	async sawOverwritten(): Promise<boolean> {
		const socket = await this.request;
		let saw = false;
		socket.on("data", (bytes) => {
			saw ||= bytes.includes(OVERWRITTEN);
		});
		socket.resume();
		await new Promise((resolve) => socket.once("close", resolve));
		return saw;
	}
}

describe("a body is its caller's again, and nothing reads it any more, when a write", () => {
	it("was refused before it was read", async () => {
		const server = await ReluctantServer.start();
		const body = new Uint8Array(BODY_BYTES);
		const writing = server.store.putIfAbsent("a", body);
		const refusal = "<Error><Code>PreconditionFailed</Code></Error>";
		(await server.request).write(
			`HTTP/1.1 412 Precondition Failed\r\ncontent-length: ${refusal.length}\r\n\r\n${refusal}`,
		);
		expect(await writing).toBe("exists");
		body.fill(OVERWRITTEN);
		expect(await server.sawOverwritten()).toBe(false);
	});

	it("was aborted", async () => {
		const server = await ReluctantServer.start();
		const body = [new Uint8Array(BODY_BYTES / 2), new Uint8Array(BODY_BYTES / 2)];
		const abort = new AbortController();
		const writing = server.store.putIfAbsent("a", body, { signal: abort.signal });
		await server.request;
		abort.abort();
		await expect(writing).rejects.toMatchObject({ code: "WAL_ABORTED", outcome: "unknown" });
		for (const piece of body) piece.fill(OVERWRITTEN);
		expect(await server.sawOverwritten()).toBe(false);
	});

	it("took too long", async () => {
		const server = await ReluctantServer.start({ idleMs: 50 });
		const body = new Uint8Array(BODY_BYTES);
		await expect(server.store.putIfAbsent("a", body)).rejects.toMatchObject({
			code: "WAL_TIMEOUT",
			outcome: "unknown",
		});
		body.fill(OVERWRITTEN);
		expect(await server.sawOverwritten()).toBe(false);
	});
});
