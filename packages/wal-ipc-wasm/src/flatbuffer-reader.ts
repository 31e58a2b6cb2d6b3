import { corruptEntry } from "./entry-error.ts";
import { PREFIX_BYTES } from "./ipc-format.ts";

const decoder = new TextDecoder();

/** Strings and tables may be shared, but not without end: many that refer to one long thing would unfold to anything. */
const SHARING = 16;

/**
 * Reads tables of the flatbuffer of the message that begins at `message` in the view; its metadata ends at `end`. Every
 * read is checked against these bounds.
 *
 * Tables and fields are positions in the view, so that nothing is allocated a read; 0 is what is absent: a field, and
 * any field of an absent table.
 *
 * @throws `WAL_CORRUPT` with the offset of the message.
 */
export class FlatbufferReader {
	readonly view: DataView;
	readonly #message: number;
	readonly #end: number;
	readonly #key: string | undefined;
	#allowance: number;

	constructor(view: DataView, message: number, end: number, key: string | undefined) {
		this.view = view;
		this.#message = message;
		this.#end = end;
		this.#key = key;
		this.#allowance = SHARING * (end - message);
	}

	damaged(problem: string): Error {
		return corruptEntry(problem, this.#key, this.#message);
	}

	root(): number {
		return this.follow(this.#message + PREFIX_BYTES);
	}

	/** The position of a field of a table, which is `width` bytes wide; 0 where it is absent. */
	field(table: number, index: number, width: number): number {
		if (table === 0) return 0;
		this.#within(table, 4);
		const vtable = table - this.view.getInt32(table, true);
		this.#within(vtable, 4);
		const vtableBytes = this.view.getUint16(vtable, true);
		const slot = 4 + index * 2;
		if (slot + 2 > vtableBytes) return 0;
		this.#within(vtable, vtableBytes);
		const offset = this.view.getUint16(vtable + slot, true);
		if (offset === 0) return 0;
		this.#within(table + offset, width);
		return table + offset;
	}

	/** The table, string or vector that a field refers to; 0 where the field is absent. */
	reference(table: number, index: number): number {
		const at = this.field(table, index, 4);
		return at === 0 ? 0 : this.follow(at);
	}

	follow(at: number): number {
		this.#within(at, 4);
		const target = at + this.view.getUint32(at, true);
		this.#within(target, 4);
		return target;
	}

	/** A number of `width` bytes; one of a single byte has no sign. */
	int(table: number, index: number, width: 1 | 2 | 4, absent = 0): number {
		const at = this.field(table, index, width);
		if (at === 0) return absent;
		if (width === 1) return this.view.getUint8(at);
		return width === 2 ? this.view.getInt16(at, true) : this.view.getInt32(at, true);
	}

	bigint64(table: number, index: number): bigint {
		const at = this.field(table, index, 8);
		return at === 0 ? 0n : this.view.getBigInt64(at, true);
	}

	/** A 64-bit number; one that a double cannot hold is rounded, and still as large as it is. */
	int64(table: number, index: number): number {
		const at = this.field(table, index, 8);
		return at === 0 ? 0 : int64At(this.view, at);
	}

	string(table: number, index: number): string | undefined {
		const at = this.reference(table, index);
		if (at === 0) return undefined;
		const length = this.vectorLength(at, 1);
		this.#spend(length);
		return decoder.decode(new Uint8Array(this.view.buffer, this.view.byteOffset + at + 4, length));
	}

	/** The number of elements of the vector at `at`, 0 for none; all of them lie within. They begin 4 bytes behind `at`. */
	vectorLength(at: number, width: number): number {
		if (at === 0) return 0;
		const length = this.view.getUint32(at, true);
		this.#within(at + 4, length * width);
		return length;
	}

	/** The tables of a vector. */
	*tables(table: number, index: number): Iterable<number> {
		const at = this.reference(table, index);
		for (let left = this.vectorLength(at, 4), slot = at + 4; left > 0; left--, slot += 4) {
			this.#spend(4);
			yield this.follow(slot);
		}
	}

	#spend(bytes: number): void {
		this.#allowance -= bytes;
		if (this.#allowance < 0) throw this.#outside();
	}

	#within(at: number, width: number): void {
		if (at < this.#message + PREFIX_BYTES || at + width > this.#end) throw this.#outside();
	}

	#outside(): Error {
		return this.damaged("a message's metadata points outside itself");
	}
}

export function int64At(view: DataView, at: number): number {
	const low = view.getUint32(at, true);
	const high = view.getInt32(at + 4, true);
	return high === 0 ? low : low + high * 2 ** 32;
}
