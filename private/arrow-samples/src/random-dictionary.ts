import * as arrow from "apache-arrow";
import type { Dice } from "./dice.ts";
import type { ColumnMaker } from "./random-column.ts";

const MAX_CHUNK = 6;

/** The dictionaries of one entry, as they change from batch to batch. */
export class DictionaryValues {
	readonly #dice: Dice;
	readonly #vectors = new Map<arrow.Dictionary, arrow.Vector>();

	constructor(dice: Dice) {
		this.#dice = dice;
	}

	/** The values of the dictionary for the next column of its type. */
	next(type: arrow.Dictionary, maker: ColumnMaker): arrow.Vector {
		const dice = this.#dice;
		const known = this.#vectors.get(type);
		const what = known ? dice.pick(["keep", "extend", "replace"]) : "replace";
		if (known && what === "keep") return known;
		const field = new arrow.Field("values", type.dictionary, dice.chance(0.3));
		const chunk = maker.column(field, dice.between(what === "extend" ? 1 : dice.pick([0, 1, 1, 1]), MAX_CHUNK));
		const vector = new arrow.Vector(known && what === "extend" ? [...known.data, chunk] : [chunk]);
		this.#vectors.set(type, vector);
		return vector;
	}
}
