import type { DataShape } from "./arrow-shapes.ts";
import type { Probe } from "./key-entry.ts";

/** How the values of a column, or of several, become keys, and back. `Source` is what one batch has of them. */
export interface KeyClass<Source = DataShape> {
	/** Equal for columns whose keys can be compared with one another. */
	readonly name: string;
	/** What a value has to be to be looked up, for messages. */
	readonly takes: string;
	mayHaveNulls(source: Source): boolean;
	isNull(source: Source, row: number): boolean;
	readonly reader: WordReader<Source> | ByteReader<Source>;
	/** Where a value lies among the keys; `undefined` where it is none that such a column can have. */
	probe(value: unknown): Probe | undefined;
	/** Where the keys begin that begin with this text or these bytes, and where they end; absent where keys are neither. */
	readonly prefix?: ((value: unknown) => PrefixRange | undefined) | undefined;
	/** The value of a key, in the form in which {@link probe} takes it. */
	value(high: number, low: number, key: Uint8Array | undefined): unknown;
}

export interface PrefixRange {
	readonly from: Probe;
	/** Exclusive; `undefined` where no key comes after them. */
	readonly to: Probe | undefined;
}

/** Reads keys that are two words. */
export interface WordReader<Source = DataShape> {
	readonly kind: "words";
	/** Writes the words of the rows from `from` to `to` into entries from the word `at` on; of null rows anything. */
	read(source: Source, from: number, to: number, entries: Int32Array, at: number): void;
}

/** Reads keys that are bytes. */
export interface ByteReader<Source = DataShape> {
	readonly kind: "bytes";
	/** Keeps the keys of the rows from `from` to `to`, of null rows anything; returns where it stopped, to bound a step. */
	read(source: Source, from: number, to: number, keys: KeySink): number;
}

/** Takes keys, one after the other. */
export interface KeySink {
	/** Bytes that it has taken. */
	readonly keyBytes: number;
	append(source: Uint8Array, begin: number, end: number): void;
	/** The same for several: number `i` goes from `offsets[i]` to `offsets[i + 1]`. */
	appendRows(source: Uint8Array, offsets: ArrayLike<number>, from: number, to: number): void;
}

/** Bytes of keys that are read in one step, about. */
export const STEP_BYTES: number = 1 << 20;

/** Whether nulls have to be looked for. */
export function mayHaveNulls({ _nullCount, nullBitmap }: DataShape): boolean {
	return _nullCount !== 0 && nullBitmap !== undefined && nullBitmap.length > 0;
}

/** Whether the row of a column with a bitmap is null. */
export function isNullBit({ nullBitmap, offset }: DataShape, row: number): boolean {
	const at = offset + row;
	return ((((nullBitmap as Uint8Array)[at >>> 3] as number) >>> (at & 7)) & 1) === 0;
}
