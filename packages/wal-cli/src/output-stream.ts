import { once } from "node:events";
import type { Writable } from "node:stream";
import { isatty } from "node:tty";

/** Standard output or standard error: written with back-pressure, and quiet when its reader has gone away. */
export class OutputStream {
	readonly stream: Writable;
	/** Aborted once nobody reads any more (`| head -1`): stop producing, and end as if all had been written. */
	readonly gone: AbortSignal;
	readonly isTerminal: boolean;
	#failure: unknown;

	constructor(stream: Writable & { readonly fd?: number; readonly isTTY?: boolean }) {
		const controller = new AbortController();
		this.stream = stream;
		this.gone = controller.signal;
		this.isTerminal = stream.isTTY ?? (stream.fd !== undefined && isatty(stream.fd));
		stream.on("error", (error: NodeJS.ErrnoException) => {
			if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") this.#failure ??= error;
			controller.abort();
		});
	}

	/** Characters in a line of the terminal; `undefined` where the output is none. */
	get columns(): number | undefined {
		return this.isTerminal ? ((this.stream as { columns?: number }).columns ?? 80) : undefined;
	}

	/** Resolves when more can be written. What is written after the reader has gone is dropped. */
	async write(text: string | Uint8Array): Promise<void> {
		if (!this.gone.aborted && !this.stream.write(text)) {
			await once(this.stream, "drain", { signal: this.gone }).catch(() => undefined);
		}
		if (this.#failure) throw this.#failure;
	}

	async line(text: string): Promise<void> {
		await this.write(`${text}\n`);
	}

	/** Resolves when all that was written has left the process. */
	async flush(): Promise<void> {
		if (this.gone.aborted) return;
		await new Promise<void>((resolve) => {
			this.gone.addEventListener("abort", () => resolve(), { once: true });
			this.stream.write("", () => resolve());
		});
	}
}
