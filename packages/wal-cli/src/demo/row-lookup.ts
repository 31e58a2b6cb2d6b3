import type { ShardWriter } from "@memwal/wal-core";
import { realClock } from "@memwal/wal-runtime";
import { DataType, type RecordBatch } from "apache-arrow";

/** What the demo looked up by the index, in the rows that a writer can see. */
export interface RowLookups {
	readonly column: string;
	readonly point: Lookup & { readonly value: Whole };
	readonly range: Lookup & { readonly gte: Whole; readonly lte: Whole };
	/** How long it takes to find the rows of `point` by looking at every row. */
	readonly scanMs: number;
}

export interface Lookup {
	readonly rows: number;
	readonly ms: number;
}

type Whole = number | bigint;

/** A hundredth of all values is a range that one would look at. */
const RANGES = 100n;

/** The column that the demo indexes: of those with whole numbers the one whose values are furthest apart, if there is one. */
export function columnToIndex(batch: RecordBatch): string | undefined {
	let widest: { readonly name: string; readonly span: bigint } | undefined;
	for (const { name, type } of batch.schema.fields) {
		if (!DataType.isInt(type)) continue;
		const { least, greatest } = extremes([batch], name);
		const span = greatest - least;
		if (!widest || span > widest.span) widest = { name, span };
	}
	return widest?.name;
}

/** Looks a value and a range of values up, and times it; the value is that of a row half way. */
export async function lookUp(writer: ShardWriter, column: string): Promise<RowLookups> {
	const batches: RecordBatch[] = [];
	for await (const batch of writer.scan({ columns: [column] })) batches.push(batch);
	const { least, greatest } = extremes(batches, column);
	const values = batches[batches.length >> 1]?.getChild(column);
	const value: Whole = [...(values ?? [])].find((one) => one !== null) ?? 0;
	const upper = BigInt(value) + (greatest - least) / RANGES;
	const lte: Whole = typeof value === "bigint" ? upper : Number(upper);
	const point = await timed(() => writer.get(column, value));
	const range = await timed(() => writer.range(column, { gte: value, lte }));
	const startedMs = realClock.monotonicMs();
	let seen = 0;
	for await (const batch of writer.scan()) for (const one of batch.getChild(column) ?? []) if (one === value) seen++;
	const scanMs = realClock.monotonicMs() - startedMs;
	if (seen !== point.rows) throw new Error(`the index found ${point.rows} rows, and there are ${seen}`);
	return { column, point: { ...point, value }, range: { ...range, gte: value, lte }, scanMs };
}

/** Counts in some rows what the index found in others. */
export class LookupCheck {
	readonly #lookups: RowLookups;
	#point = 0;
	#range = 0;

	constructor(lookups: RowLookups) {
		this.#lookups = lookups;
	}

	add(batch: RecordBatch): void {
		const { column, point, range } = this.#lookups;
		for (const value of batch.getChild(column) ?? []) {
			if (value === point.value) this.#point++;
			if (value !== null && value >= range.gte && value <= range.lte) this.#range++;
		}
	}

	/** Whether the index found what was counted. */
	get holds(): boolean {
		const { point, range } = this.#lookups;
		return this.#point === point.rows && this.#range === range.rows;
	}
}

async function timed(find: () => Promise<readonly RecordBatch[]>): Promise<Lookup> {
	const startedMs = realClock.monotonicMs();
	const found = await find();
	const ms = realClock.monotonicMs() - startedMs;
	return { rows: found.reduce((rows, batch) => rows + batch.numRows, 0), ms };
}

function extremes(
	batches: readonly RecordBatch[],
	column: string,
): { readonly least: bigint; readonly greatest: bigint } {
	let least: Whole | undefined;
	let greatest: Whole | undefined;
	for (const batch of batches) {
		for (const value of batch.getChild(column) ?? []) {
			if (value === null) continue;
			if (least === undefined || value < least) least = value;
			if (greatest === undefined || value > greatest) greatest = value;
		}
	}
	return { least: BigInt(least ?? 0), greatest: BigInt(greatest ?? 0) };
}
