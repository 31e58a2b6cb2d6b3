import { WalError } from "@memwal/wal-runtime";
import type { BatchShape, DataShape, FieldShape, SchemaShape, TypeShape } from "./arrow-shapes.ts";

/** @throws `WAL_INVALID` naming the column where a schema has none of the name, or several. */
export function requireField(schema: SchemaShape, column: string): FieldShape {
	const [field, second] = schema.fields.filter(({ name }) => name === column);
	if (!field) {
		const names = schema.fields.map(({ name }) => name).join(", ");
		throw invalid(`there is no column "${column}" to index; the columns are ${names}`);
	}
	if (second) throw invalid(`there are several columns "${column}"; an index needs to know which`);
	return field;
}

/** Finds a column in batch after batch, which have it at the same place in most cases. */
export class ColumnFinder {
	readonly column: string;
	#index = 0;

	constructor(column: string) {
		this.column = column;
	}

	/** @throws `WAL_INVALID` naming the column where the batch has none of the name, or several, or too few rows in it. */
	find({ schema, data }: BatchShape, rows: number): DataShape {
		if (schema.fields[this.#index]?.name !== this.column) {
			this.#index = schema.fields.indexOf(requireField(schema, this.column));
		}
		const column = data.children[this.#index];
		if (column && column.length >= rows) return column;
		throw invalid(`column "${this.column}" has ${column?.length ?? 0} rows in a batch of ${rows}`);
	}
}

/** Whether two types of one column are the same as far as keys go; cheaper than to ask how they become keys. */
export function sameKeyType(a: TypeShape, b: TypeShape): boolean {
	return (
		a === b ||
		(a.typeId === b.typeId &&
			a.bitWidth === b.bitWidth &&
			a.isSigned === b.isSigned &&
			a.unit === b.unit &&
			a.precision === b.precision &&
			a.scale === b.scale &&
			a.byteWidth === b.byteWidth &&
			sameKeyType(a.dictionary ?? NO_TYPE, b.dictionary ?? NO_TYPE))
	);
}

const NO_TYPE: TypeShape = { typeId: 0 };

function invalid(message: string): WalError {
	return new WalError("WAL_INVALID", message);
}
