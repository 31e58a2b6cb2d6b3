// Everything that a terminal may act on instead of showing it: C0 and C1 controls and DEL, line and paragraph separators,
// the marks that reorder text (Trojan Source), the byte-order mark, and halves of surrogate pairs.
const unsafe =
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
	/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const shortNames: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * The text with everything that could steer a terminal shown as an escape (`\x1b`, `\u202e`), on one line.
 *
 * Every string that comes from data, a file name, a URL or another program passes through here before it is shown.
 */
export function terminalText(text: string): string {
	return text.replace(unsafe, (char) => shortNames[char] ?? escaped(char, "\\x"));
}

/** The text as a JSON string that cannot steer a terminal either: `JSON.stringify` alone lets DEL, C1 and bidi marks through. */
export function jsonString(text: string): string {
	return JSON.stringify(text).replace(unsafe, (char) => escaped(char, "\\u00"));
}

function escaped(char: string, byteEscape: string): string {
	const code = char.charCodeAt(0);
	const hex = code.toString(16);
	return code < 0x100 ? `${byteEscape}${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`;
}
