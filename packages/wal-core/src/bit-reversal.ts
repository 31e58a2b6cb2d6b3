import { requireU64 } from "./u64.ts";

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
	requireU64(n, "a bit-reversed number");
	return reversed32(Number(BigInt.asUintN(32, n))) + reversed32(Number(n >> 32n));
}

/** Lowest bit first. */
function reversed32(word: number): string {
	const digits = (shift: number) => REVERSED_BYTES[(word >>> shift) & 0xff] as string;
	return digits(0) + digits(8) + digits(16) + digits(24);
}

/** By number of 8 bits. */
const REVERSED_BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
	Array.from(byte.toString(2).padStart(8, "0")).reverse().join(""),
);

/** The number whose {@link bitReversedName} is `name`; `undefined` where `name` is not exactly 64 digits of 0 and 1. */
export function parseBitReversedName(name: string): bigint | undefined {
	return BIT_REVERSED_NAME.test(name) ? BigInt(`0b${Array.from(name).reverse().join("")}`) : undefined;
}
