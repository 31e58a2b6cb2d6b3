import { throwIfAborted } from "@memwal/wal-runtime";
import { MAX_ENTRY_POSITION } from "./entry-position.ts";
import type { WalEntry } from "./wal-entry.ts";

type Read = (entryPosition: bigint, signal: AbortSignal) => Promise<WalEntry | undefined>;

interface ReadUnderWay {
	readonly entry: Promise<WalEntry | undefined>;
	/** Its own: a signal that many requests listen to at once makes Node warn of a leak. */
	readonly controller: AbortController;
}

const NOT_WANTED = "this entry was not asked for in the end";

/**
 * Fetches entries before they are asked for.
 *
 * It begins with one request and doubles with every entry that was there, up to its concurrency, so that a reader near
 * the tip asks for few slots that are still empty; at an empty slot it drops what it asked for and begins again.
 */
export class ReadAhead {
	readonly #read: Read;
	readonly #concurrency: number;
	readonly #outer: AbortSignal | undefined;
	readonly #onOuterAbort = (): void => this.#dropRequests(this.#outer?.reason);
	#window = 1;
	/** The position that the first of the requests is for. */
	#first = 0n;
	#requests: ReadUnderWay[] = [];

	constructor(read: Read, concurrency: number, signal: AbortSignal | undefined) {
		this.#read = read;
		this.#concurrency = concurrency;
		this.#outer = signal;
		signal?.addEventListener("abort", this.#onOuterAbort, { once: true });
	}

	/** The entry at `entryPosition`; the next call is expected to ask for the one after it, if this one was there. */
	async take(entryPosition: bigint): Promise<WalEntry | undefined> {
		throwIfAborted(this.#outer);
		if (entryPosition !== this.#first) this.#beginAt(entryPosition);
		this.#fill();
		const entry = await this.#requests[0]?.entry;
		if (!entry) {
			this.#beginAt(entryPosition);
			return undefined;
		}
		this.#requests.shift();
		this.#first += 1n;
		this.#window = Math.min(this.#window * 2, this.#concurrency);
		this.#fill();
		return entry;
	}

	/** Ends every request under way. */
	stop(): void {
		this.#outer?.removeEventListener("abort", this.#onOuterAbort);
		this.#dropRequests(NOT_WANTED);
	}

	#beginAt(entryPosition: bigint): void {
		this.#dropRequests(NOT_WANTED);
		this.#requests = [];
		this.#first = entryPosition;
		this.#window = 1;
	}

	#dropRequests(reason: unknown): void {
		for (const { controller } of this.#requests) controller.abort(reason);
	}

	#fill(): void {
		while (this.#requests.length < this.#window) {
			const entryPosition = this.#first + BigInt(this.#requests.length);
			if (entryPosition > MAX_ENTRY_POSITION) return;
			const controller = new AbortController();
			const entry = this.#read(entryPosition, controller.signal);
			// A request that is dropped may fail unheard; one that is taken is awaited, and heard there.
			entry.catch(() => undefined);
			this.#requests.push({ entry, controller });
		}
	}
}
