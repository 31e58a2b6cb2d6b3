import { type Random, seededRandom } from "@memwal/wal-runtime";

/** Choices by chance; the same ones for the same seed. */
export class Dice {
	readonly #random: Random;

	constructor(seed: number) {
		this.#random = seededRandom(seed);
	}

	/** A whole number from `[0, end)`. */
	below(end: number): number {
		return Math.floor(this.#random.float() * end);
	}

	/** A whole number from `[first, last]`. */
	between(first: number, last: number): number {
		return first + this.below(last - first + 1);
	}

	/** True in `share` of all cases. */
	chance(share: number): boolean {
		return this.#random.float() < share;
	}

	pick<Item>(items: readonly Item[]): Item {
		return items[this.below(items.length)] as Item;
	}

	bytes(length: number): Uint8Array<ArrayBuffer> {
		return this.#random.bytes(length);
	}

	/** Among them often the least, the greatest, and those around zero. */
	signed(bits: number): bigint {
		const half = 1n << BigInt(bits - 1);
		if (this.chance(0.25)) return this.pick([-half, half - 1n, 0n, 1n, -1n]);
		return BigInt.asIntN(this.chance(0.5) ? bits : Math.min(bits, 12), this.#word(bits));
	}

	/** Small ones more often than others. */
	unsignedBelow(end: bigint): bigint {
		return this.#word(64) % end;
	}

	#word(bits: number): bigint {
		let word = 0n;
		for (const byte of this.bytes(bits / 8)) word = (word << 8n) | BigInt(byte);
		return word;
	}
}
