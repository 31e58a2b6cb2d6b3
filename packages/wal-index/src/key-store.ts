import { WalError } from "@memwal/wal-runtime";
import type { KeySink } from "./key-class.ts";
import { ENTRY, FLIP } from "./key-entry.ts";
import { highWord, lowWord, WORD_BYTES } from "./key-words.ts";

/** An address is a slab's number and a place in it, in 32 bits: keys of 4 GiB in all. Slabs do not move once they are full. */
const SLAB_BITS = 18;
const SLAB_BYTES = 1 << SLAB_BITS;
const MAX_SLABS = 2 ** (32 - SLAB_BITS) - 1;
const FIRST_SLAB_BYTES = 128;

/** Rows whose addresses lie in one array. */
const CHUNK_BITS = 12;
const CHUNK_ROWS = 1 << CHUNK_BITS;
const FIRST_CHUNK_ROWS = 16;

/** Shorter keys are copied byte by byte: a call costs more. */
const SHORT = 24;

interface Slab {
	bytes: Uint8Array;
	view: DataView;
	/** Where its last key ends. */
	end: number;
}

/** Keys as bytes by the number of their row: copies, ordered as unsigned bytes, a shorter one before what it begins. */
export class KeyStore implements KeySink {
	/** A key longer than a slab has one of its own, with as many numbers as it would fill. */
	readonly #slabs: Slab[] = [];
	/** By row, where its key begins; and where the last one ends, or would if there were room. */
	readonly #chunks: Uint32Array[] = [];
	#rows = 0;
	/** The address after the last key. */
	#end = 0;
	/** Memory that is held. */
	bytes = 0;
	/** Bytes of all keys. */
	keyBytes = 0;

	/** Keeps the bytes from `begin` to `end` as the next row's key. */
	append(source: Uint8Array, begin: number, end: number): void {
		const length = end - begin;
		const { bytes } = this.#roomFor(length);
		let to = this.#end & (SLAB_BYTES - 1);
		if (length > SHORT) bytes.set(source.subarray(begin, end), to);
		else for (let at = begin; at < end; at++) bytes[to++] = source[at] as number;
		this.#setRow(length);
	}

	/** Keeps the next rows' keys, which lie one after the other: row `i` of them from `offsets[i]` on. */
	appendRows(source: Uint8Array, offsets: ArrayLike<number>, from: number, to: number): void {
		for (let first = from; first < to; ) {
			const begin = offsets[first] as number;
			const { bytes } = this.#roomFor((offsets[first + 1] as number) - begin);
			const place = this.#end & (SLAB_BYTES - 1);
			const room = bytes.length - place;
			// As many as there is room for; after a slab's last byte not even an empty one.
			let last = first + 1;
			while (last < to && (offsets[last] as number) - begin < room && (offsets[last + 1] as number) - begin <= room)
				last++;
			bytes.set(source.subarray(begin, offsets[last] as number), place);
			for (; first < last; first++) this.#setRow((offsets[first + 1] as number) - (offsets[first] as number));
		}
	}

