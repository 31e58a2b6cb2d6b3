import * as arrow from "apache-arrow";

/** The parts of a record batch. */
export interface BatchParts {
	readonly schema: arrow.Schema;
	readonly columns: readonly arrow.Data[];
	readonly rows: number;
	readonly metadata?: ReadonlyMap<string, string> | undefined;
}

/**
 * A record batch whose schema is the very object that was given.
 *
 * apache-arrow's constructor makes a schema of its own, in which columns with equal names share the last one's type.
 */
export function recordBatch({ schema, columns, rows, metadata }: BatchParts): arrow.RecordBatch {
	const type = new arrow.Struct(schema.fields);
	const data = arrow.makeData({ type, length: rows, nullCount: 0, children: [...columns] });
	const batch =
		metadata && metadata.size > 0
			? new arrow.RecordBatch(schema, data, new Map(metadata))
			: new arrow.RecordBatch(schema, data);
	return Object.assign(batch, { schema });
}
