import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { realClock } from "@memwal/wal-runtime";
import { slicesOf, type UpstreamAnswer } from "./forward-request.ts";
import { FAULT_STATUSES, type FaultStatus } from "./wire-fault.ts";

/** What belongs to one connection. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** Passes an answer on as it came. */
export function passOn(response: ServerResponse, answer: UpstreamAnswer): void {
	response.writeHead(answer.status, answer.reason, headersFor(answer));
	response.end(answer.body);
}

/** Answers as S3 does where something is wrong. */
export function refuse(response: ServerResponse, method: string, status: FaultStatus): void {
	const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${FAULT_STATUSES[status]}</Code><Message>made up by the proxy</Message></Error>`;
	response.writeHead(status, { "content-type": "application/xml", "content-length": Buffer.byteLength(body) });
	response.end(method === "HEAD" ? undefined : body);
}

/** The client hears of a connection that was reset. */
export function reset(socket: Socket): void {
	if (socket.destroyed || socket.writableEnded) {
		socket.destroySoon();
		return;
	}
	// An error read in the middle of a reset would have Node leave the connection half destroyed, for ever.
	socket.pause();
	socket.resetAndDestroy();
}

/** The client gets the first half, and the end. */
export function truncate(socket: Socket, answer: UpstreamAnswer): void {
	const bytes = wireBytes(answer);
	socket.end(bytes.subarray(0, Math.floor(bytes.length / 2)));
}

/** The client gets the answer in slices; the connection ends with it. */
export async function trickle(socket: Socket, answer: UpstreamAnswer, ms: number): Promise<void> {
	const slices = slicesOf(wireBytes(answer));
	for (const slice of slices) {
		if (!socket.writable) return;
		socket.write(slice);
		await realClock.sleep(ms / slices.length);
	}
	socket.end();
}

function wireBytes(answer: UpstreamAnswer): Buffer {
	const headers = headersFor(answer);
	const lines = [`HTTP/1.1 ${answer.status} ${answer.reason}`];
	for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
	return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`), answer.body]);
}

function headersFor({ rawHeaders, body }: UpstreamAnswer): string[] {
	const kept: string[] = [];
	let hasLength = false;
	for (let i = 0; i < rawHeaders.length; i += 2) {
		const [name = "", value = ""] = rawHeaders.slice(i, i + 2);
		if (NOT_PASSED_ON.has(name.toLowerCase())) continue;
		hasLength ||= name.toLowerCase() === "content-length";
		kept.push(name, value);
	}
	// It came in chunks, and leaves whole.
	return hasLength ? kept : [...kept, "Content-Length", String(body.length)];
}
