import * as arrow from "apache-arrow";
import type { Dice } from "./dice.ts";

const { IntervalUnit, Precision, TimeUnit, UnionMode } = arrow;

const TIME_UNITS = [TimeUnit.SECOND, TimeUnit.MILLISECOND, TimeUnit.MICROSECOND, TimeUnit.NANOSECOND] as const;
const ZONES = [undefined, "UTC", "Europe/Berlin", "+07:30"] as const;
const MAX_DIGITS = { 32: 9, 64: 18, 128: 38, 256: 76 } as const;

type LeafKind =
	| "null"
	| "bool"
	| "int"
	| "float"
	| "decimal"
	| "utf8"
	| "large-utf8"
	| "utf8-view"
	| "binary"
	| "large-binary"
	| "binary-view"
	| "fixed-size-binary"
	| "date"
	| "time"
	| "timestamp"
	| "duration"
	| "interval-months"
	| "interval-day-time"
	| "interval-month-day-nano";

const LEAVES: Readonly<Record<LeafKind, (dice: Dice) => arrow.DataType>> = {
	null: () => new arrow.Null(),
	bool: () => new arrow.Bool(),
	int: (dice: Dice) => new arrow.Int(dice.chance(0.5) as true, dice.pick([8, 16, 32, 64] as const)),
	float: (dice: Dice) => new arrow.Float(dice.pick([Precision.HALF, Precision.SINGLE, Precision.DOUBLE])),
	decimal(dice: Dice) {
		const bitWidth = dice.pick([32, 64, 128, 256] as const);
		const precision = dice.between(1, MAX_DIGITS[bitWidth]);
		return new arrow.Decimal(dice.between(0, precision), precision, bitWidth);
	},
	utf8: () => new arrow.Utf8(),
	"large-utf8": () => new arrow.LargeUtf8(),
	"utf8-view": () => new arrow.Utf8View(),
	binary: () => new arrow.Binary(),
	"large-binary": () => new arrow.LargeBinary(),
	"binary-view": () => new arrow.BinaryView(),
	"fixed-size-binary": (dice: Dice) => new arrow.FixedSizeBinary(dice.between(1, 20)),
	date: (dice: Dice) => (dice.chance(0.5) ? new arrow.DateDay() : new arrow.DateMillisecond()),
	time(dice: Dice) {
		const unit = dice.pick(TIME_UNITS);
		return new arrow.Time(unit as never, (unit <= TimeUnit.MILLISECOND ? 32 : 64) as never);
	},
	timestamp: (dice: Dice) => new arrow.Timestamp(dice.pick(TIME_UNITS), dice.pick(ZONES)),
	duration: (dice: Dice) => new arrow.Duration(dice.pick(TIME_UNITS)),
	"interval-months": () => new arrow.Interval(IntervalUnit.YEAR_MONTH),
	"interval-day-time": () => new arrow.Interval(IntervalUnit.DAY_TIME),
	"interval-month-day-nano": () => new arrow.Interval(IntervalUnit.MONTH_DAY_NANO),
};

type NestedKind =
	| "list"
	| "large-list"
	| "fixed-size-list"
	| "struct"
	| "map"
	| "sparse-union"
	| "dense-union"
	| "dictionary";
/** A kind of type; its widths, units and children are left to chance. */
export type Kind = LeafKind | NestedKind;

export const LEAF_KINDS: readonly Kind[] = Object.keys(LEAVES) as LeafKind[];
export const NESTED_KINDS: readonly Kind[] = [
	"list",
	"large-list",
	"fixed-size-list",
	"struct",
	"map",
	"sparse-union",
	"dense-union",
	"dictionary",
];

/** Makes types of the given kinds, nested so deep at most, with an own id for each dictionary. */
export class TypeMaker {
	readonly #dice: Dice;
	readonly #kinds: readonly Kind[];
	readonly #leaves: readonly Kind[];
	#dictionaries = 0;

