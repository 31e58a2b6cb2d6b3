import { WalError } from "@memwal/wal-runtime";
import * as arrow from "apache-arrow";
import { keyOf } from "./entry-error.ts";
import { sortedByKey } from "./entry-metadata.ts";
import * as TYPE from "./type-id.ts";
import { typeFields } from "./type-table.ts";

/** What is read of a type. Two copies of apache-arrow can meet in one program, so its classes say nothing. */
export interface TypeShape {
	readonly typeId: number;
	readonly bitWidth?: number;
	readonly byteWidth?: number;
	readonly isOrdered?: boolean;
	readonly isSigned?: boolean;
	readonly keysSorted?: boolean;
	readonly listSize?: number;
	readonly mode?: number;
	readonly precision?: number;
	readonly scale?: number;
	readonly timezone?: string | null;
	readonly typeIds?: ArrayLike<number>;
	readonly unit?: number;
	readonly children?: readonly FieldShape[] | null;
	readonly dictionary?: TypeShape;
	readonly indices?: TypeShape;
}

export interface FieldShape {
	readonly name: string;
	readonly type: TypeShape;
	readonly nullable: boolean;
	readonly metadata?: ReadonlyMap<string, string>;
}

/** Ids of the types that the installed apache-arrow can hold, as they stand in an Arrow schema; a dictionary is not one. */
export function isKnownTypeId(typeId: number): boolean {
	return typeId >= 1 && typeId in arrow.Type;
}

/** Equal for equal fields: name, type, nullability and metadata, all the way down. Ids of dictionaries do not count. */
export function fieldSignature(field: FieldShape): string {
	return JSON.stringify(describeField(field));
}

/** Equal for types whose columns have equal buffers: names, nullability and metadata of nested fields do not count. */
export function layoutSignature(type: TypeShape): string {
	const describeLayout = (inner: FieldShape): unknown => describeType(inner.type, describeLayout);
	return JSON.stringify(describeType(type, describeLayout));
}

function describeField({ name, type, nullable, metadata }: FieldShape): unknown {
	return [name, describeType(type, describeField), nullable, [...sortedByKey(metadata)]];
}

function describeType(type: TypeShape, describe: (child: FieldShape) => unknown): unknown {
	return [
		type.typeId,
		typeFields(type.typeId).map(([name]) => type[name]),
		type.timezone,
		Array.from(type.typeIds ?? []),
		type.isOrdered,
		type.dictionary && type.indices
			? [describeType(type.dictionary, describe), describeType(type.indices, describe)]
			: (type.children ?? []).map(describe),
	];
}

/**
 * Equal fields made of the installed apache-arrow's own classes. Each dictionary gets an id of its own, in the order
 * of the fields: ids come from a counter of the process, and would make equal input give different bytes.
 *
 * @throws `WAL_UNSUPPORTED` naming the field whose type cannot be written.
 */
export function localFields(fields: readonly FieldShape[]): arrow.Field[] {
	let dictionaries = 0;
	const localField = ({ name, type, nullable, metadata }: FieldShape, parent: string): arrow.Field =>
		new arrow.Field(name, localType(type, parent + name), nullable, sortedByKey(metadata));
	const localType = (type: TypeShape, path: string): arrow.DataType => {
		const { dictionary, indices } = type;
		// A field has one encoding: a dictionary's values may have dictionaries among their children, but not be one.
		if (dictionary && indices && dictionary.typeId !== TYPE.dictionary) {
			const values = localType(dictionary, path);
			return new arrow.Dictionary(values, localType(indices, path) as never, dictionaries++, type.isOrdered);
		}
		const children = (type.children ?? []).map((child) => localField(child, `${path}.`));
		const local = isKnownTypeId(type.typeId) && plainType(type, children);
		if (!local) throw unsupportedType(path, String(type));
		return local;
	};
	return fields.map((field) => localField(field, ""));
}

export function unsupportedType(path: string, typeName: string, key?: string): WalError<"WAL_UNSUPPORTED"> {
	return new WalError(
		"WAL_UNSUPPORTED",
		`Column "${path}" has the type ${typeName}, which the installed apache-arrow cannot hold. Convert it, or update apache-arrow.`,
		{ details: keyOf(key) },
	);
}

/** `undefined` for what cannot be written. */
function plainType(type: TypeShape, children: arrow.Field[]): arrow.DataType | undefined {
	const { unit = 0, bitWidth = 0, precision = 0, scale = 0, byteWidth = 0, listSize = 0 } = type;
	switch (type.typeId) {
		case TYPE.null:
			return new arrow.Null();
		case TYPE.bool:
			return new arrow.Bool();
		case TYPE.int:
			return new arrow.Int(type.isSigned as never, bitWidth as never);
		case TYPE.float:
			return new arrow.Float(precision);
		case TYPE.decimal:
			return new arrow.Decimal(scale, precision, bitWidth);
		case TYPE.utf8:
			return new arrow.Utf8();
		case TYPE.largeUtf8:
			return new arrow.LargeUtf8();
		case TYPE.utf8View:
			return new arrow.Utf8View();
		case TYPE.binary:
			return new arrow.Binary();
		case TYPE.largeBinary:
			return new arrow.LargeBinary();
		case TYPE.binaryView:
			return new arrow.BinaryView();
		case TYPE.fixedSizeBinary:
			return new arrow.FixedSizeBinary(byteWidth);
		case TYPE.date:
			return new arrow.Date_(unit);
		case TYPE.time:
			return new arrow.Time(unit as never, bitWidth as never);
		case TYPE.timestamp:
			return new arrow.Timestamp(unit, type.timezone);
		case TYPE.duration:
			return new arrow.Duration(unit);
		case TYPE.interval:
			// Earlier versions write a month-day-nano interval with the wrong width.
			return unit <= 1 || "IntervalMonthDayNano" in arrow.Type ? new arrow.Interval(unit) : undefined;
		case TYPE.list:
			return new arrow.List(children[0] as arrow.Field);
		case TYPE.largeList:
			return new arrow.LargeList(children[0] as arrow.Field);
		case TYPE.fixedSizeList:
			return new arrow.FixedSizeList(listSize, children[0] as arrow.Field);
		case TYPE.map:
			return new arrow.Map_(children[0] as never, type.keysSorted);
		case TYPE.struct:
			return new arrow.Struct(children);
		case TYPE.union:
			return new arrow.Union(type.mode as never, Array.from(type.typeIds ?? []), children);
		default:
			return undefined;
	}
}
