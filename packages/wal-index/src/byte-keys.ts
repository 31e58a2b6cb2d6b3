import type { DataShape } from "./arrow-shapes.ts";
import {
	type ByteReader,
	isNullBit,
	type KeyClass,
	type KeySink,
	mayHaveNulls,
	type PrefixRange,
	STEP_BYTES,
} from "./key-class.ts";
import type { Probe } from "./key-entry.ts";
import { highWord, lowWord } from "./key-words.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NO_BYTES = new Uint8Array(0);

/** Keys of text, in the order of its UTF-8 bytes, which is that of code points and not that of JavaScript's strings. */
export function textKeys(reader: ByteReader): KeyClass {
	return {
		name: "text",
		takes: "a string or its UTF-8 bytes",
		mayHaveNulls,
		isNull: isNullBit,
		reader,
		probe: (value) => mapDefined(textBytes(value), probeBytes),
		prefix: (value) => mapDefined(textBytes(value), prefixRange),
		value: (_high, _low, key) => decoder.decode(key),
	};
}

/** Keys of bytes, in their order as unsigned numbers. */
export function binaryKeys(reader: ByteReader): KeyClass {
	return {
		name: "binary",
		takes: "a Uint8Array",
		mayHaveNulls,
		isNull: isNullBit,
		reader,
		probe: (value) => (value instanceof Uint8Array ? probeBytes(value) : undefined),
		prefix: (value) => (value instanceof Uint8Array ? prefixRange(value) : undefined),
		value: (_high, _low, key) => (key as Uint8Array).slice(),
	};
}

export function probeBytes(bytes: Uint8Array): Probe {
	return { high: highWord(bytes, 0, bytes.length), low: lowWord(bytes, 0, bytes.length), bytes, side: 0 };
}

/** A string with half of a surrogate pair is no text: no row has it, and it has no place among those that are. */
function textBytes(value: unknown): Uint8Array | undefined {
	if (value instanceof Uint8Array) return value;
	if (typeof value !== "string") return undefined;
	const bytes = encoded(value);
	// As many bytes as words: all of them ASCII, without a look at each.
	return bytes.length === value.length || !/\p{Surrogate}/u.test(value) ? bytes : undefined;
}

const scratch = new Uint8Array(768);

/** In a fifth of the time that the encoder takes to make an array of its own. */
function encoded(text: string): Uint8Array {
	if (text.length * 3 > scratch.length) return encoder.encode(text);
	return scratch.slice(0, encoder.encodeInto(text, scratch).written);
}

function prefixRange(from: Uint8Array): PrefixRange {
	let length = from.length;
	while (length > 0 && from[length - 1] === 0xff) length--;
	if (length === 0) return { from: probeBytes(from), to: undefined };
	const to = from.slice(0, length);
	to[length - 1] = (to[length - 1] as number) + 1;
	return { from: probeBytes(from), to: probeBytes(to) };
}

function mapDefined<A, B>(value: A | undefined, map: (value: A) => B): B | undefined {
	return value === undefined ? undefined : map(value);
}

/** Of values between offsets of 32 or 64 bits. */
export const offsetReader: ByteReader = {
	kind: "bytes",
	read({ values, valueOffsets }, from, to, keys) {
		const bytes = (values as Uint8Array | undefined) ?? NO_BYTES;
		if (valueOffsets instanceof BigInt64Array) {
			const offsets = Array.from(valueOffsets.subarray(from, to + 1), Number);
			const end = endOfStep(offsets, 0, to - from);
			keys.appendRows(bytes, offsets, 0, end);
			return from + end;
		}
		const offsets = valueOffsets as Int32Array;
		const end = endOfStep(offsets, from, to);
		if (end === from + 1) keys.append(bytes, offsets[from] as number, offsets[end] as number);
		else keys.appendRows(bytes, offsets, from, end);
		return end;
	},
};

/** Where to stop, so that a step reads no more than it may, or one key. */
function endOfStep(offsets: ArrayLike<number>, from: number, to: number): number {
	const begin = offsets[from] as number;
	let end = to;
	while (end > from + 1 && (offsets[end] as number) - begin > STEP_BYTES) end = (from + end) >>> 1;
	return end;
}

/** Of values that all have the same width. */
export function fixedReader(width: number): ByteReader {
	return {
		kind: "bytes",
		read({ values }, from, to, keys) {
			const bytes = (values as Uint8Array | undefined) ?? NO_BYTES;
			const end = Math.min(to, from + Math.max(1, Math.floor(STEP_BYTES / Math.max(1, width))));
			for (let row = from; row < end; row++) keys.append(bytes, row * width, (row + 1) * width);
			return end;
		},
	};
}

const VIEW_BYTES = 16;
const INLINE_BYTES = 12;
const VIEW = { length: 0, inline: 4, buffer: 8, offset: 12 } as const;

/** Of views: short values stand in them, of longer ones the place in a buffer does. */
export const viewReader: ByteReader = {
	kind: "bytes",
	read(source, from, to, keys) {
		const { buffer, byteOffset, byteLength } = source.values as Uint8Array;
		const views = new DataView(buffer, byteOffset, byteLength);
		let bytes = 0;
		for (let row = from; row < to; row++) {
			bytes += appendView(source, views, row, keys);
			if (bytes > STEP_BYTES) return row + 1;
		}
		return to;
	},
};

function appendView(source: DataShape, views: DataView, row: number, keys: KeySink): number {
	const at = row * VIEW_BYTES;
	const length = views.getInt32(at + VIEW.length, true);
	// What stands behind a null says nothing.
	if (mayHaveNulls(source) && isNullBit(source, row)) {
		keys.append(NO_BYTES, 0, 0);
		return 0;
	}
	if (length <= INLINE_BYTES) {
		keys.append(source.values as Uint8Array, at + VIEW.inline, at + VIEW.inline + length);
	} else {
		const buffer = source.variadicBuffers?.[views.getInt32(at + VIEW.buffer, true)] ?? NO_BYTES;
		const begin = views.getInt32(at + VIEW.offset, true);
		keys.append(buffer, begin, begin + length);
	}
	return length;
}
