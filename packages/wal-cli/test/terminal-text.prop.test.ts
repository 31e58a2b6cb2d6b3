import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonString, terminalText } from "../src/terminal-text.ts";

const anyText = fc.string({ unit: "binary", maxLength: 40 });
const steering = /[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029]/u;

describe("terminal text", () => {
	it("holds nothing that a terminal acts on", () => {
		fc.assert(
			fc.property(anyText, (text) => {
				expect(terminalText(text)).not.toMatch(steering);
			}),
		);
	});

	it("leaves printable text as it is", () => {
		for (const text of ["plain", "größer", "日本語", "👩‍🚀", "a\\b"]) expect(terminalText(text)).toBe(text);
	});

	it("shows an escape sequence instead of sending it", () => {
		expect(terminalText("\x1b]0;title\x07 \x9b31m \u202e\r\n")).toBe("\\x1b]0;title\\x07 \\x9b31m \\u202e\\r\\n");
	});
});

describe("a JSON string", () => {
	it("holds nothing that a terminal acts on, and means the same text", () => {
		fc.assert(
			fc.property(anyText, (text) => {
				const json = jsonString(text);
				expect(json).not.toMatch(steering);
				expect(JSON.parse(json)).toBe(text);
			}),
		);
	});
});
