import { crc32 as zlibCrc32 } from "node:zlib";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { crc32, portableCrc32 } from "../src/crc32.ts";

it("gives the check value of CRC-32/IEEE", () => {
	expect(portableCrc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
	expect(portableCrc32(new Uint8Array(0))).toBe(0);
});

it("agrees with zlib on any bytes, in one piece or two, at any address", () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.nat(9), (bytes, cut, offset) => {
			const given = new Uint8Array(bytes.length + offset).subarray(offset);
			given.set(bytes);
			const expected = zlibCrc32(given);
			expect(portableCrc32(given)).toBe(expected);
			expect(crc32(given)).toBe(expected);
			expect(portableCrc32(given.subarray(cut), portableCrc32(given.subarray(0, cut)))).toBe(expected);
		}),
	);
});
