import http from "node:http";
import { realClock } from "@memwal/wal-runtime";

/** A request as it arrived, whole. */
export interface ArrivedRequest {
	readonly method: string;
	readonly path: string;
	readonly headers: http.IncomingHttpHeaders;
	readonly body: Buffer;
}

/** An answer as the server gave it, whole. */
export interface UpstreamAnswer {
	readonly status: number;
	readonly reason: string;
	/** Name and value in turn. */
	readonly rawHeaders: readonly string[];
	readonly body: Buffer;
}

export interface ForwardOptions {
	readonly origin: URL;
	readonly agent: http.Agent;
	/** For how long the body trickles, in milliseconds. Default: it leaves at once. */
	readonly trickleMs?: number | undefined;
}

const SLICES = 8;

/** What belongs to one connection, and what the server would have to answer before the body. */
const NOT_FORWARDED: ReadonlySet<string> = new Set(["connection", "expect", "keep-alive", "transfer-encoding"]);

/**
 * Sends a request on as it came, its `host` included, since a signature covers it; resolves to the whole answer.
 *
 * @throws Error where the server cannot be reached or does not answer.
 */
export async function forwardRequest(
	{ method, path, headers, body }: ArrivedRequest,
	{ origin, agent, trickleMs = 0 }: ForwardOptions,
): Promise<UpstreamAnswer> {
	const kept = Object.entries(headers).filter(([name]) => !NOT_FORWARDED.has(name));
	const outgoing = http.request({
		agent,
		host: origin.hostname,
		port: origin.port,
		method,
		path,
		headers: { ...Object.fromEntries(kept), ...(method === "PUT" ? { "content-length": body.length } : {}) },
	});
	const answer = new Promise<UpstreamAnswer>((resolve, reject) => {
		outgoing.once("error", reject);
		outgoing.once("response", (response) => {
			const { statusCode = 0, statusMessage = "", rawHeaders } = response;
			collect(response).then(
				(bytes) => resolve({ status: statusCode, reason: statusMessage, rawHeaders, body: bytes }),
				reject,
			);
		});
	});
	for (const slice of trickleMs > 0 ? slicesOf(body) : [body]) {
		outgoing.write(slice);
		if (trickleMs > 0) await Promise.race([realClock.sleep(trickleMs / SLICES), answer.catch(() => undefined)]);
	}
	outgoing.end();
	return answer;
}

/** Some parts of about the same size, each with something in it. */
export function slicesOf(bytes: Buffer): Buffer[] {
	const size = Math.max(1, Math.ceil(bytes.length / SLICES));
	return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** All that a stream brings. @throws Error where it ends too early. */
export async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
	const pieces: Buffer[] = [];
	for await (const piece of stream) pieces.push(piece);
	return Buffer.concat(pieces);
}
