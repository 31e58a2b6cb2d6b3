import { WalError } from "@memwal/wal-runtime";
import * as arrow from "apache-arrow";
import { sortedByKey } from "./entry-metadata.ts";

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
	return [name, describeType(type, describeField), nullable, [...sortedByKey(metadata ?? new Map())]];
}

function describeType(type: TypeShape, describe: (child: FieldShape) => unknown): unknown {
	return [
		type.typeId,
		[type.bitWidth, type.byteWidth, type.isOrdered, type.isSigned, type.keysSorted, type.listSize],
		[type.mode, type.precision, type.scale, type.timezone, type.unit],
		Array.from(type.typeIds ?? []),
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
	const convert = (field: FieldShape, parent: string): arrow.Field => {
		const path = parent + field.name;
		const type = localType(field.type, {
			children: () => (field.type.children ?? []).map((child) => convert(child, `${path}.`)),
			convert: (inner) => convert({ ...inner, name: field.name }, parent).type,
			nextDictionaryId: () => dictionaries++,
		});
		if (!type) throw unsupportedType(path, String(field.type));
		return new arrow.Field(field.name, type, field.nullable, sortedByKey(field.metadata ?? new Map()));
	};
	return fields.map((field) => convert(field, ""));
}

export function unsupportedType(path: string, typeName: string, key?: string): WalError<"WAL_UNSUPPORTED"> {
	return new WalError(
		"WAL_UNSUPPORTED",
		`Column "${path}" has the type ${typeName}, which the installed apache-arrow cannot write or read. Convert the column, or update apache-arrow.`,
		{ details: key === undefined ? {} : { key } },
	);
}

interface Conversion {
	children(): arrow.Field[];
	convert(inner: { readonly type: TypeShape; readonly nullable: boolean }): arrow.DataType;
	nextDictionaryId(): number;
}

/** `undefined` for what cannot be written. Older versions lack some of these types, and then their ids as well. */
function localType(type: TypeShape, conversion: Conversion): arrow.DataType | undefined {
	const { Type } = arrow;
	const { unit = 0, bitWidth = 0 } = type;
	switch (type.typeId) {
		case Type.Null:
			return new arrow.Null();
		case Type.Bool:
			return new arrow.Bool();
		case Type.Int:
			return new arrow.Int(type.isSigned as never, bitWidth as never);
		case Type.Float:
			return new arrow.Float(type.precision as never);
		case Type.Decimal:
			return new arrow.Decimal(type.scale ?? 0, type.precision ?? 0, bitWidth);
		case Type.Utf8:
			return new arrow.Utf8();
		case Type.LargeUtf8:
			return new arrow.LargeUtf8();
		case Type.Utf8View:
			return new arrow.Utf8View();
		case Type.Binary:
			return new arrow.Binary();
		case Type.LargeBinary:
			return new arrow.LargeBinary();
		case Type.BinaryView:
			return new arrow.BinaryView();
		case Type.FixedSizeBinary:
			return new arrow.FixedSizeBinary(type.byteWidth ?? 0);
		case Type.Date:
			return new arrow.Date_(unit);
		case Type.Time:
			return new arrow.Time(unit as never, bitWidth as never);
		case Type.Timestamp:
			return new arrow.Timestamp(unit, type.timezone);
		case Type.Duration:
			return new arrow.Duration(unit);
		case Type.Interval:
			// Earlier versions write a month-day-nano interval with the wrong width.
			return unit <= 1 || "IntervalMonthDayNano" in arrow.Type ? new arrow.Interval(unit) : undefined;
		case Type.List:
			return new arrow.List(only(conversion.children()));
		case Type.LargeList:
			return new arrow.LargeList(only(conversion.children()));
		case Type.FixedSizeList:
			return new arrow.FixedSizeList(type.listSize ?? 0, only(conversion.children()));
		case Type.Map:
			return new arrow.Map_(only(conversion.children()) as never, type.keysSorted);
		case Type.Struct:
			return new arrow.Struct(conversion.children());
		case Type.Union:
			return new arrow.Union(type.mode as never, Array.from(type.typeIds ?? []), conversion.children());
		case Type.Dictionary:
			return localDictionary(type, conversion);
		default:
			return undefined;
	}
}

function localDictionary(
	{ dictionary, indices, isOrdered }: TypeShape,
	conversion: Conversion,
): arrow.DataType | undefined {
	// A field has one encoding: a dictionary's values may have dictionaries among their children, but not be one.
	if (!dictionary || !indices || dictionary.typeId === arrow.Type.Dictionary) return undefined;
	const values = conversion.convert({ type: dictionary, nullable: true });
	const keys = conversion.convert({ type: indices, nullable: false });
	return new arrow.Dictionary(values, keys as never, conversion.nextDictionaryId(), isOrdered);
}

function only(children: readonly arrow.Field[]): arrow.Field {
	const [child] = children;
	if (!child || children.length !== 1) throw new TypeError(`a list type must have one child, not ${children.length}`);
	return child;
}
