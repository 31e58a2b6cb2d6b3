import { Field, Int32, type RecordBatch, Schema, Table, Utf8, vectorFromArray } from "apache-arrow";

/** A row that says who wrote it and as which of its rows, so that any loss, doubling or damage shows in it alone. */
export interface ProducerRow {
	readonly producer: number;
	readonly sequence: number;
	/** Whether the rest of the row is what this producer wrote under this number. */
	readonly intact: boolean;
}

/** Rows that a producer appends at once: they are in the log together, or not at all. */
export interface RowGroup {
	readonly producer: number;
	readonly firstSequence: number;
	readonly rows: number;
	/** How long the text of each row is, in repetitions of its name. */
	readonly repeats: number;
}

/** Of every row that is ever appended. */
export const ROW_SCHEMA: Schema = new Schema([
	new Field("producer", new Int32()),
	new Field("sequence", new Int32()),
	new Field("repeats", new Int32()),
	new Field("text", new Utf8()),
]);

export function makeBatch({ producer, firstSequence, rows, repeats }: RowGroup): RecordBatch {
	const sequences = Array.from({ length: rows }, (_, i) => firstSequence + i);
	const table = new Table(ROW_SCHEMA, {
		producer: vectorFromArray(
			sequences.map(() => producer),
			new Int32(),
		),
		sequence: vectorFromArray(sequences, new Int32()),
		repeats: vectorFromArray(
			sequences.map(() => repeats),
			new Int32(),
		),
		text: vectorFromArray(
			sequences.map((sequence) => textOf(producer, sequence, repeats)),
			new Utf8(),
		),
	});
	const [batch] = table.batches;
	if (!batch) throw new Error("a group has at least one row");
	return batch;
}

/** The rows of a batch that {@link makeBatch} made, however it came back. */
export function readRows(batch: RecordBatch): ProducerRow[] {
	const [producers, sequences, repeats, texts] = ROW_SCHEMA.names.map((name) => batch.getChild(name));
	return Array.from({ length: batch.numRows }, (_, row) => {
		const producer = Number(producers?.get(row));
		const sequence = Number(sequences?.get(row));
		return { producer, sequence, intact: texts?.get(row) === textOf(producer, sequence, Number(repeats?.get(row))) };
	});
}

/** What tells a row from every other. */
export function rowName({ producer, sequence }: Pick<ProducerRow, "producer" | "sequence">): string {
	return `${producer}/${sequence}`;
}

/** The names of a group's rows. */
export function rowNames({ producer, firstSequence, rows }: RowGroup): string[] {
	return Array.from({ length: rows }, (_, i) => rowName({ producer, sequence: firstSequence + i }));
}

function textOf(producer: number, sequence: number, repeats: number): string {
	return `${rowName({ producer, sequence })} `.repeat(repeats);
}
