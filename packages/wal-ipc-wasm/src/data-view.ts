/** A view over just the bytes that the array has. */
export function dataViewOf({ buffer, byteOffset, byteLength }: ArrayBufferView): DataView {
	return new DataView(buffer, byteOffset, byteLength);
}
