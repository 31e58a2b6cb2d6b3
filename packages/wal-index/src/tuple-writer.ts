import type { KeySink } from "./key-class.ts";

/** First byte of a column of a tuple. */
const NULL = 0;
const VALUE = 1;

/** What a zero among bytes is followed by, and what follows the zero at their end. */
const INNER_ZERO = 0xff;
const END = 0;

/**
 * Writes keys of several columns, one after the other, so that keys are ordered as the tuples are: `00` for null, else
 * `01` and the value, whose bytes never begin with all those of another one.
 */
export class TupleWriter implements KeySink {
	bytes: Uint8Array = new Uint8Array(64);
	length = 0;
	readonly #word = new DataView(new ArrayBuffer(8));
	readonly #wordBytes = new Uint8Array(this.#word.buffer);

	get keyBytes(): number {
		return this.length;
	}

	clear(): void {
		this.length = 0;
	}

	null(): void {
		this.#room(1);
		this.bytes[this.length++] = NULL;
	}

	/** A number of 64 bits, most significant first, so that unsigned ones are in order. */
	number(high: number, low: number): void {
		this.#room(9);
		this.bytes[this.length++] = VALUE;
		this.#word.setInt32(0, high);
		this.#word.setInt32(4, low);
		this.bytes.set(this.#wordBytes, this.length);
		this.length += 8;
	}

	boolean(value: number): void {
		this.#room(2);
		this.bytes[this.length++] = VALUE;
		this.bytes[this.length++] = value;
	}

	/** Text or bytes: what they are the beginning of comes after them. */
	append(source: Uint8Array, begin: number, end: number): void {
		this.#room(3 + 2 * (end - begin));
		const { bytes } = this;
		let to = this.length;
		bytes[to++] = VALUE;
		for (let at = begin; at < end; at++) {
			const byte = source[at] as number;
			bytes[to++] = byte;
			if (byte === 0) bytes[to++] = INNER_ZERO;
		}
		bytes[to++] = 0;
		bytes[to++] = END;
		this.length = to;
	}

	appendRows(source: Uint8Array, offsets: ArrayLike<number>, from: number, to: number): void {
		for (let i = from; i < to; i++) this.append(source, offsets[i] as number, offsets[i + 1] as number);
	}

	/** A copy of what was written. */
	key(): Uint8Array {
		return this.bytes.slice(0, this.length);
	}

	#room(length: number): void {
		const needed = this.length + length;
		if (needed <= this.bytes.length) return;
		const grown = new Uint8Array(2 * needed);
		grown.set(this.bytes.subarray(0, this.length));
		this.bytes = grown;
	}
}
