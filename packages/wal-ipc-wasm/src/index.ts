/**
 * Entries of the log as bytes: an Arrow IPC stream, its end-of-stream marker, and a trailer with a checksum.
 *
 * ```ts
 * import { loadCodec } from "@memwal/wal-ipc-wasm";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const codec = await loadCodec();
 * const { schema, batches } = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
 * const entry = codec.encode({
 *   schema,
 *   batches,
 *   header: { writerEpoch: 1n, fenceSentinel: false },
 *   writeId: crypto.getRandomValues(new Uint8Array(16)),
 * });
 * const read = codec.decode(entry.bytes.slice());
 * entry.release();
 * console.log(read.rows, read.header.writerEpoch);
 * ```
 *
 * @module
 */
export type { Compression } from "./batch-template.ts";
export type {
	Codec,
	CodecChoice,
	DecodedEntry,
	DecodeOptions,
	EncodedEntry,
	EntryFrames,
	EntryHeader,
	EntryToEncode,
} from "./codec.ts";
export type { CodecEvent, Operation, Preference } from "./engines.ts";
export type { DecodeInWasmOptions, EntryInWasm, InWasmBatchOptions } from "./entry-in-wasm.ts";
export { ENTRY_KEYS } from "./entry-metadata.ts";
export { type LoadCodecOptions, loadCodec } from "./load-codec.ts";
export type { LoadWasmOptions } from "./load-wasm-engine.ts";
