/** A number of 64 bits, and its two words: no arithmetic on a bigint takes it apart as fast. */
const big = new BigInt64Array(1);
const unsigned = new BigUint64Array(big.buffer);
const double = new Float64Array(big.buffer);
const words = new Int32Array(big.buffer);

const WORD = 2 ** 32;

/** Sets what {@link high64} and {@link low64} give, in two's complement. */
export function setBig(value: bigint): void {
	big[0] = value;
}

/** The same for a whole number of at most 53 bits. */
export function setNumber(value: number): void {
	words[1] = Math.floor(value / WORD);
	words[0] = value >>> 0;
}

/** The same for the bits of a double. */
export function setDouble(value: number): void {
	double[0] = value;
}

export function high64(): number {
	return words[1] as number;
}

export function low64(): number {
	return words[0] as number;
}

export function to64(high: number, low: number, isSigned: boolean): bigint {
	words[1] = high;
	words[0] = low;
	return (isSigned ? big[0] : unsigned[0]) as bigint;
}

export function toDouble(high: number, low: number): number {
	words[1] = high;
	words[0] = low;
	return double[0] as number;
}
