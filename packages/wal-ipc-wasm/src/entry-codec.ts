import type { Compression } from "./batch-template.ts";
import type {
	Codec,
	CodecChoice,
	DecodedEntry,
	DecodeOptions,
	EncodedEntry,
	EntryFrames,
	EntryToEncode,
} from "./codec.ts";
import { EntryDecoder } from "./entry-decoder.ts";
import { EntryEncoder } from "./entry-encoder.ts";
import type { DecodeInWasmOptions, EntryInWasm } from "./entry-in-wasm.ts";
import { EntryLeases } from "./entry-lease.ts";
import type { InWasmDecoder } from "./in-wasm-decoder.ts";
import type { LoadWasmOptions } from "./load-wasm-engine.ts";
import type { EngineChoice } from "./ts-engines.ts";

/** The codec: entries by the encoder, and the way back. */
export class EntryCodec implements Codec {
	readonly #engines: EngineChoice;
	readonly #encoder: EntryEncoder;
	readonly #decoder: EntryDecoder;
	readonly #leases = new EntryLeases();
	readonly #wasm: LoadWasmOptions | undefined;
	#inWasm: InWasmDecoder | undefined;

	constructor(engines: EngineChoice, compression: Compression | undefined, wasm?: LoadWasmOptions | undefined) {
		this.#engines = engines;
		this.#wasm = wasm;
		this.#encoder = new EntryEncoder(engines, compression, this.#leases);
		this.#decoder = new EntryDecoder(engines);
	}

	get outstandingLeases(): number {
		return this.#leases.outstanding;
	}

	encode(entry: EntryToEncode): EncodedEntry {
		return this.#encoder.encode(entry);
	}

	check(batches: Pick<EntryToEncode, "schema" | "batches">): void {
		this.#encoder.check(batches);
	}

	decode(bytes: Uint8Array<ArrayBuffer>, options?: DecodeOptions): DecodedEntry {
		return this.#decoder.decode(bytes, options);
	}

	frames(bytes: Uint8Array<ArrayBuffer>, options?: DecodeOptions): EntryFrames {
		return this.#decoder.frames(bytes, options);
	}

	async decodeInWasm(bytes: Uint8Array<ArrayBuffer>, options?: DecodeInWasmOptions): Promise<EntryInWasm> {
		this.#inWasm ??= await this.#loadInWasm();
		return this.#inWasm.decode(bytes, options);
	}

	/** Imported when it is asked for, so that it is in nobody else's way. */
	async #loadInWasm(): Promise<InWasmDecoder> {
		const { loadInWasmDecoder } = await import("./load-in-wasm-decoder.ts");
		return loadInWasmDecoder({ wasm: this.#wasm, crc32: this.#engines.crc32, leases: this.#leases });
	}

	explain(): readonly CodecChoice[] {
		return this.#engines.explain();
	}
}
