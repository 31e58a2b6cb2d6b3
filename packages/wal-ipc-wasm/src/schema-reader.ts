import { type FieldShape, isKnownTypeId, type TypeShape, unsupportedType } from "./arrow-types.ts";
import { corruptEntry, type DamagePlace } from "./corrupt-entry.ts";
import { FlatbufferBoundsError, FlatbufferReader } from "./flatbuffer-reader.ts";
import {
	DICTIONARY_ENCODING,
	FIELD,
	KEY_VALUE,
	MAX_DEPTH,
	MESSAGE,
	PREFIX_BYTES,
	SCHEMA,
	TYPE,
	TYPE_FIELD,
	VERSION,
} from "./ipc-format.ts";
import type { Message } from "./stream-scan.ts";
import { unsupportedEntry } from "./stream-scan.ts";

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
export function readSchemaMessage(view: DataView, message: Message, key: string | undefined): ReadSchema {
	const place = { key, offset: message.start };
	try {
		const flatbuffer = new FlatbufferReader(view, message.start + PREFIX_BYTES, message.bodyStart);
		return new SchemaReader(flatbuffer, place).read();
	} catch (error) {
		if (!(error instanceof FlatbufferBoundsError)) throw error;
		throw corruptEntry("a message's metadata points outside itself", place, error);
	}
}

export function readMetadata(flatbuffer: FlatbufferReader, table: number, index: number): Map<string, string> {
	const metadata = new Map<string, string>();
	for (const pair of flatbuffer.tables(table, index)) {
		metadata.set(flatbuffer.string(pair, KEY_VALUE.key) ?? "", flatbuffer.string(pair, KEY_VALUE.value) ?? "");
	}
	return metadata;
}

class SchemaReader {
	readonly #flatbuffer: FlatbufferReader;
	readonly #place: DamagePlace;
	readonly #dictionaryIds: bigint[] = [];
	#fieldsLeft: number;

	constructor(flatbuffer: FlatbufferReader, place: DamagePlace) {
		this.#flatbuffer = flatbuffer;
		this.#place = place;
		this.#fieldsLeft = (flatbuffer.end - flatbuffer.start) / MIN_FIELD_BYTES;
	}

