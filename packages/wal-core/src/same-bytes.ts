/** Whether both are there and equal. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
	return a !== undefined && b !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}
