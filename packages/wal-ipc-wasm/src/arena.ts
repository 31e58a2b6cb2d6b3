import { aligned } from "./batch-job.ts";
import type { Slab } from "./engine.ts";

/** A part of a slab that nobody else writes to until it is released, written from its start on. */
export interface ArenaLease {
	readonly slab: Slab;
	/** A multiple of 64. */
	readonly start: number;
	/** Where what is written ends. */
	end: number;
	write(bytes: Uint8Array): void;
	/** What is written. */
	readonly bytes: Uint8Array<ArrayBuffer>;
	release(): void;
}

/** Room for a thousand small entries. */
const SMALLEST_SLAB_BYTES = 1 << 20;
/** The next long entry is seldom of the same length; what is not touched costs nothing. */
const HEADROOM = 1.25;
/** So much memory is kept for the next entry; what is beyond goes back. */
export const MAX_IDLE_BYTES: number = 64 << 20;

interface OpenSlab {
	readonly slab: Slab;
	used: number;
	leases: number;
}

/**
 * Memory for entries that is used again: fresh memory costs more than the encoding, since every page of it faults.
 *
 * Entries are carved from a slab one behind the other; once none is left on it, it is filled from its start again.
 */
export class Arena {
	#slabs: OpenSlab[] = [];

	/** Room for so many bytes. */
	lease(byteLength: number): ArenaLease {
		const open = this.#roomFor(aligned(byteLength));
		const start = open.used;
		open.used += aligned(byteLength);
		open.leases++;
		return new SlabLease(open, start, this);
	}

	/** @internal Called by the lease. */
	giveBack(open: OpenSlab): void {
		if (--open.leases > 0) return;
		open.used = 0;
		let idleBytes = 0;
		for (const { slab, leases } of this.#slabs) if (leases === 0) idleBytes += slab.bytes.length;
		if (idleBytes > MAX_IDLE_BYTES) this.#drop(open);
	}

	/** The smallest slab that has room: a short entry on a large slab would be in the way of the next long one. */
	#roomFor(byteLength: number): OpenSlab {
		let found: OpenSlab | undefined;
		for (const open of this.#slabs) {
			const size = open.slab.bytes.length;
			if (size - open.used >= byteLength && (!found || size < found.slab.bytes.length)) found = open;
		}
		return found ?? this.#grow(byteLength);
	}

	#grow(byteLength: number): OpenSlab {
		const size = byteLength <= SMALLEST_SLAB_BYTES ? SMALLEST_SLAB_BYTES : byteLength * HEADROOM;
		// Idle slabs that are too small for what is encoded now would only add to what is held.
		for (const open of this.#slabs) {
			if (open.leases === 0 && open.slab.bytes.length > SMALLEST_SLAB_BYTES) this.#drop(open);
		}
		const open = { slab: newSlab(size), used: 0, leases: 0 };
		this.#slabs.push(open);
		return open;
	}

	#drop(open: OpenSlab): void {
		this.#slabs = this.#slabs.filter((other) => other !== open);
	}
}

class SlabLease implements ArenaLease {
	readonly slab: Slab;
	readonly start: number;
	end: number;
	readonly #open: OpenSlab;
	readonly #arena: Arena;

	constructor(open: OpenSlab, start: number, arena: Arena) {
		this.slab = open.slab;
		this.start = start;
		this.end = start;
		this.#open = open;
		this.#arena = arena;
	}

	write(bytes: Uint8Array): void {
		this.slab.bytes.set(bytes, this.end);
		this.end += bytes.length;
	}

	get bytes(): Uint8Array<ArrayBuffer> {
		return this.slab.bytes.subarray(this.start, this.end);
	}

	release(): void {
		this.#arena.giveBack(this.#open);
	}
}

export function newSlab(byteLength: number): Slab {
	const bytes = new Uint8Array(aligned(Math.ceil(byteLength)));
	const { buffer } = bytes;
	return {
		bytes,
		words: new Int32Array(buffer),
		longs: new BigInt64Array(buffer),
		floats: new Float32Array(buffer),
		doubles: new Float64Array(buffer),
	};
}
