import * as arrow from "apache-arrow";
import type { Dice } from "./dice.ts";
import type { DictionaryValues } from "./random-dictionary.ts";
import { fixedValues } from "./random-values.ts";

const { Type } = arrow;

type TypedArray = ArrayBufferView & ArrayLike<number | bigint>;

type Buffers = readonly [
	offsets?: TypedArray | undefined,
	values?: TypedArray | undefined,
	validity?: Uint8Array | undefined,
	typeIds?: Int8Array | undefined,
];

/** How apache-arrow's own makers build a column, without what they guess. */
export const newData = arrow.Data as unknown as new (
	type: arrow.DataType,
	offset: number,
	length: number,
	nullCount: number,
	buffers: Buffers,
	children?: readonly arrow.Data[],
	dictionary?: arrow.Vector,
	variadicBuffers?: readonly Uint8Array[],
) => arrow.Data;

/** Makes columns out of buffers, so that there is in them all that the format allows. */
export class ColumnMaker {
	readonly #dice: Dice;
	readonly #dictionaries: DictionaryValues;

	constructor(dice: Dice, dictionaries: DictionaryValues) {
		this.#dice = dice;
		this.#dictionaries = dictionaries;
	}

	column({ type, nullable }: arrow.Field, length: number): arrow.Data {
		const dice = this.#dice;
		if (arrow.DataType.isNull(type)) return new newData(type, 0, length, length, []);
		if (arrow.DataType.isUnion(type)) return this.#union(type, length);
		const validity = nullable && dice.chance(0.7) ? bits(dice, length, dice.pick([0.8, 0.2, 0, 1])) : undefined;
		// Counted by whoever needs it, or said to be none where there is no bitmap.
		const nulls = validity ? -1 : 0;
		switch (type.typeId) {
			case Type.Bool:
				return new newData(type, 0, length, nulls, [undefined, bits(dice, length, 0.5), validity]);
			case Type.Utf8:
			case Type.Binary:
			case Type.LargeUtf8:
			case Type.LargeBinary: {
				const values = contents(dice, type, length);
				const isLarge = type.typeId === Type.LargeUtf8 || type.typeId === Type.LargeBinary;
				const lengths = values.map((value) => value.length);
				return new newData(type, 0, length, nulls, [offsets(lengths, isLarge), concat(values), validity]);
			}
			case Type.Utf8View:
			case Type.BinaryView: {
				const { views, buffers } = viewsOf(dice, contents(dice, type, length));
				return new newData(type, 0, length, nulls, [undefined, views, validity], [], undefined, buffers);
			}
			case Type.List:
			case Type.LargeList:
			case Type.Map: {
				const lengths = Array.from({ length }, () => dice.pick([0, 1, 1, 2, 3]));
				const field = type.children[0] as arrow.Field;
				const child = this.column(field, sum(lengths) + dice.pick([0, 0, 2]));
				const ends = offsets(lengths, type.typeId === Type.LargeList);
				return new newData(type, 0, length, nulls, [ends, undefined, validity], [child]);
			}
			case Type.FixedSizeList: {
				const child = this.column(type.children[0] as arrow.Field, length * (type as arrow.FixedSizeList).listSize);
				return new newData(type, 0, length, nulls, [undefined, undefined, validity], [child]);
			}
			case Type.Struct: {
				const children = type.children.map((field: arrow.Field) => this.column(field, length));
				return new newData(type, 0, length, nulls, [undefined, undefined, validity], children);
			}
			case Type.Dictionary: {
				const dictionary = this.#dictionaries.next(type as arrow.Dictionary, this);
				const { indices } = type as arrow.Dictionary;
				// Nothing can refer to a dictionary without values.
				const valid = dictionary.length === 0 ? new Uint8Array((length + 7) >> 3) : validity;
				const values = indicesInto(dice, indices, length, dictionary.length);
				const nulls = valid ? -1 : 0;
				return new newData(type, 0, length, nulls, [undefined, values, valid], [], dictionary);
			}
			default:
				return new newData(type, 0, length, nulls, [undefined, fixedValues(dice, type, length), validity]);
		}
	}