	/** The row's key as a view, to be read before the next key is kept. */
	key(row: number): Uint8Array {
		const start = this.#start(row);
		const begin = start & (SLAB_BYTES - 1);
		return (this.#slabs[start >>> SLAB_BITS] as Slab).bytes.subarray(begin, begin + this.length(row));
	}

	length(row: number): number {
		return this.#endIn(row, this.#start(row)) - (this.#start(row) & (SLAB_BYTES - 1));
	}

	/** Less than 0 where the key of row `a` comes before that of row `b`, 0 where they are equal. */
	compare(a: number, b: number): number {
		const startA = this.#start(a);
		const startB = this.#start(b);
		const beginA = startA & (SLAB_BYTES - 1);
		const beginB = startB & (SLAB_BYTES - 1);
		const lengthA = this.#endIn(a, startA) - beginA;
		const lengthB = this.#endIn(b, startB) - beginB;
		const bytesA = (this.#slabs[startA >>> SLAB_BITS] as Slab).bytes;
		const bytesB = (this.#slabs[startB >>> SLAB_BITS] as Slab).bytes;
		const shorter = lengthA < lengthB ? lengthA : lengthB;
		for (let i = 0; i < shorter; i++) {
			const difference = (bytesA[beginA + i] as number) - (bytesB[beginB + i] as number);
			if (difference !== 0) return difference;
		}
		return lengthA - lengthB;
	}

	/** The same for the key of a row and a key that is in no row. */
	compareTo(row: number, key: Uint8Array): number {
		const start = this.#start(row);
		const begin = start & (SLAB_BYTES - 1);
		const length = this.#endIn(row, start) - begin;
		const { bytes } = this.#slabs[start >>> SLAB_BITS] as Slab;
		const shorter = length < key.length ? length : key.length;
		for (let i = 0; i < shorter; i++) {
			const difference = (bytes[begin + i] as number) - (key[i] as number);
			if (difference !== 0) return difference;
		}
		return length - key.length;
	}

	/** How many first bytes the keys of two rows have in common. */
	commonPrefix(a: number, b: number): number {
		const left = this.key(a);
		const right = this.key(b);
		const end = Math.min(left.length, right.length);
		let i = 0;
		while (i < end && left[i] === right[i]) i++;
		return i;
	}

	/** Writes into some entries the words of the keys of the rows that they name, less their first `skip` bytes. */
	writeWords(entries: Int32Array, from: number, to: number, skip: number): void {
		for (let at = from; at < to; at += ENTRY) {
			const row = entries[at + 2] as number;
			const start = this.#start(row);
			const begin = (start & (SLAB_BYTES - 1)) + skip;
			const length = this.#endIn(row, start) - begin;
			const slab = this.#slabs[start >>> SLAB_BITS] as Slab;
			if (length > WORD_BYTES) {
				const { view } = slab;
				entries[at] = view.getInt32(begin) ^ FLIP;
				entries[at + 1] = ((view.getInt32(begin + 4) & ~0xff) | (WORD_BYTES + 1)) ^ FLIP;
			} else {
				entries[at] = highWord(slab.bytes, begin, length);
				entries[at + 1] = lowWord(slab.bytes, begin, length);
			}
		}
	}

	#start(row: number): number {
		return (this.#chunks[row >>> CHUNK_BITS] as Uint32Array)[row & (CHUNK_ROWS - 1)] as number;
	}

	/** Where the row's key ends in its slab: where the next one begins, or where the slab's last one ends. */
	#endIn(row: number, start: number): number {
		const next = (this.#chunks[row >>> CHUNK_BITS] as Uint32Array)[(row & (CHUNK_ROWS - 1)) + 1] as number;
		if (next >>> SLAB_BITS === start >>> SLAB_BITS) return next & (SLAB_BYTES - 1);
		return (this.#slabs[start >>> SLAB_BITS] as Slab).end;
	}

	/** The slab that the next key goes to, behind `#end`. */
	#roomFor(length: number): Slab {
		const slab = this.#slabs[this.#end >>> SLAB_BITS];
		const needed = (this.#end & (SLAB_BYTES - 1)) + length;
		if (slab && needed <= slab.bytes.length) return slab;
		// Only the first slab grows, so that a small index is small.
		if (this.#end < SLAB_BYTES && needed <= SLAB_BYTES && this.#slabs.length <= 1) return this.#grownSlab(slab, needed);
		const numbers = Math.max(1, Math.ceil(length / SLAB_BYTES));
		if (this.#slabs.length + numbers > MAX_SLABS) throw tooMuch();
		this.#end = (this.#slabs.length << SLAB_BITS) >>> 0;
		const added = newSlab(numbers === 1 ? SLAB_BYTES : length);
		this.bytes += added.bytes.length;
		for (let i = 0; i < numbers; i++) this.#slabs.push(added);
		return added;
	}

	#grownSlab(slab: Slab | undefined, needed: number): Slab {
		const length = Math.max(FIRST_SLAB_BYTES, 2 ** Math.ceil(Math.log2(needed)));
		const grown = newSlab(length);
		this.bytes += length;
		if (slab) {
			grown.bytes.set(slab.bytes.subarray(0, slab.end));
			grown.end = slab.end;
			this.bytes -= slab.bytes.length;
		}
		this.#slabs[0] = grown;
		return grown;
	}

	/** What was copied behind `#end` is the next row's key. */
	#setRow(length: number): void {
		const place = this.#rows & (CHUNK_ROWS - 1);
		const chunk = this.#chunkFor(place);
		const slab = this.#slabs[this.#end >>> SLAB_BITS] as Slab;
		chunk[place] = this.#end;
		slab.end = (this.#end & (SLAB_BYTES - 1)) + length;
		this.#end = length > SLAB_BYTES ? (this.#slabs.length << SLAB_BITS) >>> 0 : this.#end + length;
		chunk[place + 1] = this.#end;
		this.keyBytes += length;
		this.#rows++;
	}

	#chunkFor(place: number): Uint32Array {
		const number = this.#rows >>> CHUNK_BITS;
		const chunk = this.#chunks[number];
		if (chunk && place + 1 < chunk.length) return chunk;
		const rows = number > 0 ? CHUNK_ROWS : Math.max(FIRST_CHUNK_ROWS, place * 2);
		const grown = new Uint32Array(rows + 1);
		if (chunk) grown.set(chunk);
		this.bytes += grown.byteLength - (chunk?.byteLength ?? 0);
		this.#chunks[number] = grown;
		return grown;
	}
}

function newSlab(length: number): Slab {
	const bytes = new Uint8Array(length);
	return { bytes, view: new DataView(bytes.buffer), end: 0 };
}

function tooMuch(): WalError {
	return new WalError(
		"WAL_UNSUPPORTED",
		"the keys of an index over one memtable have more than 4 GiB; make it smaller",
	);
}
