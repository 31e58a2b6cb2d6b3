import { decodeEntry } from "./arrow-decoder.ts";
import { type BatchShape, encodeStream, type SchemaShape } from "./arrow-encoder.ts";
import type { Codec, CodecChoice, DecodedEntry, DecodeOptions, EncodedEntry, EntryToEncode } from "./codec.ts";
import { crc32 } from "./crc32.ts";
import { EntryLeases } from "./entry-lease.ts";
import { entryMetadata } from "./entry-metadata.ts";
import { encodeTrailer, TRAILER_BYTES, WRITE_ID_BYTES } from "./entry-trailer.ts";

/** The codec over apache-arrow's own reader and writer: the reference that every other one must equal. */
export class ArrowCodec implements Codec {
	readonly #leases = new EntryLeases();
	readonly #choices: readonly CodecChoice[];

	constructor(choices: readonly CodecChoice[]) {
		this.#choices = choices;
	}

	get outstandingLeases(): number {
		return this.#leases.outstanding;
	}

	encode({ schema, batches, header, writeId }: EntryToEncode): EncodedEntry {
		if (writeId.length !== WRITE_ID_BYTES) {
			throw new RangeError(`writeId must have ${WRITE_ID_BYTES} bytes, not ${writeId.length}`);
		}
		const parts = encodeStream({
			schema: schema as SchemaShape,
			metadata: entryMetadata(schema.metadata, header),
			batches: batches as readonly unknown[] as readonly BatchShape[],
		});
		const streamLength = parts.reduce((length, part) => length + part.length, 0);
		// One array of its own: the bytes stay what they are even if somebody writes into the columns.
		const bytes = new Uint8Array(streamLength + TRAILER_BYTES);
		let at = 0;
		for (const part of parts) {
			bytes.set(part, at);
			at += part.length;
		}
		const streamCrc32 = crc32(bytes.subarray(0, streamLength));
		const trailer = encodeTrailer({ writeId, streamLength, streamCrc32 });
		bytes.set(trailer, streamLength);
		return this.#leases.lease({ bytes, crc32: crc32(trailer, streamCrc32) });
	}

	decode(bytes: Uint8Array<ArrayBuffer>, options?: DecodeOptions): DecodedEntry {
		return decodeEntry(bytes, options);
	}

	explain(): readonly CodecChoice[] {
		return this.#choices;
	}
}
