/** The largest unsigned 64-bit number: positions, versions, epochs and generations end here. */
export const MAX_U64: bigint = 2n ** 64n - 1n;

/**
 * Lets only a bigint from `min` to 2^64−1 through; `noun` names it in the message.
 *
 * @throws TypeError when it is no bigint, RangeError when it is out of range.
 */
export function requireU64(value: bigint, noun: string, min: bigint = 0n): bigint {
	if (typeof value !== "bigint") throw new TypeError(`${noun} must be a bigint, not ${typeof value}`);
	if (value < min || value > MAX_U64) throw new RangeError(`${noun} must be from ${min} to 2^64−1, not ${value}`);
	return value;
}

/** The highest of some positions, versions or epochs; 0 of none. */
export function highest(...values: readonly bigint[]): bigint {
	let result = 0n;
	for (const value of values) if (value > result) result = value;
	return result;
}
