import * as arrow from "apache-arrow";
import type { Dice } from "./dice.ts";
import { ColumnMaker, newData } from "./random-column.ts";
import { DictionaryValues } from "./random-dictionary.ts";
import { type Kind, LEAF_KINDS, NESTED_KINDS, randomMetadata, TypeMaker } from "./random-type.ts";

export interface RandomEntry {
	readonly schema: arrow.Schema;
	/** Each has rows. */
	readonly batches: readonly arrow.RecordBatch[];
}

export interface RandomEntryOptions {
	/** Default: all. */
	readonly kinds?: readonly Kind[] | undefined;
	readonly maxColumns?: number | undefined;
	readonly maxRows?: number | undefined;
}

const MAX_DEPTH = 3;
const MAX_BATCHES = 3;

/** An entry of chance: schema, metadata, and batches of which some are slices. */
export function randomEntry(dice: Dice, options: RandomEntryOptions = {}): RandomEntry {
	const { kinds = [...LEAF_KINDS, ...NESTED_KINDS], maxColumns = 5, maxRows = 30 } = options;
	const types = new TypeMaker(dice, kinds);
	const fields = Array.from({ length: dice.between(1, maxColumns) }, (_, index) =>
		// Names may repeat.
		types.field(dice.chance(0.05) ? "again" : `c${index}`, dice.pick([0, 0, 1, 2, MAX_DEPTH])),
	);
	const schema = new arrow.Schema(fields, dice.chance(0.5) ? randomMetadata(dice) : null);
	const columns = new ColumnMaker(dice, new DictionaryValues(dice));
	const batches = Array.from({ length: dice.between(1, MAX_BATCHES) }, () => {
		const rows = dice.between(1, maxRows);
		const batch = batchOf(
			schema,
			rows,
			fields.map((field) => columns.column(field, rows)),
		);
		if (dice.chance(0.6)) return batch;
		const begin = dice.below(rows);
		return batch.slice(begin, dice.between(begin + 1, rows));
	});
	return { schema, batches };
}

function batchOf(schema: arrow.Schema, rows: number, children: readonly arrow.Data[]): arrow.RecordBatch {
	const struct = new newData(new arrow.Struct(schema.fields), 0, rows, 0, [], children);
	return new arrow.RecordBatch(schema, struct as arrow.Data<arrow.Struct>);
}
