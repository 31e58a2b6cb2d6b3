/** Chance, injected, for the same reason as {@link Clock}. */
export interface Random {
	/** A number in `[0, 1)`. */
	float(): number;
	/** `length` fresh random bytes. */
	bytes(length: number): Uint8Array<ArrayBuffer>;
}

/** The randomness of this machine, fit for ids that must never repeat. */
export const realRandom: Random = {
	float: () => Math.random(),
	bytes(length) {
		if (length > pool.length) return crypto.getRandomValues(new Uint8Array(length));
		if (unused < length) {
			crypto.getRandomValues(pool);
			unused = pool.length;
		}
		unused -= length;
		return pool.slice(unused, unused + length);
	},
};

/** Random bytes that nobody has been given: asking the system anew for each id costs as much as an encoded entry. */
const pool = new Uint8Array(4_096);
let unused = 0;

/** The same numbers for the same seed, for tests and simulations; never for ids in production. */
export function seededRandom(seed: number): Random {
	let state = seed >>> 0;
	// Mulberry32: one 32-bit word of state, and every seed gives a different sequence.
	const next = (): number => {
		state = (state + 0x6d2b79f5) >>> 0;
		let word = Math.imul(state ^ (state >>> 15), state | 1);
		word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
		return (word ^ (word >>> 14)) >>> 0;
	};
	return {
		float: () => next() / 2 ** 32,
		bytes(length) {
			const bytes = new Uint8Array(length);
			for (let i = 0; i < length; i++) bytes[i] = next() & 0xff;
			return bytes;
		},
	};
}
