import { Buffer } from "node:buffer";
import { crc32 as crc32Of } from "node:zlib";

/** The CRC-32 of a body as `x-amz-checksum-crc32` has it: base64 of its four bytes, the highest first. */
export function crc32Header(pieces: readonly Uint8Array[], known: number | undefined): string {
	const crc = known ?? pieces.reduce((sofar, piece) => crc32Of(piece, sofar), 0);
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(crc >>> 0);
	return bytes.toString("base64");
}
