import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkKey, checkPrefix, compareKeys, isKey } from "../src/object-key.ts";

/** Any string of UTF-16 units, halves of surrogate pairs included, rich in what makes keys go wrong. */
const anyText = fc
	.array(
		fc.constantFrom("a", "b", "-", "0", "/", ".", "..", "\\", "\0", "é", "ｚ", "\ufffd", "😀", "\ud83d", "\ude00"),
		{
			maxLength: 12,
		},
	)
	.map((parts) => parts.join(""));

function passes(check: () => void): boolean {
	try {
		check();
		return true;
	} catch {
		return false;
	}
}

function sign(n: number): number {
	return Math.sign(n);
}

describe("keys", () => {
	it("that pass cannot lead out of a root, whatever they are made of", () => {
		fc.assert(
			fc.property(anyText, (key) => {
				if (!isKey(key)) return;
				const url = new URL(key.split("/").map(encodeURIComponent).join("/"), "http://host/root/folder/");
				expect(decodeURIComponent(url.pathname)).toBe(`/root/folder/${key}`);
			}),
			{ numRuns: 3_000 },
		);
	});

	it("that pass come back from UTF-8 as they were", () => {
		fc.assert(
			fc.property(anyText, (key) => {
				const roundTrip = new TextDecoder().decode(new TextEncoder().encode(key));
				expect(!isKey(key) || roundTrip === key).toBe(true);
			}),
			{ numRuns: 3_000 },
		);
	});

	it("sort as their UTF-8 bytes do", () => {
		fc.assert(
			fc.property(anyText.filter(isKey), anyText.filter(isKey), (a, b) => {
				const byBytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
				expect(sign(compareKeys(a, b))).toBe(byBytes);
			}),
			{ numRuns: 3_000 },
		);
	});

	it("have no beginning that is refused as a list prefix", () => {
		fc.assert(
			fc.property(anyText.filter(isKey), fc.nat(12), (key, cut) => {
				const prefix = [...key].slice(0, cut).join("");
				expect(passes(() => checkPrefix(prefix))).toBe(true);
			}),
			{ numRuns: 3_000 },
		);
	});
});

describe("a key that is no string", () => {
	it("is a TypeError", () => {
		for (const key of [undefined, null, 5, new Uint8Array(3)]) {
			expect(() => checkKey(key as unknown as string)).toThrow(TypeError);
			expect(() => checkPrefix(key as unknown as string)).toThrow(TypeError);
		}
	});
});

describe("the error of a refused key", () => {
	it("shows the key in one line and says what is wrong with it", () => {
		expect(() => checkKey("a/\n/../b", "not-written")).toThrow(
			expect.objectContaining({
				code: "WAL_INVALID",
				outcome: "not-written",
				message: 'the key "a/\\n/../b" holds the segment ".."',
				details: { key: "a/\n/../b" },
			}),
		);
	});
});