	read(): ReadSchema {
		const { key } = this.#place;
		const flatbuffer = this.#flatbuffer;
		const message = flatbuffer.root();
		const version = flatbuffer.int16(message, MESSAGE.version);
		const schema = flatbuffer.reference(message, MESSAGE.header);
		if (schema === 0) throw this.#damaged("it has no schema");
		if (flatbuffer.int16(schema, SCHEMA.endianness) !== 0) throw unsupportedEntry("is big-endian", key);
		const fields = this.#fields(schema, SCHEMA.fields, []);
		// Before version 5 unions had validity bitmaps.
		if (version < VERSION.v5 && fields.some((field) => hasUnion(field.type))) {
			throw unsupportedEntry("has unions of an earlier metadata version", key);
		}
		return { fields, metadata: this.#metadata(schema, SCHEMA.metadata), dictionaryIds: this.#dictionaryIds };
	}

	#metadata(table: number, index: number): Map<string, string> {
		return readMetadata(this.#flatbuffer, table, index);
	}

	#fields(table: number, index: number, path: readonly string[]): readonly FieldShape[] {
		if (path.length > MAX_DEPTH) throw this.#damaged(`its types are nested deeper than ${MAX_DEPTH}`);
		const fields: FieldShape[] = [];
		for (const field of this.#flatbuffer.tables(table, index)) {
			if (--this.#fieldsLeft < 0) throw this.#damaged("its schema has more fields than bytes for them");
			fields.push(this.#field(field, path));
		}
		return fields;
	}

	#field(table: number, parents: readonly string[]): FieldShape {
		const flatbuffer = this.#flatbuffer;
		const name = flatbuffer.string(table, FIELD.name) ?? "";
		const path = [...parents, name];
		const children = this.#fields(table, FIELD.children, path);
		const typeId = flatbuffer.int8(table, FIELD.typeId);
		if (!isKnownTypeId(typeId)) throw unsupportedType(path.join("."), `number ${typeId}`, this.#place.key);
		const values = this.#type(typeId, flatbuffer.reference(table, FIELD.type), children, path.join("."));
		const encoding = flatbuffer.reference(table, FIELD.dictionary);
		return {
			name,
			type: encoding === 0 ? values : this.#dictionary(encoding, values, path.join(".")),
			nullable: flatbuffer.int8(table, FIELD.nullable) !== 0,
			metadata: this.#metadata(table, FIELD.metadata),
		};
	}

	#dictionary(encoding: number, dictionary: TypeShape, path: string): TypeShape {
		const flatbuffer = this.#flatbuffer;
		this.#dictionaryIds.push(flatbuffer.bigint64(encoding, DICTIONARY_ENCODING.id));
		const indexType = flatbuffer.reference(encoding, DICTIONARY_ENCODING.indexType);
		const indices: TypeShape =
			indexType === 0
				? { typeId: TYPE.int, bitWidth: 32, isSigned: true, children: [] }
				: this.#type(TYPE.int, indexType, [], path);
		const isOrdered = flatbuffer.int8(encoding, DICTIONARY_ENCODING.isOrdered) !== 0;
		return { typeId: TYPE.dictionary, dictionary, indices, isOrdered };
	}

	/** Every number is held against what the format allows: apache-arrow's classes take any, and fail later. */
	#type(typeId: number, table: number, children: readonly FieldShape[], path: string): TypeShape {
		const flatbuffer = this.#flatbuffer;
		const int16 = (field: number, absent = 0) => (table === 0 ? absent : flatbuffer.int16(table, field, absent));
		const int32 = (field: number, absent = 0) => (table === 0 ? absent : flatbuffer.int32(table, field, absent));
		const flag = (field: number) => table !== 0 && flatbuffer.int8(table, field) !== 0;
		const demand = (holds: boolean): void => {
			if (!holds) throw this.#damaged(`column "${path}" has a type of number ${typeId} that cannot be`);
		};
		const upTo = (value: number, limit: number): number => {
			demand(value >= 0 && value <= limit);
			return value;
		};
		switch (typeId) {
			case TYPE.int: {
				const bitWidth = int32(TYPE_FIELD.int.bitWidth);
				demand([8, 16, 32, 64].includes(bitWidth));
				return { typeId, bitWidth, isSigned: flag(TYPE_FIELD.int.isSigned) };
			}
			case TYPE.float:
				return { typeId, precision: upTo(int16(TYPE_FIELD.float.precision), 2) };
			case TYPE.decimal: {
				const bitWidth = int32(TYPE_FIELD.decimal.bitWidth, 128);
				demand([32, 64, 128, 256].includes(bitWidth));
				const precision = int32(TYPE_FIELD.decimal.precision);
				return { typeId, precision, scale: int32(TYPE_FIELD.decimal.scale), bitWidth };
			}
			case TYPE.date:
				return { typeId, unit: upTo(int16(TYPE_FIELD.date.unit, 1), 1) };
			case TYPE.time: {
				const unit = upTo(int16(TYPE_FIELD.time.unit, 1), 3);
				const bitWidth = int32(TYPE_FIELD.time.bitWidth, 32);
				demand(bitWidth === (unit < 2 ? 32 : 64));
				return { typeId, unit, bitWidth };
			}
			case TYPE.timestamp: {
				const timezone = table === 0 ? undefined : flatbuffer.string(table, TYPE_FIELD.timestamp.timezone);
				return { typeId, unit: upTo(int16(TYPE_FIELD.timestamp.unit), 3), timezone: timezone ?? null };
			}
			case TYPE.interval:
				return { typeId, unit: upTo(int16(TYPE_FIELD.interval.unit), 2) };
			case TYPE.duration:
				return { typeId, unit: upTo(int16(TYPE_FIELD.duration.unit, 1), 3) };
			case TYPE.fixedSizeBinary:
				return { typeId, byteWidth: upTo(int32(TYPE_FIELD.fixedSizeBinary.byteWidth), 2 ** 31) };
			case TYPE.list:
			case TYPE.largeList:
				demand(children.length === 1);
				return { typeId, children };
			case TYPE.fixedSizeList:
				demand(children.length === 1);
				return { typeId, listSize: upTo(int32(TYPE_FIELD.fixedSizeList.listSize), 2 ** 31), children };
			case TYPE.map: {
				const entries = children[0]?.type;
				demand(children.length === 1 && entries?.typeId === TYPE.struct && entries.children?.length === 2);
				return { typeId, keysSorted: flag(TYPE_FIELD.map.keysSorted), children };
			}
			case TYPE.union: {
				const mode = upTo(int16(TYPE_FIELD.union.mode), 1);
				const typeIds = this.#typeIds(table) ?? children.map((_, index) => index);
				demand(typeIds.length === children.length && new Set(typeIds).size === typeIds.length);
				for (const id of typeIds) upTo(id, 127);
				return { typeId, mode, typeIds, children };
			}
			default:
				return { typeId, children };
		}
	}

	#typeIds(table: number): readonly number[] | undefined {
		const flatbuffer = this.#flatbuffer;
		const vector = table === 0 ? 0 : flatbuffer.reference(table, TYPE_FIELD.union.typeIds);
		if (vector === 0) return undefined;
		const length = flatbuffer.vectorLength(vector, 4);
		return Array.from({ length }, (_, index) => flatbuffer.view.getInt32(vector + 4 + index * 4, true));
	}

	#damaged(problem: string) {
		return corruptEntry(problem, this.#place);
	}
}

function hasUnion({ typeId, dictionary, children }: TypeShape): boolean {
	if (dictionary) return hasUnion(dictionary);
	return typeId === TYPE.union || (children ?? []).some((child) => hasUnion(child.type));
}
