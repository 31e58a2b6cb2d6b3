import type { DecodingEngines } from "./body-reader.ts";
import type { IndexArray } from "./engine.ts";
import { badIndex } from "./index-check.ts";
import { LZ4_PROBLEMS, Lz4FrameError, type Lz4Problem } from "./lz4-frame-error.ts";
import { nativeIsUtf8 } from "./native-utf8.ts";
import { badOffset } from "./offset-check.ts";
import type { WasmSpace } from "./wasm-space.ts";

/** Works on arrays where they lie in linear memory: only what is still compressed is copied in. */
export class InPlaceEngine implements DecodingEngines {
	readonly #space: WasmSpace;
	/** Where compressed bytes are put while they are unpacked. */
	readonly #packed: number;

	/** Needs room for the longest compressed buffer. */
	constructor(space: WasmSpace, longestPacked: number) {
		this.#space = space;
		this.#packed = space.take(longestPacked).byteOffset;
	}

	lz4Decompress(source: Uint8Array, { byteOffset, length }: Uint8Array): void {
		const { exports, memory } = this.#space;
		new Uint8Array(memory.buffer, this.#packed, source.length).set(source);
		const problem = exports.lz4_decompress(this.#packed, source.length, byteOffset, length);
		if (problem !== 0) throw new Lz4FrameError(LZ4_PROBLEMS[problem] as Lz4Problem, exports.detail() >>> 0);
	}

	countOnes({ byteOffset, length }: Uint8Array, bitOffset: number, bits: number): number {
		return this.#space.exports.count_ones(byteOffset, length, bitOffset, bits);
	}

	badOffset(offsets: Int32Array | BigInt64Array, limit: number): number {
		const { exports, memory } = this.#space;
		// The one offset that a column without rows may leave out.
		if (offsets.buffer !== memory.buffer) return badOffset(offsets, limit);
		const { byteOffset, length } = offsets;
		return offsets.BYTES_PER_ELEMENT === 4
			? exports.bad_offset32(byteOffset, length, 0, Math.min(limit, 0x7fffffff))
			: exports.bad_offset64(byteOffset, length, 0, limit);
	}

	/** No type that can be handed out has indices. */
	badIndex(indices: IndexArray, limit: number, validity: Uint8Array | undefined): number {
		return badIndex(indices, limit, validity);
	}

	badUtf8(bytes: Uint8Array): number {
		return nativeIsUtf8?.(bytes) ? -1 : this.#space.exports.bad_utf8(bytes.byteOffset, bytes.length);
	}
}
