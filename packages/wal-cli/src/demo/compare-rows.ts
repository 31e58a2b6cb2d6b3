import type { RecordBatch } from "apache-arrow";
import { jsonCells, jsonRows } from "../row-json.ts";

/** How a log differs from what was to be in it. All zero, and nothing moved: it does not. */
export interface RowComparison {
	/** Rows that were compared, value by value. */
	readonly rows: number;
	readonly lost: number;
	readonly doubled: number;
	readonly changed: number;
	/** Every row is there once, but not in its place. */
	readonly moved: boolean;
}

/** A sequence of rows that can be read more than once. */
export type RowSource = () => AsyncIterable<RecordBatch>;

/** Whether two sequences of rows have the same schema and the same values in the same order, and if not, how they differ. */
export async function compareRows(expected: RowSource, actual: RowSource): Promise<RowComparison> {
	const { rows, same } = await compareInOrder(expected(), actual());
	if (same) return { rows, lost: 0, doubled: 0, changed: 0, moved: false };
	const surplus = new Map<string, number>();
	const known = new Set<string>();
	let total = 0;
	for await (const text of rowTexts(expected())) {
		known.add(text);
		surplus.set(text, (surplus.get(text) ?? 0) - 1);
		total++;
	}
	for await (const text of rowTexts(actual())) surplus.set(text, (surplus.get(text) ?? 0) + 1);
	let missing = 0;
	let doubled = 0;
	let foreign = 0;
	for (const [text, count] of surplus) {
		if (count < 0) missing -= count;
		else if (known.has(text)) doubled += count;
		else foreign += count;
	}
	// A row that is missing and one that nobody appended are taken for one row that changed.
	const changed = foreign;
	const lost = Math.max(0, missing - changed);
	return { rows: total, lost, doubled, changed, moved: lost + doubled + changed === 0 };
}

async function compareInOrder(
	expected: AsyncIterable<RecordBatch>,
	actual: AsyncIterable<RecordBatch>,
): Promise<{ rows: number; same: boolean }> {
	const left = new BatchCursor(expected);
	const right = new BatchCursor(actual);
	let rows = 0;
	try {
		for (;;) {
			const [a, b] = await Promise.all([left.current(), right.current()]);
			if (!a || !b) return { rows, same: a === b };
			const length = Math.min(a.rows, b.rows);
			if (!sameValues(a, b, length)) return { rows, same: false };
			rows += length;
			left.advance(length);
			right.advance(length);
		}
	} finally {
		await left.close();
		await right.close();
	}
}

interface Place {
	readonly batch: RecordBatch;
	readonly start: number;
	/** Rows from `start` on. */
	readonly rows: number;
}

/** Walks through the rows of a sequence of batches. */
class BatchCursor {
	readonly #batches: AsyncIterator<RecordBatch>;
	#batch: RecordBatch | undefined;
	#start = 0;

	constructor(batches: AsyncIterable<RecordBatch>) {
		this.#batches = batches[Symbol.asyncIterator]();
	}

	async current(): Promise<Place | undefined> {
		while (!this.#batch || this.#start === this.#batch.numRows) {
			const { done, value } = await this.#batches.next();
			if (done) return undefined;
			this.#batch = value;
			this.#start = 0;
		}
		return { batch: this.#batch, start: this.#start, rows: this.#batch.numRows - this.#start };
	}

	advance(rows: number): void {
		this.#start += rows;
	}

	async close(): Promise<void> {
		await this.#batches.return?.();
	}
}

function sameValues(a: Place, b: Place, length: number): boolean {
	const fields = a.batch.schema.fields;
	if (fields.length !== b.batch.schema.fields.length) return false;
	return fields.every((field, index) => {
		const other = b.batch.schema.fields[index];
		const left = a.batch.data.children[index];
		const right = b.batch.data.children[index];
		if (!other || !left || !right) return false;
		if (field.name !== other.name || String(field.type) !== String(other.type)) return false;
		const [cell, otherCell] = [jsonCells(left), jsonCells(right)];
		for (let row = 0; row < length; row++) {
			if (cell(a.start + row) !== otherCell(b.start + row)) return false;
		}
		return true;
	});
}

async function* rowTexts(batches: AsyncIterable<RecordBatch>): AsyncGenerator<string, void> {
	for await (const batch of batches) {
		const text = jsonRows(batch);
		for (let row = 0; row < batch.numRows; row++) yield text(row);
	}
}