	#union(type: arrow.Union, length: number): arrow.Data {
		const dice = this.#dice;
		const rows = Array.from({ length }, () => dice.below(type.children.length));
		const typeIds = Int8Array.from(rows, (child) => type.typeIds[child] as number);
		if (type.mode === arrow.UnionMode.Sparse) {
			const children = type.children.map((field) => this.column(field, length));
			return new newData(type, 0, length, 0, [undefined, undefined, undefined, typeIds], children);
		}
		const lengths = type.children.map(() => 0);
		const ends = Int32Array.from(rows, (child) => {
			const at = lengths[child] as number;
			lengths[child] = at + 1;
			return at;
		});
		const children = type.children.map((field, index) => this.column(field, lengths[index] as number));
		return new newData(type, 0, length, 0, [ends, undefined, undefined, typeIds], children);
	}
}

function bits(dice: Dice, length: number, share: number): Uint8Array<ArrayBuffer> {
	// Bits behind the last value say nothing: they are noise.
	const bitmap = dice.bytes((length + 7) >> 3);
	for (let bit = 0; bit < length; bit++) {
		const mask = 1 << (bit & 7);
		const byte = bitmap[bit >> 3] as number;
		bitmap[bit >> 3] = dice.chance(share) ? byte | mask : byte & ~mask;
	}
	return bitmap;
}

const TEXTS = [
	"",
	"a",
	"log",
	"ünï",
	"水",
	"🌊🌊",
	"twelve bytes",
	"thirteen byte",
	"longer than what a view holds inline",
];
const encoder = new TextEncoder();

function contents(dice: Dice, type: arrow.DataType, length: number): Uint8Array[] {
	const isText = [Type.Utf8, Type.LargeUtf8, Type.Utf8View].includes(type.typeId);
	return Array.from({ length }, () =>
		isText ? encoder.encode(dice.pick(TEXTS)) : dice.bytes(dice.pick([0, 1, 3, 12, 13, 30])),
	);
}

const VIEW_BYTES = 16;
const INLINE_BYTES = 12;

/** Values as views: short ones inline, the others in one of two buffers, equal ones at one place. */
function viewsOf(dice: Dice, values: readonly Uint8Array[]): { views: Uint8Array; buffers: Uint8Array[] } {
	const views = new Uint8Array(values.length * VIEW_BYTES);
	const view = new DataView(views.buffer);
	const parts: Uint8Array[][] = Array.from({ length: dice.between(1, 2) }, () => []);
	const ends = parts.map(() => 0);
	values.forEach((value, row) => {
		const at = row * VIEW_BYTES;
		view.setInt32(at, value.length, true);
		views.set(value.subarray(0, value.length <= INLINE_BYTES ? INLINE_BYTES : 4), at + 4);
		if (value.length <= INLINE_BYTES) return;
		const buffer = dice.below(parts.length);
		view.setInt32(at + 8, buffer, true);
		view.setInt32(at + 12, ends[buffer] as number, true);
		parts[buffer]?.push(value);
		ends[buffer] = (ends[buffer] as number) + value.length;
	});
	return { views, buffers: parts.map(concat) };
}

function indicesInto(dice: Dice, { bitWidth, isSigned }: arrow.Int, length: number, end: number): TypedArray {
	const reach = Math.min(end, isSigned ? 127 : 255);
	const values = Array.from({ length }, () => dice.below(Math.max(reach, 1)));
	switch (bitWidth) {
		case 8:
			return isSigned ? Int8Array.from(values) : Uint8Array.from(values);
		case 16:
			return isSigned ? Int16Array.from(values) : Uint16Array.from(values);
		case 32:
			return isSigned ? Int32Array.from(values) : Uint32Array.from(values);
		default:
			return isSigned ? BigInt64Array.from(values, BigInt) : BigUint64Array.from(values, BigInt);
	}
}

function offsets(lengths: readonly number[], isLarge: boolean): Int32Array | BigInt64Array {
	const ends = [0];
	for (const length of lengths) ends.push((ends.at(-1) as number) + length);
	return isLarge ? BigInt64Array.from(ends, BigInt) : Int32Array.from(ends);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(sum(parts.map((part) => part.length)));
	let at = 0;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return bytes;
}

function sum(numbers: readonly number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}
