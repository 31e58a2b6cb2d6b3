import { WalError } from "@memwal/wal-runtime";
import { type DataType, makeData, RecordBatch, type Schema, Struct, vectorFromArray } from "apache-arrow";
import type { EntryLimits, InputBatch } from "./input-batches.ts";
import type { InputBytes } from "./input-bytes.ts";
import { Misfit } from "./misfit.ts";
import { mergeShapes, type Shape, schemaOf, shapeOf } from "./ndjson-shape.ts";
import { fitRow, parseRow, parseRowExactly } from "./ndjson-values.ts";
import { type TextLine, textLines } from "./text-lines.ts";

export interface NdjsonOptions extends EntryLimits {
	/** How many lines the schema is inferred from. */
	readonly inferLines: number;
}

/**
 * The rows of newline-delimited JSON, one object a line.
 *
 * The schema comes from the first `inferLines` rows: whole numbers are Int64, numbers of which any has a point or an
 * exponent Float64, strings Utf8, `true` and `false` Bool, arrays List, objects Struct; a field of nothing but nulls is
 * Utf8. Every field is nullable, and a missing field is null.
 *
 * @throws `WAL_INVALID` naming line and field for a row that does not fit; the batches before it have been handed out.
 */
export async function* ndjsonBatches(input: InputBytes, options: NdjsonOptions): AsyncGenerator<InputBatch, void> {
	const lines = textLines(input.chunks());
	const sample: TextLine[] = [];
	while (sample.length < options.inferLines) {
		const { done, value } = await lines.next();
		if (done) break;
		sample.push(value);
	}
	if (sample.length === 0) throw new WalError("WAL_INVALID", `${input.name} has no rows: there is nothing to append`);
	const schema = inferSchema(sample);
	const fields = schema.fields;

	let columns: unknown[][] = fields.map(() => []);
	let rows = 0;
	let characters = 0;
	let before = 0;
	const take = (): InputBatch => {
		const batch = batchOf(schema, columns, rows);
		const after = input.size ? input.bytesRead / input.size : 0;
		const progress = input.size ? { before, after } : undefined;
		columns = fields.map(() => []);
		rows = 0;
		characters = 0;
		before = after;
		return { batch, progress };
	};
	for await (const line of concat(sample, lines)) {
		const values = atLine(line, () => fitRow(parseRow(line.text), fields));
		for (const [index, column] of columns.entries()) column.push(values[index]);
		rows++;
		characters += line.text.length;
		if (rows === options.batchRows || characters >= options.maxEntryBytes) yield take();
	}
	if (rows > 0) yield take();
}

async function* concat(sample: readonly TextLine[], rest: AsyncIterable<TextLine>): AsyncGenerator<TextLine, void> {
	yield* sample;
	yield* rest;
}

/** The schema that all these lines fit. @throws `WAL_INVALID` naming the first line that does not. */
function inferSchema(lines: readonly TextLine[]): Schema {
	let shape: Shape = { kind: "object", fields: new Map() };
	for (const line of lines) {
		shape = atLine(line, () => mergeShapes(shape, shapeOf(parseRowExactly(line.text), ""), ""));
	}
	const last = lines.at(-1) ?? { number: 1, text: "" };
	return atLine(last, () => {
		if (shape.kind !== "object" || shape.fields.size === 0) {
			throw new WalError("WAL_INVALID", `lines 1 to ${last.number} have no field at all`);
		}
		return schemaOf(shape);
	});
}

function atLine<T>(line: TextLine, work: () => T): T {
	try {
		return work();
	} catch (cause) {
		if (cause instanceof Misfit) throw new WalError("WAL_INVALID", `line ${line.number}: ${cause.message}`, { cause });
		if (cause instanceof SyntaxError) {
			throw new WalError("WAL_INVALID", `line ${line.number} is not a JSON object: ${cause.message}`, { cause });
		}
		throw cause;
	}
}

function batchOf(schema: Schema, columns: readonly unknown[][], rows: number): RecordBatch {
	const children = schema.fields.map(({ type }, index) => {
		const vector = vectorFromArray(columns[index] ?? [], type as DataType);
		const [data] = vector.data;
		if (!data || vector.data.length !== 1) throw new TypeError("a column of one batch has several chunks");
		return data;
	});
	return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children }));
}
