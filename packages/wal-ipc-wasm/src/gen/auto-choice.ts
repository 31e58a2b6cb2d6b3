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
	"encode": { wasmFromBytes: undefined, ratio: 0.56, measuredBytes: 65536 },
	"compress lz4": { wasmFromBytes: 1024, ratio: 2.21, measuredBytes: 1048576 },
	"decompress lz4": { wasmFromBytes: 1024, ratio: 4.38, measuredBytes: 1048576 },
	"checksum": { wasmFromBytes: undefined, ratio: 1.06, measuredBytes: 1048576 },
	"count nulls": { wasmFromBytes: 1024, ratio: 4.78, measuredBytes: 1048576 },
	"check offsets": { wasmFromBytes: 1024, ratio: 7.52, measuredBytes: 1048576 },
	"check indices": { wasmFromBytes: 1024, ratio: 10.71, measuredBytes: 1048576 },
	"check text": { wasmFromBytes: 1024, ratio: 4.58, measuredBytes: 1048576 },
};
