import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { throwIfAborted, WalError } from "@memwal/wal-runtime";
import { fileError } from "./file-error.ts";

/** An input's bytes, in order and once. Must be closed. */
export interface InputBytes {
	/** How to call it in messages. */
	readonly name: string;
	/** The whole length, where it is known beforehand. */
	readonly size: number | undefined;
	/** The path, where the input is a regular file and can also be read out of order. */
	readonly path: string | undefined;
	/** How many bytes have been handed out. */
	readonly bytesRead: number;
	/** Up to `length` bytes from the start, which stay to be read. */
	peek(length: number): Promise<Uint8Array>;
	/** What has not been read yet. @throws `WAL_ABORTED` when the signal ends a wait for more. */
	chunks(): AsyncGenerator<Uint8Array, void>;
	close(): Promise<void>;
}

/** Opens a file, or standard input for `-`. @throws `WAL_INVALID` where there is no such file. */
export async function openInput(path: string, stdin: Readable, signal: AbortSignal): Promise<InputBytes> {
	if (path === "-") return streamBytes(stdin, { name: "standard input", path: undefined, size: undefined, signal });
	let handle: FileHandle | undefined;
	try {
		handle = await open(path, "r");
		const stat = await handle.stat();
		if (stat.isDirectory()) {
			throw new WalError("WAL_INVALID", `${path} is a directory; name an Arrow or NDJSON file`);
		}
		const regular = stat.isFile();
		const stream = createReadStream(path, { highWaterMark: 1 << 18 });
		return streamBytes(stream, {
			name: path,
			path: regular ? path : undefined,
			size: regular ? stat.size : undefined,
			signal,
		});
	} catch (error) {
		throw fileError(error, path, "read");
	} finally {
		await handle?.close();
	}
}

interface StreamPlace {
	readonly name: string;
	readonly path: string | undefined;
	readonly size: number | undefined;
	readonly signal: AbortSignal;
}

function streamBytes(stream: Readable, { name, path, size, signal }: StreamPlace): InputBytes {
	const source = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
	const peeked: Uint8Array[] = [];
	let bytesRead = 0;
	// A read of standard input may wait for ever; destroying the stream is what ends it.
	const onAbort = () => stream.destroy();
	signal.addEventListener("abort", onAbort, { once: true });

	async function nextChunk(): Promise<Uint8Array | undefined> {
		throwIfAborted(signal);
		try {
			const { done, value } = await source.next();
			throwIfAborted(signal);
			return done ? undefined : value;
		} catch (error) {
			throwIfAborted(signal);
			throw fileError(error, name, "read");
		}
	}

	return {
		name,
		path,
		size,
		get bytesRead() {
			return bytesRead;
		},
		async peek(length) {
			while (peeked.reduce((sum, chunk) => sum + chunk.length, 0) < length) {
				const chunk = await nextChunk();
				if (!chunk) break;
				peeked.push(chunk);
			}
			return Buffer.concat(peeked).subarray(0, length);
		},
		async *chunks() {
			for (;;) {
				const chunk = peeked.shift() ?? (await nextChunk());
				if (!chunk) return;
				bytesRead += chunk.length;
				yield chunk;
			}
		},
		async close() {
			signal.removeEventListener("abort", onAbort);
			stream.destroy();
		},
	};
}
