import { WalError } from "@memwal/wal-runtime";
import { corruptEntry } from "./corrupt-entry.ts";
import { crc32 } from "./crc32.ts";

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

export interface TrailerToEncode {
	/** 16 bytes. */
	readonly writeId: Uint8Array;
	/** Bytes of the IPC stream, its end-of-stream marker included. */
	readonly streamLength: number;
	readonly streamCrc32: number;
}

export function encodeTrailer({ writeId, streamLength, streamCrc32 }: TrailerToEncode): Uint8Array<ArrayBuffer> {
	const trailer = new Uint8Array(TRAILER_BYTES);
	const view = new DataView(trailer.buffer);
	trailer.set(writeId, 0);
	view.setBigUint64(LENGTH_AT, BigInt(streamLength), true);
	view.setUint32(CRC_AT, crc32(trailer.subarray(0, CRC_AT), streamCrc32), true);
	view.setUint32(VERSION_AT, VERSION, true);
	trailer.set(MAGIC, MAGIC_AT);
	return trailer;
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
): Uint8Array<ArrayBuffer> | undefined {
	if (entry.length === streamLength) return undefined;
	const trailer = entry.subarray(streamLength);
	const damaged = (problem: string, at: number) => corruptEntry(problem, { key, offset: streamLength + at });
	if (trailer.length !== TRAILER_BYTES) {
		throw damaged(`${trailer.length} bytes follow the end of the stream where a trailer has ${TRAILER_BYTES}`, 0);
	}
	if (MAGIC.some((byte, index) => trailer[MAGIC_AT + index] !== byte)) {
		throw damaged("what follows the end of the stream is no trailer", MAGIC_AT);
	}
	const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
	const version = view.getUint32(VERSION_AT, true);
	if (version !== VERSION) {
		throw new WalError(
			"WAL_UNSUPPORTED",
			`The entry's trailer has version ${version}; this release reads ${VERSION}.`,
			{
				details: key === undefined ? {} : { key },
			},
		);
	}
	if (view.getBigUint64(LENGTH_AT, true) !== BigInt(streamLength)) {
		throw damaged(`the trailer speaks of another stream length than the ${streamLength} bytes found`, LENGTH_AT);
	}
	if (view.getUint32(CRC_AT, true) !== crc32(entry.subarray(0, streamLength + CRC_AT))) {
		throw damaged("the checksum does not match", CRC_AT);
	}
	return trailer.slice(0, WRITE_ID_BYTES);
}
