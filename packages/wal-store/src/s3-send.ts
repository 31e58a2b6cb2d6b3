import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { type Exchange, RequestFailure } from "./s3-exchange.ts";

/** A signed request, ready to be sent. */
export interface SignedRequest {
	readonly secure: boolean;
	readonly hostname: string;
	readonly port: number | undefined;
	readonly method: string;
	/** With the query, and as it goes over the wire. */
	readonly path: string;
	readonly headers: Readonly<Record<string, string>>;
}

export interface Answer {
	readonly statusCode: number;
	readonly headers: Record<string, string>;
	/** Empty where the exchange took the bytes. */
	readonly body: Uint8Array;
}

export interface SendOptions {
	readonly agent: http.Agent;
	/** How long a connection may take, its TLS included, in milliseconds. */
	readonly connectTimeoutMs: number;
	/** How long nothing may move on the connection, in either direction, in milliseconds. */
	readonly idleTimeoutMs: number;
}

/**
 * Sends one request, once, and resolves to the whole answer.
 *
 * All pieces of the body are handed to the connection together, and none is copied. It neither resolves nor rejects
 * while the connection may still read one of them: where a refusal comes before all was sent, the connection is closed.
 *
 * @throws RequestFailure where there is no whole answer; `exchange.reached` tells whether the server may have got any of
 * the request.
 */
export function send(signed: SignedRequest, exchange: Exchange, options: SendOptions): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const { secure, hostname, port, method, path, headers } = signed;
		const { agent, connectTimeoutMs, idleTimeoutMs } = options;
		let socket: Socket | undefined;
		let over = false;

		const settle = (tell: () => void) => {
			if (over) return;
			over = true;
			socket?.off("timeout", onTimeout);
			tell();
		};
		/** Tells when nothing can read the body any more. */
		const afterClose = (tell: () => void) => {
			request.destroy();
			if (!socket || socket.closed) tell();
			else socket.once("close", tell);
		};
		const fail = (failure: RequestFailure) => settle(() => afterClose(() => reject(failure)));
		const onTimeout = () => {
			const what = exchange.reached
				? `nothing moved for ${idleTimeoutMs} ms`
				: `no connection in ${connectTimeoutMs} ms`;
			fail(new RequestFailure(what, { code: "ETIMEDOUT", stopped: "timeout" }));
		};

		exchange.begin(fail);
		const request = (secure ? https : http).request({ host: hostname, port, method, path, headers, agent });
		request.on("error", (error: NodeJS.ErrnoException) => fail(failureOf(error)));
		request.once("socket", (assigned: Socket & { readonly secureConnecting?: boolean }) => {
			socket = assigned;
			socket.on("timeout", onTimeout);
			const connected = () => {
				exchange.reached = true;
				assigned.setTimeout(idleTimeoutMs);
			};
			if (request.reusedSocket || !(assigned.connecting || assigned.secureConnecting)) return connected();
			assigned.setTimeout(connectTimeoutMs);
			assigned.once(secure ? "secureConnect" : "connect", connected);
		});
		request.once("response", (response) => {
			collect(response, exchange).then(
				(body) => {
					const { statusCode = 0 } = response;
					const answer = { statusCode, headers: plainHeaders(response), body };
					if (request.writableFinished) return settle(() => resolve(answer));
					// A refusal may come before the body was sent, which then never is.
					if (statusCode >= 300) return settle(() => afterClose(() => resolve(answer)));
					request.once("finish", () => settle(() => resolve(answer)));
				},
				(error: NodeJS.ErrnoException) => fail(failureOf(error)),
			);
		});
		// Nothing is sent before there is a connection, and then all at once: header and pieces leave in one call.
		for (const piece of exchange.pieces) request.write(piece);
		request.end();
	});
}

/** The body of the answer; into the exchange, where it is an object's bytes. */
function collect(response: http.IncomingMessage, exchange: Exchange): Promise<Uint8Array> {
	const { statusCode } = response;
	const length = Number(response.headers["content-length"]);
	const known = Number.isSafeInteger(length) && length >= 0;
	const wanted = exchange.wantsBytes && (statusCode === 200 || statusCode === 206);
	return new Promise((resolve, reject) => {
		// A buffer of its own from its first byte on, so that what is read from it is aligned.
		const whole = wanted && known ? Buffer.allocUnsafeSlow(length) : undefined;
		const chunks: Buffer[] = [];
		let filled = 0;
		response.on("data", (chunk: Buffer) => {
			if (whole) chunk.copy(whole, filled);
			else chunks.push(chunk);
			filled += chunk.length;
		});
		response.once("end", () => {
			if (whole && filled < length) {
				reject(new RequestFailure(`the answer ended after ${filled} of ${length} bytes`));
				return;
			}
			const body = whole ?? Buffer.concat(chunks);
			if (!wanted) return resolve(body);
			exchange.bytes = whole ? new Uint8Array(whole.buffer as ArrayBuffer) : Uint8Array.from(body);
			resolve(new Uint8Array());
		});
		response.once("error", reject);
		response.once("close", () => {
			// Made only where it is told: its stack would cost every good answer more than all else here.
			if (!response.readableEnded) reject(new RequestFailure("the connection was closed within the answer"));
		});
	});
}

function failureOf(error: NodeJS.ErrnoException): RequestFailure {
	if (error instanceof RequestFailure) return error;
	return new RequestFailure(error.message || error.name, { code: error.code, cause: error });
}

function plainHeaders({ headers }: http.IncomingMessage): Record<string, string> {
	const plain: Record<string, string> = {};
	for (const [name, value] of Object.entries(headers)) {
		if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(", ") : value;
	}
	return plain;
}
