import { EngineFailure } from "./engine.ts";

/**
 * The most linear memory that an instance may have. It holds one batch at a time, which is far smaller; a batch that
 * is not is done in TypeScript. What it has grown to it keeps, and uses again: linear memory cannot shrink.
 */
export const MAX_MEMORY_BYTES: number = 256 << 20;

const PAGE_BYTES = 65536;

/** What a module works in. From `base` on it belongs to the caller, who lays it out anew for each call. */
export class WasmMemory {
	/** A multiple of 64. */
	readonly base: number;
	readonly linear: WebAssembly.Memory;
	readonly #maxBytes: number;
	#bytes: Uint8Array<ArrayBuffer>;
	#words: Int32Array<ArrayBuffer>;

	constructor(memory: WebAssembly.Memory, heapBase: number, maxBytes: number) {
		this.base = align(heapBase, 64);
		this.linear = memory;
		this.#maxBytes = maxBytes;
		this.#bytes = new Uint8Array(memory.buffer as ArrayBuffer);
		this.#words = new Int32Array(memory.buffer as ArrayBuffer);
	}

	/** All of it, by address. Not to be kept across a call that may grow it: views on it die. */
	get bytes(): Uint8Array<ArrayBuffer> {
		this.#renewViews();
		return this.#bytes;
	}

	get words(): Int32Array<ArrayBuffer> {
		this.#renewViews();
		return this.#words;
	}

	/**
	 * Makes sure of `byteLength` bytes from `base` on. Gives whether they are within the bound.
	 *
	 * @throws EngineFailure where they are, but the runtime has no memory left.
	 */
	reserve(byteLength: number): boolean {
		const needed = this.base + byteLength;
		if (needed > this.#maxBytes) return false;
		const missing = needed - this.linear.buffer.byteLength;
		if (missing <= 0) return true;
		try {
			this.linear.grow(Math.ceil(missing / PAGE_BYTES));
		} catch (cause) {
			throw new EngineFailure(`WebAssembly cannot have ${missing} bytes more than the ${needed - missing} it has`, {
				cause,
			});
		}
		return true;
	}

	#renewViews(): void {
		const buffer = this.linear.buffer as ArrayBuffer;
		if (this.#bytes.buffer === buffer) return;
		this.#bytes = new Uint8Array(buffer);
		this.#words = new Int32Array(buffer);
	}
}

/** `address`, or the next that is a multiple of `alignment`, a power of two. */
export function align(address: number, alignment = 16): number {
	return Math.ceil(address / alignment) * alignment;
}
