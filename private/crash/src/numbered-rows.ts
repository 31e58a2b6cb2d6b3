import { type RecordBatch, Table, Utf8, vectorFromArray } from "apache-arrow";

/** A row that says who wrote it and as which of its rows, so that any loss, doubling or damage shows in it alone. */
export interface NumberedRow {
	readonly producer: number;
	readonly sequence: number;
	/** Whether the rest of the row is what this producer wrote under this number. */
	readonly intact: boolean;
}

const MAX_FEW_ROWS = 24;
const MANY_ROWS = 1_500;
const MANY_EVERY = 12;

/**
 * How many rows the entry has that begins with this row: the writer cuts its entries by it, and the reader can tell a
 * whole one from half a one even where nobody acknowledged it. Now and then an entry is large, as its write takes long.
 */
export function rowsOfEntry(producer: number, firstSequence: number): number {
	const chance = scramble(producer, firstSequence);
	return chance % MANY_EVERY === 0 ? MANY_ROWS : 1 + (chance % MAX_FEW_ROWS);
}

/** The batch of the entry that begins with this row. */
export function makeBatch(producer: number, firstSequence: number): RecordBatch {
	const sequences = Array.from({ length: rowsOfEntry(producer, firstSequence) }, (_, i) => firstSequence + i);
	const [batch] = new Table({
		producer: vectorFromArray(sequences.map(() => producer)),
		sequence: vectorFromArray(sequences),
		text: vectorFromArray(
			sequences.map((sequence) => textOf(producer, sequence)),
			new Utf8(),
		),
	}).batches;
	if (!batch) throw new Error("an entry has at least one row");
	return batch;
}

/** The rows of a batch that {@link makeBatch} made, however it came back. */
export function readRows(batch: RecordBatch): NumberedRow[] {
	const [producers, sequences, texts] = ["producer", "sequence", "text"].map((name) => batch.getChild(name));
	return Array.from({ length: batch.numRows }, (_, row) => {
		const producer = Number(producers?.get(row));
		const sequence = Number(sequences?.get(row));
		return { producer, sequence, intact: texts?.get(row) === textOf(producer, sequence) };
	});
}

function textOf(producer: number, sequence: number): string {
	return `${producer}/${sequence} `.repeat(1 + (scramble(sequence, producer) % 12));
}

/** A whole number that looks drawn and is always the same for the same two. */
function scramble(a: number, b: number): number {
	let word = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b);
	word = Math.imul(word ^ (word >>> 16), 0x27d4eb2f);
	return (word ^ (word >>> 15)) >>> 0;
}
