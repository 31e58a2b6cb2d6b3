/** Thrown for a read outside the flatbuffer; `at` is the offset that was asked for. */
export class FlatbufferBoundsError extends Error {
	readonly at: number;

	constructor(at: number) {
		super(`the flatbuffer points outside itself, to ${at}`);
		this.at = at;
	}
}

/**
 * A table in a flatbuffer, read field by field, every read checked against the buffer's bounds.
 *
 * Fields are numbered as in the schema, from 0; an absent field reads as its default.
 */
export class FlatbufferTable {
	readonly #view: DataView;
	readonly #at: number;
	readonly #vtable: number;
	readonly #vtableBytes: number;

	private constructor(view: DataView, at: number) {
		this.#view = view;
		this.#at = at;
		this.#vtable = at - view.getInt32(bounded(view, at, 4), true);
		this.#vtableBytes = view.getUint16(bounded(view, this.#vtable, 4), true);
		bounded(view, this.#vtable, this.#vtableBytes);
	}

	static root(bytes: Uint8Array): FlatbufferTable {
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		return new FlatbufferTable(view, view.getUint32(bounded(view, 0, 4), true));
	}

	has(field: number): boolean {
		return this.#field(field, 0) !== undefined;
	}

	uint8(field: number): number {
		const at = this.#field(field, 1);
		return at === undefined ? 0 : this.#view.getUint8(at);
	}

	int16(field: number): number {
		const at = this.#field(field, 2);
		return at === undefined ? 0 : this.#view.getInt16(at, true);
	}

	int64(field: number): bigint {
		const at = this.#field(field, 8);
		return at === undefined ? 0n : this.#view.getBigInt64(at, true);
	}

	table(field: number): FlatbufferTable | undefined {
		const at = this.#field(field, 4);
		return at === undefined ? undefined : new FlatbufferTable(this.#view, this.#follow(at));
	}

	string(field: number): string {
		const at = this.#field(field, 4);
		if (at === undefined) return "";
		const start = this.#follow(at);
		const length = this.#view.getUint32(bounded(this.#view, start, 4), true);
		bounded(this.#view, start + 4, length);
		return new TextDecoder().decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + start + 4, length));
	}

	*tables(field: number): Iterable<FlatbufferTable> {
		const at = this.#field(field, 4);
		if (at === undefined) return;
		const start = this.#follow(at);
		const count = this.#view.getUint32(bounded(this.#view, start, 4), true);
		bounded(this.#view, start + 4, count * 4);
		for (let index = 0; index < count; index++) {
			yield new FlatbufferTable(this.#view, this.#follow(start + 4 + index * 4));
		}
	}

	/** A vector of structs that are pairs of 64-bit numbers, as nodes and buffers of a record batch are. */
	*int64Pairs(field: number): Iterable<readonly [bigint, bigint]> {
		const at = this.#field(field, 4);
		if (at === undefined) return;
		const start = this.#follow(at);
		const count = this.#view.getUint32(bounded(this.#view, start, 4), true);
		bounded(this.#view, start + 4, count * 16);
		for (let pair = start + 4, end = pair + count * 16; pair < end; pair += 16) {
			yield [this.#view.getBigInt64(pair, true), this.#view.getBigInt64(pair + 8, true)];
		}
	}

	#field(field: number, width: number): number | undefined {
		const slot = 4 + field * 2;
		if (slot + 2 > this.#vtableBytes) return undefined;
		const offset = this.#view.getUint16(this.#vtable + slot, true);
		return offset === 0 ? undefined : bounded(this.#view, this.#at + offset, width);
	}

	#follow(at: number): number {
		return at + this.#view.getUint32(bounded(this.#view, at, 4), true);
	}
}

function bounded(view: DataView, at: number, width: number): number {
	if (at < 0 || at + width > view.byteLength) throw new FlatbufferBoundsError(at);
	return at;
}
