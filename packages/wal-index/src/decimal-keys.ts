import { probeBytes } from "./byte-keys.ts";
import { isNullBit, type KeyClass, mayHaveNulls } from "./key-class.ts";

/** First byte of the key of a number that is not negative and has no bytes: 0. Of -1 it is one less. */
const ZERO = 0x80;

/** More bytes than a decimal of any width. */
const MAX_BYTES = 32;

/**
 * Keys of decimals of more than 64 bits, in the order of numbers: first how many bytes the number takes, negative for
 * negative numbers, then these bytes, most significant first. So keys are short where numbers are small.
 */
export function wideDecimalKeys(name: string, bits: number): KeyClass {
	const width = bits / 8;
	const scratch = new Uint8Array(1 + MAX_BYTES);
	return {
		name,
		takes: "a bigint, the decimal without its point, or its words as apache-arrow gives them",
		mayHaveNulls,
		isNull: isNullBit,
		reader: {
			kind: "bytes",
			read({ values }, from, to, keys) {
				const bytes = bytesOf(values as ArrayBufferView);
				for (let row = from; row < to; row++) {
					keys.append(scratch, 0, writeKey(scratch, bytes, row * width, width));
				}
				return to;
			},
		},
		probe(value) {
			if (typeof value === "bigint") return probeBytes(keyOfBig(value));
			if (!ArrayBuffer.isView(value) || value.byteLength !== width) return undefined;
			return probeBytes(scratch.slice(0, writeKey(scratch, bytesOf(value), 0, width)));
		},
		value: (_high, _low, key) => bigOfKey(key as Uint8Array),
	};
}

/** Writes the key of a number that lies in memory with its least significant byte first; returns the key's length. */
function writeKey(key: Uint8Array, bytes: Uint8Array, at: number, width: number): number {
	const isNegative = (bytes[at + width - 1] as number) >= 0x80;
	const filler = isNegative ? 0xff : 0;
	let length = width;
	while (length > 0 && bytes[at + length - 1] === filler) length--;
	key[0] = isNegative ? ZERO - 1 - length : ZERO + length;
	for (let i = 1; i <= length; i++) key[i] = bytes[at + length - i] as number;
	return 1 + length;
}

function keyOfBig(value: bigint): Uint8Array {
	const isNegative = value < 0n;
	const magnitude = isNegative ? -value - 1n : value;
	// Numbers beyond all widths lie beyond all keys.
	if (magnitude >> BigInt(8 * MAX_BYTES) !== 0n) return Uint8Array.of(isNegative ? 0 : 0xff);
	const bytes = new Uint8Array(MAX_BYTES + 1);
	let rest = value;
	for (let i = 0; i <= MAX_BYTES; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
	const key = new Uint8Array(2 + MAX_BYTES);
	return key.slice(0, writeKey(key, bytes, 0, bytes.length));
}

function bigOfKey(key: Uint8Array): bigint {
	let value = (key[0] as number) < ZERO ? -1n : 0n;
	for (const byte of key.subarray(1)) value = (value << 8n) | BigInt(byte);
	return value;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
	return new Uint8Array(buffer, byteOffset, byteLength);
}
