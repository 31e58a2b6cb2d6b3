import { type Crc32, portableCrc32 } from "./crc32.ts";
import { dataViewOf } from "./data-view.ts";
import { corruptEntry, unsupportedEntry } from "./entry-error.ts";
import { int64At } from "./flatbuffer-reader.ts";

/**
 * The trailer behind an entry's end-of-stream marker, 40 bytes, little-endian:
 *
 * | offset | bytes | what |
 * |--|--|--|
 * | 0 | 16 | write id |
 * | 16 | 8 | length of the IPC stream |
 * | 24 | 4 | CRC-32 (IEEE) of all bytes of the object before this field |
 * | 28 | 4 | version, 1 |
 * | 32 | 8 | `MEMWALT1` |
 */
export const TRAILER_BYTES = 40;

export const WRITE_ID_BYTES = 16;

const LENGTH_AT = 16;
const CRC_AT = 24;
const VERSION_AT = 28;
const MAGIC_AT = 32;
const VERSION = 1;
const MAGIC = new TextEncoder().encode("MEMWALT1");
/** What follows the checksum in every trailer. */
const SEAL = Uint8Array.of(VERSION, 0, 0, 0, ...MAGIC);

/** Bytes at a trailer's end, from the checksum on. */
const BEHIND_CHECKSUM_BYTES = TRAILER_BYTES - CRC_AT;

/**
 * The CRC-32 of every whole entry. Bytes that end with their own CRC have the same one, 0x2144df1c, whatever they are;
 * the version and the magic that follow in a trailer are the same, too.
 */
const SEALED_CRC32 = portableCrc32(SEAL, 0x2144df1c);

/** Makes trailers, in the same 40 bytes again and again. */
export class TrailerWriter {
	readonly #bytes = new Uint8Array(TRAILER_BYTES);
	readonly #view = new DataView(this.#bytes.buffer);

	constructor() {
		this.#bytes.set(SEAL, VERSION_AT);
	}

	/** A trailer whose checksum is still missing; valid until the next call. `streamLength` is in bytes. */
	unsealed(writeId: Uint8Array, streamLength: number): Uint8Array {
		this.#bytes.set(writeId);
		this.#view.setUint32(LENGTH_AT, streamLength, true);
		this.#view.setUint32(LENGTH_AT + 4, Math.floor(streamLength / 2 ** 32), true);
		return this.#bytes;
	}
}

/** Writes the checksum into the trailer at the end of `pieces`, and gives that of all of them. The last piece has it whole. */
export function sealTrailer(pieces: readonly Uint8Array[], crc32: Crc32): number {
	let crc = 0;
	for (let index = 0; index < pieces.length - 1; index++) crc = crc32(pieces[index] as Uint8Array, crc);
	const last = pieces[pieces.length - 1] as Uint8Array;
	const checksumAt = last.length - BEHIND_CHECKSUM_BYTES;
	crc = crc32(last.subarray(0, checksumAt), crc);
	for (let byte = 0; byte < 4; byte++) last[checksumAt + byte] = crc >>> (8 * byte);
	return SEALED_CRC32;
}

/**
 * The write id of the trailer that follows the stream, once length and checksum are found right; `undefined` where
 * nothing follows: another engine's entry.
 *
 * @throws `WAL_UNSUPPORTED` for a trailer of another version, `WAL_CORRUPT` for anything else that is no valid trailer.
 */
export function decodeTrailer(
	entry: Uint8Array,
	streamLength: number,
	key: string | undefined,
	crc32: Crc32,
): Uint8Array<ArrayBuffer> | undefined {
	if (entry.length === streamLength) return undefined;
	const trailer = entry.subarray(streamLength);
	const damaged = (problem: string, at: number) => corruptEntry(problem, key, streamLength + at);
	if (trailer.length !== TRAILER_BYTES || MAGIC.some((byte, index) => trailer[MAGIC_AT + index] !== byte)) {
		throw damaged("what follows the stream is no trailer", 0);
	}
	const view = dataViewOf(trailer);
	const version = view.getUint32(VERSION_AT, true);
	if (version !== VERSION) throw unsupportedEntry(`has a trailer of version ${version}`, key);
	if (int64At(view, LENGTH_AT) !== streamLength) {
		throw damaged("the trailer is of another stream", LENGTH_AT);
	}
	if (view.getUint32(CRC_AT, true) !== crc32(entry.subarray(0, streamLength + CRC_AT))) {
		throw damaged("the checksum does not match", CRC_AT);
	}
	return trailer.slice(0, WRITE_ID_BYTES);
}
