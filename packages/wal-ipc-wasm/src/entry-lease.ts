import { WalError } from "@memwal/wal-runtime";
import type { Arena, ArenaLease } from "./arena.ts";
import type { EncodedEntry } from "./codec.ts";

/** Hands out entries and counts those that have not come back. */
export class EntryLeases {
	outstanding = 0;
	/** Where the pieces of an entry are put together. */
	readonly #arena: Arena;

	constructor(arena: Arena) {
		this.#arena = arena;
	}

	/** `memory` is what of the pieces is in an arena. */
	lease(pieces: readonly Uint8Array[], byteLength: number, crc32: number, memory: ArenaLease): EncodedEntry {
		this.outstanding++;
		return new LeasedEntry(this, pieces, byteLength, crc32, memory);
	}

	/** The pieces in one array, in memory of its own. */
	gather(pieces: readonly Uint8Array[], byteLength: number): ArenaLease {
		const lease = this.#arena.lease(byteLength);
		let at = lease.start;
		for (const piece of pieces) {
			lease.slab.bytes.set(piece, at);
			at += piece.length;
		}
		return lease;
	}
}

class LeasedEntry implements EncodedEntry {
	readonly byteLength: number;
	readonly crc32: number;
	readonly #leases: EntryLeases;
	readonly #memory: ArenaLease;
	/** `undefined` once it is released. */
	#pieces: readonly Uint8Array[] | undefined;
	#gathered: ArenaLease | undefined;

	constructor(
		leases: EntryLeases,
		pieces: readonly Uint8Array[],
		byteLength: number,
		crc32: number,
		memory: ArenaLease,
	) {
		this.byteLength = byteLength;
		this.crc32 = crc32;
		this.#leases = leases;
		this.#memory = memory;
		this.#pieces = pieces;
		this.#gathered = undefined;
	}

	get bytes(): Uint8Array<ArrayBuffer> {
		const pieces = this.#held("its bytes were read");
		if (pieces.length === 1) return pieces[0] as Uint8Array<ArrayBuffer>;
		this.#gathered ??= this.#leases.gather(pieces, this.byteLength);
		const { slab, start } = this.#gathered;
		return slab.bytes.subarray(start, start + this.byteLength);
	}

	get pieces(): readonly Uint8Array[] {
		return this.#held("its pieces were read");
	}

	release(): void {
		this.#held("it was released again");
		// Dropped before it is given back: nothing can be read once the bytes may be written over.
		this.#pieces = undefined;
		this.#memory.release();
		this.#gathered?.release();
		this.#leases.outstanding--;
	}

	#held(misuse: string): readonly Uint8Array[] {
		if (this.#pieces) return this.#pieces;
		throw new WalError(
			"WAL_INTERNAL",
			`The lease on an encoded entry had ended when ${misuse}. Release it once, last.`,
		);
	}
}
