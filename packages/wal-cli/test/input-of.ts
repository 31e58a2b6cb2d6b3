import type { InputBytes } from "../src/input-bytes.ts";

/** An input that delivers this text, or these pieces. */
export function inputOf(text: string | readonly Uint8Array[]): InputBytes {
	const pieces = typeof text === "string" ? [Buffer.from(text)] : text;
	let bytesRead = 0;
	return {
		name: "the test's input",
		size: undefined,
		path: undefined,
		get bytesRead() {
			return bytesRead;
		},
		peek: async (length) => Buffer.concat(pieces).subarray(0, length),
		async *chunks() {
			for (const piece of pieces) {
				bytesRead += piece.length;
				yield piece;
			}
		},
		close: async () => undefined,
	};
}
