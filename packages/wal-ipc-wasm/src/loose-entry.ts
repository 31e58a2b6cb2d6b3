import type { ArenaLease } from "./arena.ts";
import { ALIGNMENT, aligned, paddingOf, type SourceList } from "./batch-job.ts";
import * as SOURCE from "./source-kind.ts";

/** Shorter buffers are copied: a piece costs a system call's bookkeeping, and they are few bytes. */
const MIN_PIECE_BYTES = 4096;

/** Whether a buffer stays where it is. */
export function isLoose({ kinds, lengths }: SourceList, index: number): boolean {
	return kinds[index] === SOURCE.bytes && (lengths[index] as number) >= MIN_PIECE_BYTES;
}

/**
 * An entry as a list of pieces: long buffers stay where they are, and only what lies between them is in the lease.
 */
export class LooseEntry {
	/** By how many bytes the entry is longer than the lease. */
	beyondLease = 0;
	readonly #lease: ArenaLease;
	readonly #pieces: Uint8Array[] = [];
	#runStart: number;

	constructor(lease: ArenaLease) {
		this.#lease = lease;
		this.#runStart = lease.start;
	}

	/** Takes a buffer as a piece behind what is written up to `at`; gives where to go on. */
	add({ views, starts, lengths }: SourceList, index: number, at: number): number {
		const { buffer, byteOffset } = views[index] as ArrayBufferView;
		const length = lengths[index] as number;
		this.#endRun(at);
		this.#pieces.push(new Uint8Array(buffer, byteOffset + (starts[index] as number), length));
		// What follows the padding is aligned in memory too.
		this.#runStart = aligned(at) + ALIGNMENT - paddingOf(length);
		this.beyondLease += length + at - this.#runStart;
		return this.#runStart;
	}

	/** The whole list; nothing is written afterwards. */
	finish(): readonly Uint8Array[] {
		this.#endRun(this.#lease.end);
		return this.#pieces;
	}

	#endRun(end: number): void {
		if (end > this.#runStart) this.#pieces.push(this.#lease.slab.bytes.subarray(this.#runStart, end));
	}
}
