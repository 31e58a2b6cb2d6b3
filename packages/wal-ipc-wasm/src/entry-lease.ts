import { WalError } from "@memwal/wal-runtime";
import type { EncodedEntry } from "./codec.ts";

/** The bytes of one entry, and what to do when nobody reads them any more. */
export interface EntryToLease {
	readonly byteLength: number;
	readonly crc32: number;
	readonly pieces: readonly Uint8Array[];
	/** The pieces in one array; called once, and not before somebody asks. */
	gather(): Uint8Array<ArrayBuffer>;
	/** Called once, by `release()`. */
	onRelease(): void;
}

/** Hands out entries and counts those that have not come back. */
export class EntryLeases {
	#outstanding = 0;

	get outstanding(): number {
		return this.#outstanding;
	}

	lease(entry: EntryToLease): EncodedEntry {
		this.#outstanding++;
		return new LeasedEntry(entry, () => {
			this.#outstanding--;
			entry.onRelease();
		});
	}
}

class LeasedEntry implements EncodedEntry {
	readonly byteLength: number;
	readonly crc32: number;
	readonly #giveBack: () => void;
	#entry: EntryToLease | undefined;
	#bytes: Uint8Array<ArrayBuffer> | undefined;

	constructor(entry: EntryToLease, giveBack: () => void) {
		this.byteLength = entry.byteLength;
		this.crc32 = entry.crc32;
		this.#entry = entry;
		this.#giveBack = giveBack;
	}

	get bytes(): Uint8Array<ArrayBuffer> {
		const entry = this.#held("its bytes were read");
		this.#bytes ??= entry.gather();
		return this.#bytes;
	}

	get pieces(): readonly Uint8Array[] {
		return this.#held("its pieces were read").pieces;
	}

	release(): void {
		this.#held("it was released again");
		// Dropped before it is given back: nothing can be read once the bytes may be written over.
		this.#entry = undefined;
		this.#bytes = undefined;
		this.#giveBack();
	}

	#held(misuse: string): EntryToLease {
		if (this.#entry) return this.#entry;
		throw new WalError(
			"WAL_INTERNAL",
			`The lease on an encoded entry had ended when ${misuse}. Release it once, last.`,
		);
	}
}
