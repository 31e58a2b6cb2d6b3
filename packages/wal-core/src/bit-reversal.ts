import { requireU64 } from "./u64.ts";

const BITS = 64;
const BIT_REVERSED_NAME = /^[01]{64}$/;

/**
 * The unsigned 64-bit number with its bits in reverse order; reversing twice gives the number back.
 *
 * @throws TypeError or RangeError when `n` is no unsigned 64-bit bigint.
 */
export function bitReverse64(n: bigint): bigint {
	return BigInt(`0b${bitReversedName(n)}`);
}

/**
 * The name that Lance gives to number `n`: its 64 binary digits, lowest bit first.
 *
 * The digits that change most come first, so that successive objects spread over an object store's key ranges.
 * See "Names" in docs/format.md.
 *
 * @throws TypeError or RangeError when `n` is no unsigned 64-bit bigint.
 */
export function bitReversedName(n: bigint): string {
	const digits = requireU64(n, "a bit-reversed number").toString(2).padStart(BITS, "0");
	return Array.from(digits).reverse().join("");
}

/** The number whose {@link bitReversedName} is `name`; `undefined` where `name` is not exactly 64 digits of 0 and 1. */
export function parseBitReversedName(name: string): bigint | undefined {
	return BIT_REVERSED_NAME.test(name) ? BigInt(`0b${Array.from(name).reverse().join("")}`) : undefined;
}
