import { isWalError, WalError } from "@memwal/wal-runtime";
import { Arena } from "./arena.ts";
import type { BatchShape, SchemaShape } from "./arrow-shapes.ts";
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
import type { Engines } from "./engines.ts";
import { EntryDecoder } from "./entry-decoder.ts";
import { StreamEncoder } from "./entry-encoder.ts";
import type { DecodeInWasmOptions, EntryInWasm } from "./entry-in-wasm.ts";
import { EntryLeases } from "./entry-lease.ts";
import { sealTrailer, TRAILER_BYTES, TrailerWriter, WRITE_ID_BYTES } from "./entry-trailer.ts";
import type { InWasmDecoder } from "./in-wasm-decoder.ts";
import type { LoadWasmOptions } from "./load-wasm-engine.ts";

/** The codec: streams by the encoder, the trailer behind them, and the way back. */
export class EntryCodec implements Codec {
	readonly #engines: Engines;
	readonly #compression: Compression | undefined;
	readonly #encoder: StreamEncoder;
	readonly #decoder: EntryDecoder;
	readonly #leases: EntryLeases;
	readonly #trailers = new TrailerWriter();
	readonly #wasm: LoadWasmOptions | undefined;
	#inWasm: Promise<InWasmDecoder> | undefined;

	constructor(engines: Engines, compression: Compression | undefined, wasm?: LoadWasmOptions | undefined) {
		this.#engines = engines;
		this.#compression = compression;
		this.#wasm = wasm;
		const arena = new Arena();
		this.#leases = new EntryLeases(arena);
		this.#encoder = new StreamEncoder(engines, arena);
		this.#decoder = new EntryDecoder(engines);
	}

	get outstandingLeases(): number {
		return this.#leases.outstanding;
	}

	encode({ schema, batches, header, writeId }: EntryToEncode): EncodedEntry {
		if (writeId.length !== WRITE_ID_BYTES) {
			throw new RangeError(`writeId must have ${WRITE_ID_BYTES} bytes, not ${writeId.length}`);
		}
		const entry = this.#encoder.encode({
			schema: schema as SchemaShape,
			batches: batches as readonly unknown[] as readonly BatchShape[],
			header,
			compression: this.#compression,
			roomBehind: TRAILER_BYTES,
		});
		entry.write(this.#trailers.unsealed(writeId, entry.byteLength));
		const pieces = entry.finish();
		const crc32 = sealTrailer(pieces, this.#engines.crc32);
		return this.#leases.lease(pieces, entry.byteLength, crc32, entry.lease);
	}

	check({ schema, batches }: Pick<EntryToEncode, "schema" | "batches">): void {
		try {
			this.#encoder.check({
				schema: schema as SchemaShape,
				batches: batches as readonly unknown[] as readonly BatchShape[],
			});
		} catch (cause) {
			if (isWalError(cause)) throw cause;
			// A buffer that is too short for what is said of it, or that was handed over to somebody else.
			const reason = cause instanceof Error ? cause.message : String(cause);
			throw new WalError("WAL_INVALID", `A record batch is not what it says: ${reason}. Build it anew.`, { cause });
		}
	}

	decode(bytes: Uint8Array<ArrayBuffer>, options?: DecodeOptions): DecodedEntry {
		return this.#decoder.decode(bytes, options);
	}

	frames(bytes: Uint8Array<ArrayBuffer>, options?: DecodeOptions): EntryFrames {
		return this.#decoder.frames(bytes, options);
	}

	async decodeInWasm(bytes: Uint8Array<ArrayBuffer>, options?: DecodeInWasmOptions): Promise<EntryInWasm> {
		this.#inWasm ??= this.#loadInWasm();
		return (await this.#inWasm).decode(bytes, options);
	}

	/** Imported when it is asked for, so that it is in nobody else's way. */
	async #loadInWasm(): Promise<InWasmDecoder> {
		try {
			const { loadInWasmDecoder } = await import("./load-in-wasm-decoder.ts");
			return await loadInWasmDecoder({ wasm: this.#wasm, crc32: this.#engines.crc32, leases: this.#leases });
		} catch (error) {
			// What could not be loaded now may be there the next time.
			this.#inWasm = undefined;
			throw error;
		}
	}

	explain(): readonly CodecChoice[] {
		return this.#engines.explain();
	}
}
