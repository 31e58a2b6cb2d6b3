import http from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import type { Exchange } from "./s3-exchange.ts";
import { type Answer, type SendOptions, send } from "./s3-send.ts";

/** What the SDK asks its handler to send. */
interface SdkRequest {
	readonly protocol: string;
	readonly hostname: string;
	readonly port?: number | undefined;
	readonly method: string;
	readonly path: string;
	readonly query?: Readonly<Record<string, string | readonly string[] | null>> | undefined;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: unknown;
}

/** What `S3Client.send` hands on to the handler as it is. */
export interface ExchangeOptions {
	readonly exchange?: Exchange | undefined;
}

interface SdkAnswer {
	readonly response: {
		readonly statusCode: number;
		readonly headers: Record<string, string>;
		readonly body: unknown;
	};
}

export interface HandlerOptions extends Omit<SendOptions, "agent"> {
	/** How long a connection that nobody uses is kept, in milliseconds. */
	readonly keepAliveMs: number;
	readonly maxConnections: number;
}

/**
 * How the SDK's requests reach the wire. The SDK has a handler of its own, which leaves a request's body with the
 * connection after it has told the answer, whose timeouts end with the answer's first byte, and which cannot say whether
 * a failed request ever left.
 */
export class S3HttpHandler {
	readonly metadata = { handlerProtocol: "http/1.1" } as const;
	readonly #plain: http.Agent;
	readonly #secure: https.Agent;
	readonly #timeouts: Omit<SendOptions, "agent">;

	constructor({ keepAliveMs, maxConnections, ...timeouts }: HandlerOptions) {
		// The one that was used last comes first: a lone appender finds its connection open, the others are given up.
		const shared = { keepAlive: true, noDelay: true, scheduling: "lifo" } as const;
		const options = { ...shared, timeout: keepAliveMs, maxSockets: maxConnections };
		this.#plain = new http.Agent(options);
		this.#secure = new https.Agent(options);
		this.#timeouts = timeouts;
	}

	async handle(request: SdkRequest, { exchange }: ExchangeOptions): Promise<SdkAnswer> {
		if (!exchange) throw new TypeError("the request has no exchange");
		const secure = request.protocol === "https:";
		const answer = await send(
			{
				secure,
				hostname: request.hostname.replace(/^\[(.*)\]$/, "$1"),
				port: request.port,
				method: request.method,
				path: request.path + queryString(request.query),
				headers: request.headers,
			},
			exchange,
			{ agent: secure ? this.#secure : this.#plain, ...this.#timeouts },
		);
		return { response: sdkAnswer(answer, exchange) };
	}

	updateHttpClientConfig(): void {
		// The SDK would change timeouts that are ours.
	}

	httpHandlerConfigs(): Record<string, never> {
		return {};
	}

	/** Closes every connection; the next request opens one again. */
	destroy(): void {
		this.#plain.destroy();
		this.#secure.destroy();
	}
}

function sdkAnswer({ statusCode, headers, body }: Answer, { wantsBytes }: Exchange): SdkAnswer["response"] {
	if (statusCode >= 300) return { statusCode, headers, body };
	// For an object's bytes the SDK wants a stream; they are with the exchange already.
	if (wantsBytes) return { statusCode, headers, body: Readable.from([]) };
	// Some stores begin to answer before they know how it ends, and then say in the body that they failed.
	const failed = /<Error>.*<\/Error>\s*$/s.test(Buffer.from(body).toString("utf8"));
	return { statusCode: failed ? 503 : statusCode, headers, body };
}

function queryString(query: SdkRequest["query"] = {}): string {
	const parts = Object.entries(query).flatMap(([name, value]) => {
		if (value === null) return [`${escaped(name)}=`];
		return (typeof value === "string" ? [value] : value).map((one) => `${escaped(name)}=${escaped(one)}`);
	});
	return parts.length === 0 ? "" : `?${parts.sort().join("&")}`;
}

/** As signatures have it, which is stricter than `encodeURIComponent`. */
function escaped(text: string): string {
	return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
