import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { openS3Store } from "@memwal/wal-store/s3";
import { onTestFinished } from "vitest";
import type { OpenS3StoreOptions } from "../src/s3-options.ts";

/** How a server is wrong, or unlike AWS. */
export type FakeS3Profile =
	| "strict"
	/** Looks first and writes later, so that two can win. */
	| "two-winners"
	/** Overwrites as if no condition had been given. */
	| "ignores-header"
	/** A racer that comes too late gets 409 first, and 412 when it repeats. */
	| "409-on-race"
	/** Every other write is stored, and answered by 200 with an error in its body. */
	| "200-with-error"
	/** One write at a time and key; the others get 429. */
	| "429-per-key";

/** One request as it arrived. */
export interface FakeRequest {
	readonly method: string;
	/** The object's key; empty for a list. */
	readonly key: string;
	readonly query: URLSearchParams;
	readonly headers: IncomingMessage["headers"];
	readonly body: Buffer;
	/** Where it came in. */
	readonly socket: Socket;
	readonly response: ServerResponse;
}

interface FakeObject {
	readonly bytes: Buffer;
	readonly modified: Date;
}

export interface FakeS3Options {
	readonly profile?: FakeS3Profile | undefined;
	/** Called before a request is carried out; a fault answers in its place, or not at all, and returns true. */
	readonly fault?: ((request: FakeRequest) => boolean | Promise<boolean>) | undefined;
	/** Called with the head of each request, before its body is read; true ends it there. */
	readonly early?: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
	readonly pageSize?: number | undefined;
}

/** A server in this process that speaks as much S3 as the driver does, in whatever way a test wants. */
export class FakeS3 {
	readonly objects = new Map<string, FakeObject>();
	readonly requests: FakeRequest[] = [];
	/** Connections that were ever made. */
	connections = 0;
	readonly #server: Server;
	readonly #options: FakeS3Options;
	readonly #writing = new Set<string>();
	#writes = 0;

	private constructor(options: FakeS3Options) {
		this.#options = options;
		this.#server = createServer((request, response) => void this.#serve(request, response));
		this.#server.on("connection", () => this.connections++);
		this.#server.keepAliveTimeout = 60_000;
	}

	static async start(options: FakeS3Options = {}): Promise<FakeS3> {
		const fake = new FakeS3(options);
		await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
		return fake;
	}

	/** A server that ends with the test. */
	static async forTest(options: FakeS3Options = {}): Promise<FakeS3> {
		const fake = await FakeS3.start(options);
		onTestFinished(() => fake.stop());
		return fake;
	}

