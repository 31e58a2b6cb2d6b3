import { aligned } from "./batch-job.ts";
import type { Slab } from "./engine.ts";

/** A part of a slab that nobody else writes to until it is released. */
export interface ArenaLease {
	readonly slab: Slab;
	/** A multiple of 64. */
	readonly start: number;
	readonly byteLength: number;
	release(): void;
}

/** Room for a thousand small entries. */
const SMALLEST_SLAB_BYTES = 1 << 20;
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
	#current: OpenSlab | undefined;

	/** Memory that is held, leased or not. */
	get heldBytes(): number {
		return this.#slabs.reduce((bytes, { slab }) => bytes + slab.bytes.length, 0);
	}

	/** Room for so many bytes. */
	lease(byteLength: number): ArenaLease {
		const open = this.#roomFor(aligned(byteLength));
		const start = open.used;
		open.used += aligned(byteLength);
		open.leases++;
		return new SlabLease(open, start, byteLength, this);
	}

	/** @internal Called by the lease. */
	giveBack(open: OpenSlab): void {
		if (--open.leases > 0) return;
		open.used = 0;
		if (this.#idleBytes() > MAX_IDLE_BYTES) this.#drop(open);
	}

	#roomFor(byteLength: number): OpenSlab {
		const current = this.#current;
		if (current && current.slab.bytes.length - current.used >= byteLength) return current;
		let found = this.#slabs.find(({ slab, used }) => slab.bytes.length - used >= byteLength);
		if (!found) {
			// Idle slabs that are too small would only add to what is held.
			for (const open of this.#slabs.filter(({ leases }) => leases === 0)) this.#drop(open);
			found = { slab: newSlab(Math.max(SMALLEST_SLAB_BYTES, byteLength)), used: 0, leases: 0 };
			this.#slabs.push(found);
		}
		this.#current = found;
		return found;
	}

	#idleBytes(): number {
		return this.#slabs.reduce((bytes, { slab, leases }) => (leases === 0 ? bytes + slab.bytes.length : bytes), 0);
	}

	#drop(open: OpenSlab): void {
		this.#slabs = this.#slabs.filter((other) => other !== open);
		if (this.#current === open) this.#current = undefined;
	}
}

class SlabLease implements ArenaLease {
	readonly slab: Slab;
	readonly start: number;
	readonly byteLength: number;
	readonly #open: OpenSlab;
	readonly #arena: Arena;

	constructor(open: OpenSlab, start: number, byteLength: number, arena: Arena) {
		this.slab = open.slab;
		this.start = start;
		this.byteLength = byteLength;
		this.#open = open;
		this.#arena = arena;
	}

	release(): void {
		this.#arena.giveBack(this.#open);
	}
}

export function newSlab(byteLength: number): Slab {
	const bytes = new Uint8Array(aligned(byteLength));
	const { buffer } = bytes;
	return {
		bytes,
		words: new Int32Array(buffer),
		longs: new BigInt64Array(buffer),
		floats: new Float32Array(buffer),
		doubles: new Float64Array(buffer),
	};
}
