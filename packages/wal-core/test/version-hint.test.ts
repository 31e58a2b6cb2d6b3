import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeVersionHint, encodeVersionHint } from "../src/version-hint.ts";
import { goldenFiles } from "./golden.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

test("the engine's hints are read, and written byte for byte", () => {
	const hints = goldenFiles("/version_hint.json");
	expect(hints.map(({ bytes }) => decodeVersionHint(bytes))).toEqual([2n, 3n, 1n]);
	for (const { bytes } of hints) {
		expect(encodeVersionHint(decodeVersionHint(bytes) ?? 0n)).toEqual(bytes);
	}
});

test.each([1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n])(
	"version %d survives to the last digit",
	(version) => {
		const bytes = encodeVersionHint(version);
		expect(new TextDecoder().decode(bytes)).toBe(`{"version":${version}}`);
		expect(decodeVersionHint(bytes)).toBe(version);
	},
);

test.each([
	["nothing", ""],
	["garbage", "\u0000\u0001"],
	["version 0", '{"version":0}'],
	["a leading zero", '{"version":01}'],
	["a negative version", '{"version":-1}'],
	["a fraction", '{"version":1.5}'],
	["an exponent", '{"version":1e3}'],
	["a string", '{"version":"2"}'],
	["2^64", '{"version":18446744073709551616}'],
	["more digits than 64 bits have", `{"version":${"9".repeat(400)}}`],
	["another key", '{"epoch":2}'],
	["a second key", '{"version":2,"epoch":2}'],
	["spaces", '{ "version": 2 }'],
	["a line break behind it", '{"version":2}\n'],
	["a byte order mark", '\ufeff{"version":2}'],
	["an array", "[2]"],
	["half a hint", '{"version":2'],
])("%s is no hint", (_what, text) => {
	expect(decodeVersionHint(utf8(text))).toBeUndefined();
});

test("any bytes are either exactly a hint or none", () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
			const version = decodeVersionHint(bytes);
			expect(version === undefined || Buffer.from(encodeVersionHint(version)).equals(bytes)).toBe(true);
		}),
	);
});

test("there is no hint of a version that cannot be", () => {
	expect(() => encodeVersionHint(0n)).toThrow(RangeError);
	expect(() => encodeVersionHint(2n ** 64n)).toThrow(RangeError);
	// @ts-expect-error a bigint is required
	expect(() => encodeVersionHint(1)).toThrow(TypeError);
});
