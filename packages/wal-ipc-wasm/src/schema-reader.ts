import { type FieldShape, isKnownTypeId, type TypeShape, unsupportedType } from "./arrow-types.ts";
import { unsupportedEntry } from "./entry-error.ts";
import { FlatbufferReader } from "./flatbuffer-reader.ts";
import {
	ENCODING_ID,
	ENCODING_INDEX_TYPE,
	ENCODING_IS_ORDERED,
	FIELD_CHILDREN,
	FIELD_DICTIONARY,
	FIELD_METADATA,
	FIELD_NAME,
	FIELD_NULLABLE,
	FIELD_TYPE,
	FIELD_TYPE_ID,
	MAX_DEPTH,
	MESSAGE_HEADER,
	MESSAGE_VERSION,
	PAIR_KEY,
	PAIR_VALUE,
	SCHEMA_ENDIANNESS,
	SCHEMA_FIELDS,
	SCHEMA_METADATA,
	VERSION_5,
} from "./ipc-format.ts";
import type { Message } from "./stream-scan.ts";
import * as TYPE from "./type-id.ts";
import { typeFields } from "./type-table.ts";

export interface ReadSchema {
	readonly fields: readonly FieldShape[];
	readonly metadata: ReadonlyMap<string, string>;
	/** Ids of the dictionaries as batches name them, in the order of the fields, inner ones first. */
	readonly dictionaryIds: readonly bigint[];
}

/** No field of a schema takes fewer bytes. More fields than that means that tables are shared, level by level. */
const MIN_FIELD_BYTES = 16;

/**
 * Reads the schema message of a stream.
 *
 * @throws `WAL_CORRUPT` for what is no schema; `WAL_UNSUPPORTED` for a big-endian one, for unions of an earlier version
 * of the format, and naming the field whose type the installed apache-arrow does not know.
 */
