/** Where `pattern` stands in `bytes` for the last time. */
export function lastIndexOf(bytes: Uint8Array, pattern: readonly number[]): number {
	let at = bytes.length - pattern.length;
	while (at >= 0 && !pattern.every((byte, offset) => bytes[at + offset] === byte)) at--;
	return at;
}
