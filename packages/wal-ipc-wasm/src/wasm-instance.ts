import { EngineFailure } from "./engine.ts";
import { WasmMemory } from "./wasm-memory.ts";

/** The crate's exports (`crate/src/exports.rs`); addresses and lengths in bytes, addresses of values aligned to them. */
export interface WasmExports {
	crc32(bytes: number, length: number, previous: number): number;
	count_ones(bitmap: number, length: number, bitOffset: number, bits: number): number;
	shift_bits(bitmap: number, length: number, bitOffset: number, bits: number): void;
	lz4_compress(source: number, length: number, target: number, capacity: number): number;
	lz4_decompress(source: number, length: number, target: number, exactly: number): number;
	bad_offset32(offsets: number, count: number, previous: number, limit: number): number;
	bad_offset64(offsets: number, count: number, previous: number, limit: number): number;
	bad_index(
		indices: number,
		width: number,
		count: number,
		limit: number,
		bitmap: number,
		bitmapBytes: number,
		bitOffset: number,
	): number;
	bad_utf8(bytes: number, length: number): number;
	scan_frames(bytes: number, length: number, table: number, rows: number): number;
	write_frame(job: number, target: number, capacity: number): number;
	/** What belongs to the result of the call before: see each. */
	detail(): number;
}

interface RawExports extends WasmExports {
	readonly memory: WebAssembly.Memory;
	start(): void;
	heap_base(): number;
}

/** One instance of the module, with memory of its own. */
export class WasmInstance {
	readonly memory: WasmMemory;
	/** A trap comes out of them as an {@link EngineFailure}. */
	readonly exports: WasmExports;

	constructor(instance: WebAssembly.Instance, maxMemoryBytes: number) {
		const raw = instance.exports as unknown as RawExports;
		raw.start();
		this.memory = new WasmMemory(raw.memory, raw.heap_base() >>> 0, maxMemoryBytes);
		this.exports = {
			crc32: guarded("crc32", raw.crc32),
			count_ones: guarded("count_ones", raw.count_ones),
			shift_bits: guarded("shift_bits", raw.shift_bits),
			lz4_compress: guarded("lz4_compress", raw.lz4_compress),
			lz4_decompress: guarded("lz4_decompress", raw.lz4_decompress),
			bad_offset32: guarded("bad_offset32", raw.bad_offset32),
			bad_offset64: guarded("bad_offset64", raw.bad_offset64),
			bad_index: guarded("bad_index", raw.bad_index),
			bad_utf8: guarded("bad_utf8", raw.bad_utf8),
			scan_frames: guarded("scan_frames", raw.scan_frames),
			write_frame: guarded("write_frame", raw.write_frame),
			detail: raw.detail,
		};
	}
}

/** Arguments are numbers, and those past the last one that the export takes are ignored. */
type Export<Result> = (...args: number[]) => Result;

function guarded<Result>(name: string, call: (...args: never[]) => Result): Export<Result> {
	const raw = call as Export<Result>;
	// Seven by name: an array of arguments for every call would be garbage.
	return (a?: number, b?: number, c?: number, d?: number, e?: number, f?: number, g?: number): Result => {
		try {
			return raw(a as number, b as number, c as number, d as number, e as number, f as number, g as number);
		} catch (cause) {
			throw new EngineFailure(`WebAssembly trapped in ${name}: ${(cause as Error).message}`, { cause });
		}
	};
}
