import http from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { WireFault } from "../src/wire-fault.ts";
import { type ServerVisit, WireProxy, type WireProxyOptions } from "../src/wire-proxy.ts";

/** A request as it arrived at the server. */
export interface Arrival {
	readonly method: string;
	readonly path: string;
	readonly headers: http.IncomingHttpHeaders;
	readonly body: string;
}

/** What a client was given, or the code of what went wrong. */
export interface Heard {
	readonly status?: number;
	readonly body?: string;
	readonly error?: string;
}

/** A server that creates what it is sent only once, and a proxy before it; both end with the test. */
export class BrokenWire {
	readonly arrivals: Arrival[] = [];
	readonly visits: ServerVisit[] = [];
	readonly objects = new Map<string, string>();
	readonly #server: http.Server;
	/** Set by `start`. */
	proxy: WireProxy | undefined;

	private constructor() {
		this.#server = http.createServer((request, response) => void this.#serve(request, response));
	}

	/** The fault befalls the first request; with a plan, whichever the plan says. */
	static async start(fault: WireFault | undefined, plan?: WireProxyOptions["plan"]): Promise<BrokenWire> {
		const wire = new BrokenWire();
		await new Promise<void>((resolve) => wire.#server.listen(0, "127.0.0.1", resolve));
		const { port } = wire.#server.address() as AddressInfo;
		let first = true;
		const once = () => {
			const befalls = first ? fault : undefined;
			first = false;
			return befalls;
		};
		const proxy = await WireProxy.start({
			upstream: `http://127.0.0.1:${port}`,
			plan: plan ?? once,
			onVisit: (visit) => wire.visits.push(visit),
		});
		wire.proxy = proxy;
		onTestFinished(async () => {
			await proxy.close();
			await wire.stopServer();
		});
		return wire;
	}

	/** From then on the proxy's server is away. */
	async stopServer(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	/** Sends one request through the proxy, on a connection of its own; gives up after `patienceMs`. */
	send(method: string, path: string, { body = "", patienceMs = 5_000, headers = {} } = {}): Promise<Heard> {
		return new Promise((resolve) => {
			const request = http.request(`${this.proxy?.endpoint}${path}`, { method, agent: false, headers });
			const patience = setTimeout(
				() => request.destroy(Object.assign(new Error("gave up"), { code: "GAVE UP" })),
				patienceMs,
			);
			const heard = (result: Heard) => {
				clearTimeout(patience);
				resolve(result);
			};
			request.on("error", (error: NodeJS.ErrnoException) => heard({ error: error.code ?? error.message }));
			request.once("response", async (response) => {
				const pieces: Buffer[] = [];
				try {
					for await (const piece of response) pieces.push(piece as Buffer);
					heard({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString() });
				} catch (error) {
					heard({ status: response.statusCode ?? 0, error: (error as NodeJS.ErrnoException).code ?? "cut" });
				}
			});
			request.end(body);
		});
	}

	async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
		const pieces: Buffer[] = [];
		for await (const piece of request) pieces.push(piece as Buffer);
		const { method = "", url: path = "", headers } = request;
		const body = Buffer.concat(pieces).toString();
		this.arrivals.push({ method, path, headers, body });
		if (method === "PUT") {
			if (this.objects.has(path)) return void response.writeHead(412).end();
			this.objects.set(path, body);
			response.writeHead(200, { etag: '"one"' }).end();
			return;
		}
		const object = this.objects.get(path);
		response.writeHead(object === undefined ? 404 : 200, { "content-length": object?.length ?? 0 });
		response.end(method === "HEAD" ? undefined : object);
	}
}
