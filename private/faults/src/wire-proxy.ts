import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { realClock } from "@memwal/wal-runtime";
import { passOn, refuse, reset, trickle, truncate } from "./client-answer.ts";
import { type ArrivedRequest, collect, forwardRequest, type UpstreamAnswer } from "./forward-request.ts";
import type { WireFault } from "./wire-fault.ts";
import { type RequestKind, requestKindOf, type WireRequest } from "./wire-request.ts";

/** Decides what happens to a request; `undefined`: nothing, it passes. */
export type FaultPlan = (request: WireRequest) => WireFault | undefined;

/** One time that the server got a request. */
export interface ServerVisit {
	readonly request: WireRequest;
	readonly fault: WireFault | undefined;
	/** `undefined` where the server gave no answer. */
	readonly status: number | undefined;
}

export interface WireProxyOptions {
	/** Where the server is: `http://127.0.0.1:7070`. */
	readonly upstream: string;
	readonly plan?: FaultPlan | undefined;
	/** Told each time that the server got a request, whatever the client was told. */
	readonly onVisit?: ((visit: ServerVisit) => void) | undefined;
}

/** Longer than any client keeps a connection that nobody uses, so that the proxy never ends one by itself. */
const KEEP_ALIVE_MS = 600_000;

/**
 * Stands between HTTP clients and one server, and does to each request what the plan says. Without a fault it changes
 * nothing: signed requests stay valid.
 */
export class WireProxy {
	/** How many requests of each kind have come. */
	readonly requests: Record<RequestKind, number> = {
		"entry PUT": 0,
		"manifest PUT": 0,
		GET: 0,
		HEAD: 0,
		LIST: 0,
		other: 0,
	};
	/** Requests that the server gave no answer to, through no fault of the plan: it was away, or had closed the connection. */
	unanswered = 0;
	readonly #server: http.Server;
	readonly #agent = new http.Agent({ keepAlive: true, noDelay: true });
	readonly #options: WireProxyOptions;
	readonly #sockets = new Set<Socket>();
	/** What still is to reach the server. */
	readonly #late = new Set<Promise<unknown>>();
	#origin: URL;

	private constructor(options: WireProxyOptions) {
		this.#options = options;
		this.#origin = new URL(options.upstream);
		this.#server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
			const served = this.#serve(request, response).catch((error: Error) => response.destroy(error));
			this.#keep(served);
		});
		this.#server.on("connection", (socket) => {
			this.#sockets.add(socket);
			socket.once("close", () => this.#sockets.delete(socket));
		});
	}

	/** Listens on a free port of this machine. */
	static async start(options: WireProxyOptions): Promise<WireProxy> {
		const proxy = new WireProxy(options);
		await new Promise<void>((resolve, reject) => {
			proxy.#server.once("error", reject);
			proxy.#server.listen(0, "127.0.0.1", resolve);
		});
		return proxy;
	}

	get endpoint(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	/** Connections of clients that are open now. */
	get openConnections(): number {
		return this.#sockets.size;
	}

	/** From now on requests go to another server: the same one, after it was started again. */
	set upstream(origin: string) {
		this.#origin = new URL(origin);
	}

	/** Resolves when no request is on its way to the server any more, late ones included. */
	async settled(): Promise<void> {
		while (this.#late.size > 0) await Promise.all(this.#late);
	}

	/** Ends every connection; requests that are due later still reach the server first. */
	async close(): Promise<void> {
		await this.settled();
		for (const socket of this.#sockets) socket.destroySoon();
		await new Promise((resolve) => this.#server.close(resolve));
		this.#agent.destroy();
	}

	async #serve(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
		const { method = "", url: path = "/", headers, socket } = incoming;
		const kind = requestKindOf(method, path, headers.range);
		const ordinal = ++this.requests[kind];
		const bodyBytes = Number(headers["content-length"] ?? 0);
		const request: WireRequest = { kind, method, path, bodyBytes, ordinal };
		const fault = this.#options.plan?.(request);
		if (fault?.name === "reset-before") return reset(socket);
		let body: Buffer;
		try {
			body = await collect(incoming);
		} catch {
			// The client has gone in the middle of its body: the server would not take what is left.
			return;
		}
		const arrived: ArrivedRequest = { method, path, headers, body };
		if (fault?.name === "status-before") return refuse(response, method, fault.status);
		if (fault?.name === "delay-request") await realClock.sleep(fault.ms);
		const answer = await this.#visit(request, arrived, fault);
		if (!answer) return reset(socket);
		await this.#answer(request, arrived, { fault, answer, response, socket });
	}

	async #answer(
		request: WireRequest,
		arrived: ArrivedRequest,
		{
			fault,
			answer,
			response,
			socket,
		}: {
			readonly fault: WireFault | undefined;
			readonly answer: UpstreamAnswer;
			readonly response: http.ServerResponse;
			readonly socket: Socket;
		},
	): Promise<void> {
		switch (fault?.name) {
			case "reset-after-commit":
				return reset(socket);
			case "reset-refusal":
				return answer.status === 412 ? reset(socket) : passOn(response, answer);
			case "status-after":
				return refuse(response, request.method, fault.status);
			case "truncate-response":
				return truncate(socket, answer);
			case "half-close":
				socket.end();
				return;
			case "never-answer":
				return;
			case "delay-response":
				await realClock.sleep(fault.ms);
				return passOn(response, answer);
			case "slow-body":
				return request.method === "PUT" ? passOn(response, answer) : trickle(socket, answer, fault.ms);
			case "duplicate-request": {
				const second = await this.#visit(request, arrived, fault);
				return second ? passOn(response, second) : reset(socket);
			}
			case "replay-later":
				passOn(response, answer);
				await realClock.sleep(fault.ms);
				await this.#visit(request, arrived, fault);
				return;
			default:
				return passOn(response, answer);
		}
	}

	/** Takes a request to the server; resolves to nothing where it gave no answer. */
	async #visit(
		request: WireRequest,
		arrived: ArrivedRequest,
		fault: WireFault | undefined,
	): Promise<UpstreamAnswer | undefined> {
		let answer: UpstreamAnswer | undefined;
		try {
			answer = await forwardRequest(arrived, {
				origin: this.#origin,
				agent: this.#agent,
				trickleMs: fault?.name === "slow-body" && request.method === "PUT" ? fault.ms : undefined,
			});
		} catch {
			this.unanswered++;
		}
		this.#options.onVisit?.({ request, fault, status: answer?.status });
		return answer;
	}

	#keep(work: Promise<unknown>): void {
		this.#late.add(work);
		const done = () => this.#late.delete(work);
		work.then(done, done);
	}
}
