import { WalError } from "@memwal/wal-runtime";
import { Arena, type ArenaLease } from "./arena.ts";
import type { EncodedEntry } from "./codec.ts";

/** What leased entries have in common: where they lie, and how many have not come back. */
export class EntryLeases {
	outstanding = 0;
	/** Where entries are written, and where the pieces of one are put together. */
	readonly arena: Arena = new Arena();
}

/** An entry that counts as outstanding until it is released. */
export class LeasedEntry implements EncodedEntry {
	readonly byteLength: number;
	readonly crc32: number;
	readonly #leases: EntryLeases;
	readonly #memory: ArenaLease;
	/** `undefined` once it is released. */
	#pieces: readonly Uint8Array[] | undefined;
	#gathered: ArenaLease | undefined;

	/** `memory` is what of the pieces is in the arena. */
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
		leases.outstanding++;
	}

	get bytes(): Uint8Array<ArrayBuffer> {
		const pieces = this.#held();
		if (pieces.length === 1) return pieces[0] as Uint8Array<ArrayBuffer>;
		if (!this.#gathered) {
			this.#gathered = this.#leases.arena.lease(this.byteLength);
			for (const piece of pieces) this.#gathered.write(piece);
		}
		return this.#gathered.bytes;
	}

	get pieces(): readonly Uint8Array[] {
		return this.#held();
	}

	release(): void {
		this.#held();
		// Dropped before it is given back: nothing can be read once the bytes may be written over.
		this.#pieces = undefined;
		this.#memory.release();
		this.#gathered?.release();
		this.#leases.outstanding--;
	}

	#held(): readonly Uint8Array[] {
		if (this.#pieces) return this.#pieces;
		throw new WalError("WAL_INTERNAL", "An encoded entry was used after its release. Release it once, last.");
	}
}
