// Generated from private/bench/results by `npm run generate`; do not edit.
import type { Operation } from "../engines.ts";

/** Where `wasm` is measured to be faster, with its copies counted in: from so many bytes on; `undefined` for never. */
export interface AutoChoice {
	readonly wasmFromBytes: number | undefined;
	/** Speed of `wasm` against `ts` at the size named in `measuredBytes`. */
	readonly ratio: number;
	readonly measuredBytes: number;
}

export const AUTO_CHOICE: Readonly<Record<Operation, AutoChoice>> = {
	"encode": { wasmFromBytes: undefined, ratio: 1.0, measuredBytes: 1048576 },
	"compress lz4": { wasmFromBytes: 1024, ratio: 1.7, measuredBytes: 4194304 },
	"decompress lz4": { wasmFromBytes: 1024, ratio: 2.2, measuredBytes: 4194304 },
	"checksum": { wasmFromBytes: 4096, ratio: 1.15, measuredBytes: 1048576 },
	"count nulls": { wasmFromBytes: 4096, ratio: 5.3, measuredBytes: 131072 },
	"check offsets": { wasmFromBytes: 4096, ratio: 3.7, measuredBytes: 4194304 },
	"check indices": { wasmFromBytes: 4096, ratio: 4.0, measuredBytes: 4194304 },
	"check text": { wasmFromBytes: 4096, ratio: 2.6, measuredBytes: 1048576 },
};
