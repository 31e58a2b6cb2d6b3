import { type RecordBatch, type Schema, tableFromArrays } from "apache-arrow";

const CITIES = ["Berlin", "Bergen", "Bern", "Berwick"];

function cityOf(id: number): string {
	return CITIES[id % CITIES.length] as string;
}

function degreesOf(id: number): number {
	return ((id * 7_919) % 600) / 10 - 20;
}

/** Rows `[firstId, firstId + rows)`; what is in a row follows from its id, so that damage shows. */
export function sampleBatch(firstId: number, rows: number): RecordBatch {
	const ids = Int32Array.from({ length: rows }, (_, i) => firstId + i);
	// Texts get a dictionary, another one in each batch.
	const columns = { id: ids, city: Array.from(ids, cityOf), degrees: Float64Array.from(ids, degreesOf) };
	return tableFromArrays(columns).batches[0] as RecordBatch;
}

/** What every sample batch has. */
export const SAMPLE_SCHEMA: Schema = sampleBatch(0, 1).schema;

/** @throws Error for a row that is not what belongs to its id. */
export function sampleIds(batches: readonly RecordBatch[]): number[] {
	return batches.flatMap((batch) =>
		batch.toArray().map(({ id, city, degrees }) => {
			if (city !== cityOf(id) || degrees !== degreesOf(id)) throw new Error(`row ${id} is ${city}, ${degrees}`);
			return id as number;
		}),
	);
}
