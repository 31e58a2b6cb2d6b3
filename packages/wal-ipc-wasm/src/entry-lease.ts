import { WalError } from "@memwal/wal-runtime";
import type { Arena, ArenaLease } from "./arena.ts";
import type { EncodedEntry } from "./codec.ts";

/** The bytes of one entry, and whose memory they are. */
export interface EntryToLease {
	readonly byteLength: number;
	readonly crc32: number;
	readonly pieces: readonly Uint8Array[];
	/** What of the pieces is in an arena. */
	readonly memory: ArenaLease;
}

/** Hands out entries and counts those that have not come back. */
export class EntryLeases {
	outstanding = 0;
	/** Where the pieces of an entry are put together. */
	readonly #arena: Arena;

	constructor(arena: Arena) {
		this.#arena = arena;
	}

	lease(entry: EntryToLease): EncodedEntry {
		this.outstanding++;
		return new LeasedEntry(entry, this);
	}

	/** The pieces in one array, in memory of its own. */
	gather({ byteLength, pieces }: EntryToLease): ArenaLease {
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
	#entry: EntryToLease | undefined;
	#gathered: ArenaLease | undefined;

	constructor(entry: EntryToLease, leases: EntryLeases) {
		this.byteLength = entry.byteLength;
		this.crc32 = entry.crc32;
		this.#entry = entry;
		this.#leases = leases;
	}

	get bytes(): Uint8Array<ArrayBuffer> {
		const entry = this.#held("its bytes were read");
		if (entry.pieces.length === 1) return entry.pieces[0] as Uint8Array<ArrayBuffer>;
		this.#gathered ??= this.#leases.gather(entry);
		const { slab, start } = this.#gathered;
		return slab.bytes.subarray(start, start + entry.byteLength);
	}

	get pieces(): readonly Uint8Array[] {
		return this.#held("its pieces were read").pieces;
	}

	release(): void {
		const { memory } = this.#held("it was released again");
		// Dropped before it is given back: nothing can be read once the bytes may be written over.
		this.#entry = undefined;
		memory.release();
		this.#gathered?.release();
		this.#leases.outstanding--;
	}

	#held(misuse: string): EntryToLease {
		if (this.#entry) return this.#entry;
		throw new WalError(
			"WAL_INTERNAL",
			`The lease on an encoded entry had ended when ${misuse}. Release it once, last.`,
		);
	}
}