export function readSchemaMessage(view: DataView, { start, bodyStart }: Message, key: string | undefined): ReadSchema {
	const flatbuffer = new FlatbufferReader(view, start, bodyStart, key);
	const dictionaryIds: bigint[] = [];
	let hasUnions = false;
	let fieldsLeft = (bodyStart - start) / MIN_FIELD_BYTES;

	const readFields = (table: number, index: number, parents: readonly string[]): readonly FieldShape[] => {
		if (parents.length > MAX_DEPTH) throw flatbuffer.damaged("its types are nested too deep");
		return Array.from(flatbuffer.tables(table, index), (field) => {
			if (--fieldsLeft < 0) throw flatbuffer.damaged("it has more fields than bytes for them");
			return readField(field, parents);
		});
	};

	const readField = (table: number, parents: readonly string[]): FieldShape => {
		const name = flatbuffer.string(table, FIELD_NAME) ?? "";
		const path = [...parents, name];
		const children = readFields(table, FIELD_CHILDREN, path);
		const typeId = flatbuffer.int(table, FIELD_TYPE_ID, 1);
		if (!isKnownTypeId(typeId)) throw unsupportedType(path.join("."), `number ${typeId}`, key);
		const values = readType(typeId, flatbuffer.reference(table, FIELD_TYPE), children, path);
		const encoding = flatbuffer.reference(table, FIELD_DICTIONARY);
		return {
			name,
			type: encoding === 0 ? values : readDictionary(encoding, values, path),
			nullable: flatbuffer.int(table, FIELD_NULLABLE, 1) !== 0,
			metadata: readMetadata(flatbuffer, table, FIELD_METADATA),
		};
	};

	const readDictionary = (encoding: number, dictionary: TypeShape, path: readonly string[]): TypeShape => {
		dictionaryIds.push(flatbuffer.bigint64(encoding, ENCODING_ID));
		const indexType = flatbuffer.reference(encoding, ENCODING_INDEX_TYPE);
		return {
			typeId: TYPE.dictionary,
			dictionary,
			indices:
				indexType === 0 ? { typeId: TYPE.int, bitWidth: 32, isSigned: true } : readType(TYPE.int, indexType, [], path),
			isOrdered: flatbuffer.int(encoding, ENCODING_IS_ORDERED, 1) !== 0,
		};
	};

	/** Every number is held against what the format allows: apache-arrow's classes take any, and fail later. */
	const readType = (
		typeId: number,
		table: number,
		children: readonly FieldShape[],
		path: readonly string[],
	): TypeShape => {
		const fields = typeFields(typeId);
		const type: ReadType = { typeId, children };
		let isPossible = true;
		fields.forEach(([name, width, most = 0, absent], index) => {
			const value = flatbuffer.int(table, index, width, absent);
			if (width === 2 && (value < 0 || value > most)) isPossible = false;
			type[name] = (width === 1 ? value !== 0 : value) as never;
		});
		if (typeId === TYPE.timestamp) type.timezone = flatbuffer.string(table, fields.length) ?? null;
		if (typeId === TYPE.union) {
			hasUnions = true;
			type.typeIds = readTypeIds(table, fields.length) ?? [...children.keys()];
		}
		if (!isPossible || !isWhole(type, children)) {
			throw flatbuffer.damaged(`column "${path.join(".")}" has a type of number ${typeId} that cannot be`);
		}
		return type;
	};

	const readTypeIds = (table: number, index: number): readonly number[] | undefined => {
		const vector = flatbuffer.reference(table, index);
		if (vector === 0) return undefined;
		const length = flatbuffer.vectorLength(vector, 4);
		return Array.from({ length }, (_, position) => view.getInt32(vector + 4 + position * 4, true));
	};

	const message = flatbuffer.root();
	const version = flatbuffer.int(message, MESSAGE_VERSION, 2);
	const schema = flatbuffer.reference(message, MESSAGE_HEADER);
	if (schema === 0) throw flatbuffer.damaged("it has no schema");
	if (flatbuffer.int(schema, SCHEMA_ENDIANNESS, 2) !== 0) throw unsupportedEntry("is big-endian", key);
	const fields = readFields(schema, SCHEMA_FIELDS, []);
	// Before version 5 unions had validity bitmaps.
	if (version < VERSION_5 && hasUnions) {
		throw unsupportedEntry("has unions of an earlier version", key);
	}
	return { fields, metadata: readMetadata(flatbuffer, schema, SCHEMA_METADATA), dictionaryIds };
}

type ReadType = { -readonly [Part in keyof TypeShape]: TypeShape[Part] };

/** Whether what a type says fits together. */
function isWhole(type: TypeShape, children: readonly FieldShape[]): boolean {
	const { bitWidth = 0, byteWidth = 0, listSize = 0, unit = 0, typeIds } = type;
	const [child] = children;
	switch (type.typeId) {
		case TYPE.int:
			return [8, 16, 32, 64].includes(bitWidth);
		case TYPE.decimal:
			return [32, 64, 128, 256].includes(bitWidth);
		case TYPE.time:
			return bitWidth === (unit < 2 ? 32 : 64);
		case TYPE.fixedSizeBinary:
			return byteWidth >= 0;
		case TYPE.list:
		case TYPE.largeList:
		case TYPE.fixedSizeList:
			return children.length === 1 && listSize >= 0;
		case TYPE.map:
			return children.length === 1 && child?.type.typeId === TYPE.struct && child.type.children?.length === 2;
		case TYPE.union: {
			const ids = Array.from(typeIds ?? []);
			return (
				ids.length === children.length && new Set(ids).size === ids.length && ids.every((id) => id >= 0 && id < 128)
			);
		}
		default:
			return true;
	}
}

export function readMetadata(flatbuffer: FlatbufferReader, table: number, index: number): Map<string, string> {
	const pairOf = (pair: number) =>
		[flatbuffer.string(pair, PAIR_KEY) ?? "", flatbuffer.string(pair, PAIR_VALUE) ?? ""] as const;
	return new Map(Array.from(flatbuffer.tables(table, index), pairOf));
}