	constructor(dice: Dice, kinds: readonly Kind[]) {
		this.#dice = dice;
		this.#kinds = kinds;
		this.#leaves = kinds.filter(isLeaf);
	}

	type(depth: number): arrow.DataType {
		return this.#ofKind(this.#dice.pick(depth > 0 ? this.#kinds : this.#leaves), depth);
	}

	#ofKind(kind: Kind, depth: number): arrow.DataType {
		const dice = this.#dice;
		if (isLeaf(kind)) return LEAVES[kind](dice);
		switch (kind) {
			case "list":
				return new arrow.List(this.field("item", depth - 1));
			case "large-list":
				return new arrow.LargeList(this.field("item", depth - 1));
			case "fixed-size-list":
				return new arrow.FixedSizeList(dice.between(1, 4), this.field("item", depth - 1));
			case "struct":
				return new arrow.Struct(this.#fields(dice.between(0, 3), depth - 1));
			case "map":
				return this.#map(depth - 1);
			case "sparse-union":
				return this.#union(UnionMode.Sparse, depth - 1);
			case "dense-union":
				return this.#union(UnionMode.Dense, depth - 1);
			case "dictionary":
				return this.#dictionary(depth - 1);
		}
	}

	field(name: string, depth: number): arrow.Field {
		const dice = this.#dice;
		const type = this.type(depth);
		const metadata = dice.chance(0.1) ? randomMetadata(dice) : null;
		// A union has no nulls of its own, so that it is nullable says nothing.
		return new arrow.Field(name, type, arrow.DataType.isNull(type) || dice.chance(0.8), metadata);
	}

	#fields(count: number, depth: number): arrow.Field[] {
		return Array.from({ length: count }, (_, index) => this.field(`f${index}`, depth));
	}

	#map(depth: number): arrow.DataType {
		const key = new arrow.Field("key", this.#keyType(), false);
		const entries = new arrow.Field("entries", new arrow.Struct([key, this.field("value", depth)]), false);
		return new arrow.Map_(entries as never, false);
	}

	#keyType(): arrow.DataType {
		const kinds = (["utf8", "int", "binary", "date"] as const).filter((kind) => this.#kinds.includes(kind));
		return LEAVES[this.#dice.pick(kinds.length > 0 ? kinds : (["utf8"] as const))](this.#dice);
	}

	#union(mode: arrow.UnionMode, depth: number): arrow.DataType {
		const dice = this.#dice;
		const fields = this.#fields(dice.between(1, 3), depth);
		const step = dice.pick([1, 1, 40]);
		const first = dice.pick([0, 0, 5]);
		return new arrow.Union(
			mode as never,
			fields.map((_, index) => first + index * step),
			fields,
		);
	}

	#dictionary(depth: number): arrow.DataType {
		const dice = this.#dice;
		let values = this.type(depth);
		// A field has one encoding: the values of a dictionary are not a dictionary. Nor do readers know one of nothing.
		while (arrow.DataType.isDictionary(values) || arrow.DataType.isNull(values)) values = this.type(depth);
		const indices = new arrow.Int(dice.chance(0.7) as true, dice.pick([8, 16, 32, 32, 64] as const));
		return new arrow.Dictionary(values, indices as never, this.#dictionaries++, dice.chance(0.2));
	}
}

const WORDS = ["", "unit", "origin", "ключ", "a=b", "🌊"];

export function randomMetadata(dice: Dice): Map<string, string> {
	const metadata = new Map<string, string>();
	for (let left = dice.between(1, 2); left > 0; left--) metadata.set(dice.pick(WORDS), dice.pick(WORDS));
	if (dice.chance(0.3)) metadata.set("ARROW:extension:name", "memwal.sample").set("ARROW:extension:metadata", "{}");
	return metadata;
}

function isLeaf(kind: Kind): kind is LeafKind {
	return kind in LEAVES;
}
