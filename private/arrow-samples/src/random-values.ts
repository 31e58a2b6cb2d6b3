import * as arrow from "apache-arrow";
import type { Dice } from "./dice.ts";

const { Type } = arrow;

type TypedArray = ArrayBufferView & ArrayLike<number | bigint>;

const DAY_MS = 86_400_000n;
const UNITS_A_DAY = [86_400n, 86_400_000n, 86_400_000_000n, 86_400_000_000_000n];

/**
 * Values of a type of fixed width, in the arrays in which apache-arrow keeps them.
 *
 * Only such as the type allows: a time lies within its day, a date of milliseconds at the beginning of one, a decimal has
 * no more digits than its precision.
 */
export function fixedValues(dice: Dice, type: arrow.DataType, length: number): TypedArray {
	const words = (bits: number, value: () => bigint): TypedArray =>
		bits === 32 ? Int32Array.from({ length }, () => Number(value())) : BigInt64Array.from({ length }, () => value());
	switch (type.typeId) {
		case Type.Int:
			return integers(dice, type as arrow.Int, length);
		case Type.Float:
			return floats(dice, type as arrow.Float, length);
		case Type.Decimal:
			return decimals(dice, type as arrow.Decimal, length);
		case Type.FixedSizeBinary:
			return dice.bytes(length * (type as arrow.FixedSizeBinary).byteWidth);
		case Type.Date:
			return (type as arrow.Date_).unit === arrow.DateUnit.DAY
				? words(32, () => dice.signed(24))
				: words(64, () => dice.signed(24) * DAY_MS);
		case Type.Time: {
			const { unit, bitWidth } = type as arrow.Time;
			return words(bitWidth, () => dice.unsignedBelow(UNITS_A_DAY[unit] as bigint));
		}
		case Type.Timestamp:
		case Type.Duration:
			return words(64, () => dice.signed(64));
		case Type.Interval:
			return intervals(dice, type as arrow.Interval, length);
		default:
			throw new TypeError(`${type} has no values of fixed width`);
	}
}

function integers(dice: Dice, { bitWidth, ArrayType }: arrow.Int, length: number): TypedArray {
	const values = Array.from({ length }, () => dice.signed(bitWidth));
	const array = new (ArrayType as new (length: number) => BigInt64Array | Int32Array)(length);
	values.forEach((value, index) => {
		array[index] = bitWidth === 64 ? value : Number(value);
	});
	return array;
}

const SPECIAL_DOUBLES = [0, -0, 1, -1, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE, 1 / 3];

/** Mostly any bits at all, which are numbers, infinities and every kind of NaN. */
function floats(dice: Dice, { precision }: arrow.Float, length: number): TypedArray {
	if (precision === arrow.Precision.HALF) return new Uint16Array(dice.bytes(length * 2).buffer);
	if (precision === arrow.Precision.SINGLE) return new Float32Array(dice.bytes(length * 4).buffer);
	const doubles = new Float64Array(dice.bytes(length * 8).buffer);
	for (let i = 0; i < length; i++) if (dice.chance(0.5)) doubles[i] = dice.pick(SPECIAL_DOUBLES);
	return doubles;
}

function decimals(dice: Dice, { bitWidth, precision }: arrow.Decimal, length: number): TypedArray {
	const words = bitWidth / 32;
	const array = new Uint32Array(length * words);
	const end = 10n ** BigInt(precision);
	for (let i = 0; i < length; i++) {
		let value = BigInt.asUintN(
			bitWidth,
			dice.pick([end - 1n, 1n - end, 0n, dice.signed(64) % end, -(dice.signed(64) % end)]),
		);
		for (let word = 0; word < words; word++, value >>= 32n) array[i * words + word] = Number(value & 0xffffffffn);
	}
	return array;
}

function intervals(dice: Dice, { unit }: arrow.Interval, length: number): TypedArray {
	const words = [1, 2, 4][unit] as number;
	return Int32Array.from({ length: length * words }, () => Number(dice.signed(32)));
}
