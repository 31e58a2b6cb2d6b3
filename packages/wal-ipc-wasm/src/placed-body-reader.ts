import { BodyReader, type EntryBytes } from "./body-reader.ts";
import type { BatchMessage } from "./stream-scan.ts";
import type { WasmSpace } from "./wasm-space.ts";

/** Reads a message whose buffers are all put into linear memory. */
export class PlacedBodyReader extends BodyReader {
	readonly #space: WasmSpace;

	constructor(entry: EntryBytes, message: BatchMessage, space: WasmSpace) {
		super(entry, message);
		this.#space = space;
	}

	protected override take(byteLength: number): Uint8Array<ArrayBuffer> {
		return this.#space.take(byteLength);
	}

	protected override found(buffer: ArrayBuffer, byteOffset: number, byteLength: number): void {
		if (buffer === this.#space.memory.buffer) super.found(buffer, byteOffset, byteLength);
		else {
			const target = this.take(byteLength);
			target.set(new Uint8Array(buffer, byteOffset, byteLength));
			super.found(target.buffer, target.byteOffset, byteLength);
		}
	}
}