	get endpoint(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	/** A store in this server's bucket. */
	open(options: Partial<OpenS3StoreOptions> = {}): ReturnType<typeof openS3Store> {
		return openS3Store({
			bucket: "bucket",
			endpoint: this.endpoint,
			region: "us-east-1",
			credentials: { accessKeyId: "access", secretAccessKey: "secret" },
			...options,
		});
	}

	/** `PUT a/b`, for the requests so far. */
	get seen(): string[] {
		return this.requests.map(({ method, key, query }) => `${method} ${key || `?prefix=${query.get("prefix")}`}`);
	}

	/** Connections that are open now. */
	async openConnections(): Promise<number> {
		return new Promise((resolve, reject) => {
			this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
		});
	}

	async stop(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
		if (this.#options.early?.(request, response)) return;
		const pieces: Buffer[] = [];
		try {
			for await (const piece of request) pieces.push(piece as Buffer);
		} catch {
			// The client has gone: it gets no answer, and nothing was written.
			return;
		}
		const url = new URL(request.url ?? "/", "http://fake");
		const key = decodeURIComponent(url.pathname.replace(/^\/bucket\/?/, ""));
		const { method = "", headers, socket } = request;
		const parsed = { method, key, query: url.searchParams, headers, body: Buffer.concat(pieces), socket, response };
		this.requests.push(parsed);
		if (await this.#options.fault?.(parsed)) return;
		if (method === "PUT") await this.#put(parsed);
		else if (method === "DELETE") {
			this.objects.delete(key);
			response.writeHead(204).end();
		} else if (key === "") {
			this.#list(parsed);
		} else {
			this.#get(parsed);
		}
	}

	async #put(request: FakeRequest): Promise<void> {
		const { key, headers, body, response } = request;
		const { profile = "strict" } = this.#options;
		const conditional = headers["if-none-match"] === "*" && profile !== "ignores-header";
		const taken = () => conditional && this.objects.has(key);
		if (profile === "429-per-key" && this.#writing.has(key)) return refuse(response, 429, "TooManyRequests");
		const raced = this.#writing.has(key);
		this.#writing.add(key);
		try {
			if (taken()) return refuse(response, 412, "PreconditionFailed");
			if (profile === "two-winners" || profile === "429-per-key" || profile === "409-on-race") {
				await new Promise((resolve) => setTimeout(resolve, 5));
			}
			if (profile === "409-on-race" && (raced || this.objects.has(key))) {
				return refuse(response, 409, "ConditionalRequestConflict");
			}
			this.objects.set(key, { bytes: body, modified: new Date() });
			if (profile === "200-with-error" && this.#writes++ % 2 === 0) return refuse(response, 200, "InternalError");
			response.writeHead(200, { etag: '"fake"' }).end();
		} finally {
			this.#writing.delete(key);
		}
	}

	#get({ method, key, headers, response }: FakeRequest): void {
		const object = this.objects.get(key);
		if (!object) {
			refuse(response, 404, "NoSuchKey");
			return;
		}
		const { bytes, modified } = object;
		const common = { "last-modified": modified.toUTCString(), etag: '"fake"' };
		const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
		if (from === undefined || to === undefined) {
			response.writeHead(200, { ...common, "content-length": bytes.length });
			response.end(method === "HEAD" ? undefined : bytes);
			return;
		}
		const start = Number(from);
		const end = Math.min(Number(to) + 1, bytes.length);
		if (start >= bytes.length) {
			refuse(response, 416, "InvalidRange");
			return;
		}
		const range = `bytes ${start}-${end - 1}/${bytes.length}`;
		response.writeHead(206, { ...common, "content-range": range, "content-length": end - start });
		response.end(bytes.subarray(start, end));
	}

	#list({ query, response }: FakeRequest): void {
		const prefix = query.get("prefix") ?? "";
		const after = Buffer.from(query.get("continuation-token") ?? query.get("start-after") ?? "");
		const all = [...this.objects]
			.map(([key, object]) => ({ key: Buffer.from(key), object }))
			.filter(({ key }) => key.toString().startsWith(prefix) && Buffer.compare(key, after) > 0)
			.sort((a, b) => Buffer.compare(a.key, b.key));
		const page = all.slice(0, this.#options.pageSize ?? 1_000);
		const last = page.at(-1)?.key.toString() ?? "";
		const more = page.length < all.length;
		const contents = page.map(({ key, object }) => {
			const name = encodeURIComponent(key.toString()).replaceAll("%20", "+");
			const { bytes, modified } = object;
			return `<Contents><Key>${name}</Key><Size>${bytes.length}</Size><LastModified>${modified.toISOString()}</LastModified></Contents>`;
		});
		const token = more ? `<NextContinuationToken>${escaped(last)}</NextContinuationToken>` : "";
		response.writeHead(200, { "content-type": "application/xml" });
		response.end(
			`<?xml version="1.0"?><ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${token}${contents.join("")}</ListBucketResult>`,
		);
	}
}

/** The answer of S3 to what it does not do. */
export function refuse(response: ServerResponse, status: number, code: string, more = ""): void {
	const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>said by the fake</Message>${more}</Error>`;
	response.writeHead(status, { "content-type": "application/xml", "content-length": body.length });
	response.end(response.req.method === "HEAD" ? undefined : body);
}

function escaped(text: string): string {
	return text.replace(/[<>&]/g, (char) => `&#${char.charCodeAt(0)};`);
}
