import { expect, test } from "vitest";
import { bitReverse64, bitReversedName, parseBitReversedName } from "../src/bit-reversal.ts";

const zeros = (count: number) => "0".repeat(count);

/** Number, its name, and the number that the name's digits spell. */
const vectors: readonly (readonly [n: bigint, name: string, reversed: bigint])[] = [
	[0n, zeros(64), 0n],
	[1n, `1${zeros(63)}`, 0x8000000000000000n],
	[2n, `01${zeros(62)}`, 0x4000000000000000n],
	[3n, `11${zeros(62)}`, 0xc000000000000000n],
	[4n, `001${zeros(61)}`, 0x2000000000000000n],
	[5n, `101${zeros(61)}`, 0xa000000000000000n],
	[10n, `0101${zeros(60)}`, 0x5000000000000000n],
	[100n, `0010011${zeros(57)}`, 0x2600000000000000n],
	[1000n, `0001011111${zeros(54)}`, 0x17c0000000000000n],
	[2n ** 32n, `${zeros(32)}1${zeros(31)}`, 0x80000000n],
	[2n ** 53n - 1n, `${"1".repeat(53)}${zeros(11)}`, 0xfffffffffffff800n],
	[2n ** 53n, `${zeros(53)}1${zeros(10)}`, 0x400n],
	[2n ** 53n + 1n, `1${zeros(52)}1${zeros(10)}`, 0x8000000000000400n],
	[2n ** 64n - 1n, "1".repeat(64), 0xffffffffffffffffn],
];

test.each(vectors)("%d has the engine's name and reversal", (n, name, reversed) => {
	expect(bitReversedName(n)).toBe(name);
	expect(bitReverse64(n)).toBe(reversed);
	expect(parseBitReversedName(name)).toBe(n);
});

test.each([
	["the empty string", ""],
	["a word", "invalid"],
	["a decimal number", "123"],
	["63 digits", zeros(63)],
	["65 digits", zeros(65)],
	["a 2 among the digits", `2${zeros(63)}`],
	["a full-width digit", `１${zeros(63)}`],
	["a line break after the digits", `${zeros(64)}\n`],
])("%s is no bit-reversed name", (_what, name) => {
	expect(parseBitReversedName(name)).toBeUndefined();
});

test("what is no unsigned 64-bit bigint has no name", () => {
	expect(() => bitReversedName(-1n)).toThrow(RangeError);
	expect(() => bitReversedName(2n ** 64n)).toThrow(RangeError);
	expect(() => bitReverse64(2n ** 64n)).toThrow(RangeError);
	// @ts-expect-error a number cannot hold every position
	expect(() => bitReversedName(1)).toThrow(TypeError);
});
