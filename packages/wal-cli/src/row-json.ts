import { type Data, DataType, type RecordBatch, Type, type Union, Vector } from "apache-arrow";
import { dateText, decimalText, intervalJson, timestampText, timeText } from "./logical-values.ts";
import { jsonString } from "./terminal-text.ts";

/** The JSON text of one row's value. */
export type CellJson = (row: number) => string;

/**
 * Rows as JSON objects, exact: no value is rounded.
 *
 * Integers of every width and durations (in their unit) are numbers, never strings, also beyond 2^53. Floats are numbers
 * with a point or an exponent; `NaN` and the infinities, which JSON lacks, are strings. Decimals are strings; timestamps,
 * dates and times ISO 8601 strings with the digits of their unit; binary is base64. Lists are arrays, structs objects,
 * maps arrays of `{ "key", "value" }`. A null is `null`.
 */
export function jsonRows(batch: RecordBatch): CellJson {
	const columns = batch.schema.fields.map((field, index) => {
		const data = batch.data.children[index];
		if (!data) throw new TypeError(`the batch lacks the column ${field.name}`);
		return { label: `${jsonString(field.name)}:`, cell: jsonCells(data) };
	});
	return (row) => `{${columns.map(({ label, cell }) => label + cell(row)).join(",")}}`;
}

/** The values of one column, as {@link jsonRows} writes them. */
export function jsonCells(data: Data): CellJson {
	const value = jsonValues(data);
	return (row) => (data.getValid(row) ? value(row) : "null");
}

function jsonValues(data: Data): CellJson {
	const { type } = data;
	switch (type.typeId) {
		case Type.Null:
			return () => "null";
		case Type.Int:
		case Type.Duration:
			return rawIntegers(data, String);
		case Type.List:
		case Type.LargeList:
			return lists(data, jsonCells(child(data, 0)));
		case Type.Map:
			return lists(data, mapEntries(child(data, 0)));
		case Type.FixedSizeList:
			return fixedSizeLists(data);
		case Type.Struct:
			return structs(data);
		case Type.Union:
			return unions(data);
		case Type.Dictionary:
			return dictionaryValues(data);
	}
	if (DataType.isFloat(type)) return leaf(data, (value) => floatText(value as number));
	if (DataType.isBool(type)) return leaf(data, String);
	if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) {
		return leaf(data, (value) => jsonString(value as string));
	}
	if (DataType.isTimestamp(type)) return rawIntegers(data, (ticks) => `"${timestampText(ticks, type)}"`);
	if (DataType.isDate(type)) return rawIntegers(data, (ticks) => `"${dateText(ticks, type)}"`);
	if (DataType.isTime(type)) return rawIntegers(data, (ticks) => `"${timeText(ticks, type)}"`);
	if (DataType.isDecimal(type)) return leaf(data, (words) => `"${decimalText(words as Uint32Array, type)}"`);
	if (DataType.isInterval(type)) return (row) => intervalJson(data, row, type);
	return leaf(data, (bytes) => `"${Buffer.from(bytes as Uint8Array).toString("base64")}"`);
}

/** A float as a JSON number that is read back as a float: `3.0`, not `3`. */
function floatText(value: number): string {
	if (!Number.isFinite(value)) return `"${value}"`;
	if (Object.is(value, -0)) return "-0.0";
	const text = String(value);
	return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function leaf(data: Data, text: (value: unknown) => string): CellJson {
	const vector = new Vector([data]);
	return (row) => text(vector.get(row));
}

// The library's own getters turn timestamps and dates into floating-point milliseconds.
function rawIntegers(data: Data, text: (ticks: bigint) => string): CellJson {
	const values = data.values as ArrayLike<number | bigint>;
	return (row) => text(BigInt(values[row] ?? 0));
}

function lists(data: Data, item: CellJson): CellJson {
	const offsets = data.valueOffsets as ArrayLike<number | bigint>;
	return (row) => jsonArray(Number(offsets[row]), Number(offsets[row + 1]), item);
}

function fixedSizeLists(data: Data): CellJson {
	const item = jsonCells(child(data, 0));
	return (row) => jsonArray(row * data.stride, (row + 1) * data.stride, item);
}

function jsonArray(start: number, end: number, item: CellJson): string {
	const items: string[] = [];
	for (let row = start; row < end; row++) items.push(item(row));
	return `[${items.join(",")}]`;
}

function structs(data: Data): CellJson {
	const fields = (data.type as { children: { name: string }[] }).children.map(({ name }, index) => ({
		label: `${jsonString(name)}:`,
		cell: jsonCells(child(data, index)),
	}));
	return (row) => `{${fields.map(({ label, cell }) => label + cell(row)).join(",")}}`;
}

function mapEntries(entries: Data): CellJson {
	const key = jsonCells(child(entries, 0));
	const value = jsonCells(child(entries, 1));
	return (row) => `{"key":${key(row)},"value":${value(row)}}`;
}

function unions(data: Data): CellJson {
	const { typeIdToChildIndex } = data.type as Union;
	const cells = data.children.map((member) => jsonCells(member));
	const offsets = data.valueOffsets as Int32Array | undefined;
	return (row) => {
		const cell = cells[typeIdToChildIndex[data.typeIds[row] as number] ?? -1];
		return cell ? cell(offsets && offsets.length > 0 ? (offsets[row] as number) : row) : "null";
	};
}

function dictionaryValues(data: Data): CellJson {
	const chunks = (data.dictionary?.data ?? []).map((chunk: Data) => ({ length: chunk.length, cell: jsonCells(chunk) }));
	const indices = data.values as ArrayLike<number | bigint>;
	return (row) => {
		let index = Number(indices[row]);
		for (const { length, cell } of chunks) {
			if (index < length) return cell(index);
			index -= length;
		}
		return "null";
	};
}

function child(data: Data, index: number): Data {
	const found = data.children[index];
	if (!found) throw new TypeError(`a ${data.type} without its child ${index}`);
	return found;
}
