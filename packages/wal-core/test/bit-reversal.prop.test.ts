import fc from "fast-check";
import { expect, test } from "vitest";
import { bitReverse64, bitReversedName, parseBitReversedName } from "../src/bit-reversal.ts";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

test("reversing twice gives the number back", () => {
	fc.assert(
		fc.property(u64, (n) => {
			expect(bitReverse64(bitReverse64(n))).toBe(n);
		}),
	);
});

test("a name is 64 digits that lead back to its number", () => {
	fc.assert(
		fc.property(u64, (n) => {
			expect(bitReversedName(n)).toMatch(/^[01]{64}$/);
			expect(parseBitReversedName(bitReversedName(n))).toBe(n);
		}),
	);
});

test("any string is either the name of the number it is parsed as, or no name", () => {
	const almost = fc.string({ unit: fc.constantFrom("0", "1", "2", ".", " "), minLength: 62, maxLength: 66 });
	fc.assert(
		fc.property(fc.oneof(almost, fc.string()), (text) => {
			const n = parseBitReversedName(text);
			expect(n === undefined ? text : bitReversedName(n)).toBe(text);
		}),
	);
});
