import * as arrow from "apache-arrow";
import { neutralValue, type ReadBudget } from "./neutral-value.ts";

/** What JSON can say without loss: no numbers but small whole ones. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Schema and values in a form that every reader can give, and that is equal only for what is equal, bit by bit. */
export interface NeutralEntry {
	readonly metadata: Json;
	readonly fields: readonly Json[];
	/** By batch, by column, by row. */
	readonly batches: readonly (readonly (readonly Json[])[])[];
}

/**
 * Reads until the budget is used up, else everything.
 *
 * @throws RangeError for a value that lies outside its buffers; TypeError for text that is no UTF-8.
 */
export function neutralEntry(
	schema: arrow.Schema,
	batches: readonly arrow.RecordBatch[],
	budget?: ReadBudget,
): NeutralEntry {
	return {
		metadata: neutralMetadata(schema.metadata),
		fields: schema.fields.map(neutralField),
		batches: batches.map((batch) => batch.data.children.map((column) => neutralColumn(column, budget))),
	};
}

function neutralColumn(data: arrow.Data, budget: ReadBudget = { left: Number.POSITIVE_INFINITY }): Json[] {
	const values: Json[] = [];
	for (let row = 0; row < data.length && budget.left > 0; row++) values.push(neutralValue(data, row, budget));
	return values;
}

function neutralField({ name, type, nullable, metadata }: arrow.Field): Json {
	return { name, type: neutralType(type), nullable, metadata: neutralMetadata(metadata) };
}

function neutralMetadata(metadata: ReadonlyMap<string, string>): Json {
	return [...metadata].sort(([a], [b]) => (a < b ? -1 : 1));
}

const TIME_UNITS = ["s", "ms", "us", "ns"];

function neutralType(type: arrow.DataType): Json {
	const { Type } = arrow;
	const fields = (): Json => (type.children ?? []).map(neutralField);
	switch (type.typeId as number) {
		case Type.Null:
			return ["null"];
		case Type.Bool:
			return ["bool"];
		case Type.Int:
			return [(type as arrow.Int).isSigned ? "int" : "uint", (type as arrow.Int).bitWidth];
		case Type.Float:
			return ["float", 16 << (type as arrow.Float).precision];
		case Type.Decimal: {
			const { bitWidth, precision, scale } = type as arrow.Decimal;
			return ["decimal", bitWidth, precision, scale];
		}
		case Type.Utf8:
			return ["utf8"];
		case Type.LargeUtf8:
			return ["large-utf8"];
		case Type.Utf8View:
			return ["utf8-view"];
		case Type.Binary:
			return ["binary"];
		case Type.LargeBinary:
			return ["large-binary"];
		case Type.BinaryView:
			return ["binary-view"];
		case Type.FixedSizeBinary:
			return ["fixed-size-binary", (type as arrow.FixedSizeBinary).byteWidth];
		case Type.Date:
			return ["date", (type as arrow.Date_).unit === arrow.DateUnit.DAY ? "day" : "ms"];
		case Type.Time:
			return ["time", TIME_UNITS[(type as arrow.Time).unit] as string];
		case Type.Timestamp: {
			const { unit, timezone } = type as arrow.Timestamp;
			return ["timestamp", TIME_UNITS[unit] as string, timezone ?? null];
		}
		case Type.Duration:
			return ["duration", TIME_UNITS[(type as arrow.Duration).unit] as string];
		case Type.Interval:
			return ["interval", ["months", "day-time", "month-day-nano"][(type as arrow.Interval).unit] as string];
		case Type.List:
			return ["list", fields()];
		case Type.LargeList:
			return ["large-list", fields()];
		case Type.FixedSizeList:
			return ["fixed-size-list", (type as arrow.FixedSizeList).listSize, fields()];
		case Type.Struct:
			return ["struct", fields()];
		case Type.Map: {
			// What the fields of a map are called is up to its writer.
			const entries = (type.children as readonly arrow.Field[])[0]?.type.children;
			const [key, value] = entries as readonly [arrow.Field, arrow.Field];
			return ["map", (type as arrow.Map_).keysSorted, neutralType(key.type), neutralType(value.type), value.nullable];
		}
		case Type.Union: {
			const { mode, typeIds } = type as arrow.Union;
			return [mode === arrow.UnionMode.Dense ? "dense-union" : "sparse-union", Array.from(typeIds), fields()];
		}
		case Type.Dictionary: {
			const { dictionary, indices, isOrdered } = type as arrow.Dictionary;
			return ["dictionary", isOrdered, neutralType(indices), neutralType(dictionary)];
		}
		default:
			return [String(type)];
	}
}
