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
	"encode": { wasmFromBytes: undefined, ratio: 0.55, measuredBytes: 65536 },
	"compress lz4": { wasmFromBytes: 1024, ratio: 2.24, measuredBytes: 1048576 },
	"decompress lz4": { wasmFromBytes: 1024, ratio: 4.30, measuredBytes: 1048576 },
	"checksum": { wasmFromBytes: undefined, ratio: 1.04, measuredBytes: 1048576 },
	"count nulls": { wasmFromBytes: 1024, ratio: 4.70, measuredBytes: 1048576 },
	"check offsets": { wasmFromBytes: 1024, ratio: 7.36, measuredBytes: 1048576 },
	"check indices": { wasmFromBytes: 1024, ratio: 10.77, measuredBytes: 1048576 },
	"check text": { wasmFromBytes: 1024, ratio: 4.33, measuredBytes: 1048576 },
};
