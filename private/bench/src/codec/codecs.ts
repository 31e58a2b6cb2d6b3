import { type Codec, type EncodedEntry, loadCodec } from "@memwal/wal-ipc-wasm";
import { type Engine, loadCodecInternals } from "./codec-internals.ts";
import type { Workload } from "./workloads.ts";

/** The codecs that take part, each with its own memory. */
export interface Codecs {
	/** As users have it: with a checksum. */
	readonly whole: Codec;
	/** Without the checksum, as no peer makes one: its entries are streams with a trailer that nobody could check. */
	readonly streams: Codec;
	/** The same, over WebAssembly. */
	readonly wasmStreams: Codec;
	/** As `whole`, with compression, by TypeScript and by WebAssembly. */
	readonly lz4: { readonly ts: Codec; readonly wasm: Codec };
	/** What does the work on bytes below them; `ts` with the checksum that it makes where the runtime has none. */
	readonly engines: { readonly ts: Engine; readonly wasm: Engine };
}

/** @throws where there is no WebAssembly to compare with. */
export async function openCodecs(): Promise<Codecs> {
	const { Engines, EntryCodec, loadWasmEngine, portableCrc32 } = await loadCodecInternals();
	const wasm = await loadWasmEngine();
	if (!wasm.engine) throw new Error(`there is no WebAssembly to measure: ${wasm.reason}`);
	const streams = (prefer: "ts" | "wasm") =>
		new EntryCodec(Object.assign(new Engines({ prefer, wasm, onEvent: undefined }), { crc32: () => 0 }), undefined);
	const { ts } = new Engines({ prefer: "ts", wasm, onEvent: undefined });
	return {
		whole: await loadCodec(),
		streams: streams("ts"),
		wasmStreams: streams("wasm"),
		lz4: {
			ts: await loadCodec({ prefer: "ts", compression: "lz4" }),
			wasm: await loadCodec({ prefer: "wasm", compression: "lz4" }),
		},
		engines: { ts: Object.assign(ts, { crc32: portableCrc32 }), wasm: wasm.engine },
	};
}

const header = { writerEpoch: 1n, fenceSentinel: false };
const writeId = new Uint8Array(16).fill(7);

export function encodeWith(codec: Codec, { schema, batches }: Pick<Workload, "schema" | "batches">): EncodedEntry {
	return codec.encode({ schema, batches, header, writeId });
}

const TRAILER_BYTES = 40;

/** The Arrow stream of an entry, in memory of its own. */
export function streamOf(codec: Codec, workload: Pick<Workload, "schema" | "batches">): Uint8Array<ArrayBuffer> {
	const entry = encodeWith(codec, workload);
	const stream = entry.bytes.slice(0, -TRAILER_BYTES);
	entry.release();
	return stream;
}
