import { crc32 } from "node:zlib";

const CONTINUATION = 0xffffffff;
const PREFIX_BYTES = 8;
const TRAILER_BYTES = 40;
const STREAM_LENGTH_AT = 16;
const CRC_AT = 24;

const END_OF_STREAM: Uint8Array = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/** A valid entry taken apart, so that its parts can be put together otherwise. */
export interface TakenApart {
	/** Messages with their prefix and body. */
	readonly frames: readonly Uint8Array[];
	/** What follows the end-of-stream marker; empty in another engine's entry. */
	readonly trailer: Uint8Array;
}

export function takeApart(entry: Uint8Array): TakenApart {
	const view = viewOf(entry);
	const frames: Uint8Array[] = [];
	let at = 0;
	while (at + PREFIX_BYTES <= entry.length && view.getUint32(at, true) === CONTINUATION) {
		const metadataLength = view.getUint32(at + 4, true);
		if (metadataLength === 0) return { frames, trailer: entry.subarray(at + PREFIX_BYTES) };
		const end = at + PREFIX_BYTES + metadataLength + bodyLengthOf(view, at + PREFIX_BYTES);
		frames.push(entry.subarray(at, end));
		at = end;
	}
	throw new Error(`no message begins at ${at} of an entry that should be valid`);
}

export function putTogether({ frames, trailer }: TakenApart): Uint8Array<ArrayBuffer> {
	return Uint8Array.from(Buffer.concat([...frames, END_OF_STREAM, trailer]));
}

/** Gives an entry that ends in a trailer the length and the checksum that it has now, as a hostile writer would. */
export function seal(entry: Uint8Array): void {
	const trailerAt = entry.length - TRAILER_BYTES;
	const view = viewOf(entry);
	view.setBigUint64(trailerAt + STREAM_LENGTH_AT, BigInt(trailerAt), true);
	view.setUint32(trailerAt + CRC_AT, crc32(entry.subarray(0, trailerAt + CRC_AT)), true);
}

function bodyLengthOf(view: DataView, flatbuffer: number): number {
	const table = flatbuffer + view.getUint32(flatbuffer, true);
	const vtable = table - view.getInt32(table, true);
	const BODY_LENGTH_SLOT = 4 + 2 * 3;
	if (view.getUint16(vtable, true) <= BODY_LENGTH_SLOT) return 0;
	const offset = view.getUint16(vtable + BODY_LENGTH_SLOT, true);
	return offset === 0 ? 0 : Number(view.getBigInt64(table + offset, true));
}

function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
