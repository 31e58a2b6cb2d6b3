import { type FieldShape, type TypeShape, unsupportedType } from "./arrow-types.ts";
import { aligned } from "./batch-job.ts";
import { sortedByKey } from "./entry-metadata.ts";
import {
	bool,
	type FieldValue,
	int8,
	int16,
	int32,
	int64,
	type Reference,
	type Table,
	writeFlatbuffer,
} from "./flatbuffer-writer.ts";
import { CONTINUATION, HEADER_TYPE, MAX_DEPTH, PREFIX_BYTES, TYPE, VERSION } from "./ipc-format.ts";

export interface SchemaToWrite {
	readonly fields: readonly FieldShape[];
	/** As it is to be written, in this order. */
	readonly metadata: ReadonlyMap<string, string>;
}

/**
 * The framed schema message, padded. Dictionaries are numbered in the order of the fields, a dictionary inside another
 * before it: ids of types come from a counter of the process, and would make equal input give different bytes.
 *
 * @throws `WAL_UNSUPPORTED` naming the field whose type cannot be written.
 */
export function writeSchemaMessage({ fields, metadata }: SchemaToWrite): Uint8Array<ArrayBuffer> {
	let dictionaries = 0;
	const fieldTable = (field: FieldShape, parents: readonly string[]): Table => {
		const path = [...parents, field.name];
		const { type } = field;
		if (path.length > MAX_DEPTH) throw unsupportedType(path.join("."), `nested deeper than ${MAX_DEPTH}`);
		const values = type.typeId === TYPE.dictionary ? type.dictionary : type;
		const written = values && typeTable(values);
		if (!written || !values) throw unsupportedType(path.join("."), String(type));
		const children = (values.children ?? []).map((child) => fieldTable(child, path));
		const encoding = type.indices && type !== values ? dictionaryEncoding(type, dictionaries++) : undefined;
		return {
			fields: [
				field.name,
				bool(field.nullable),
				int8(values.typeId),
				written,
				encoding,
				children,
				pairs(field.metadata),
			],
		};
	};
	const schema: Table = {
		fields: [int16(0), fields.map((field) => fieldTable(field, [])), pairs(metadata)],
	};
	return framed(writeFlatbuffer(messageTable(HEADER_TYPE.schema, schema)).bytes);
}

/** The flatbuffer of a message whose body has no bytes yet. */
export function messageTable(
	headerType: number,
	header: Table,
	bodyLength: FieldValue = int64(0),
	metadata?: ReadonlyMap<string, string>,
): Table {
	return { fields: [int16(VERSION.v5), int8(headerType), header, bodyLength, pairs(metadata)] };
}

/** The message with its prefix, padded so that its body begins aligned. */
export function framed(flatbuffer: Uint8Array): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(aligned(PREFIX_BYTES + flatbuffer.length));
	const view = new DataView(bytes.buffer);
	view.setUint32(0, CONTINUATION, true);
	view.setUint32(4, bytes.length - PREFIX_BYTES, true);
	bytes.set(flatbuffer, PREFIX_BYTES);
	return bytes;
}

function pairs(metadata: ReadonlyMap<string, string> | undefined): readonly Table[] | undefined {
	if (!metadata || metadata.size === 0) return undefined;
	return [...sortedByKey(metadata)].map(([key, value]) => ({ fields: [key, value] }));
}

function dictionaryEncoding({ indices, isOrdered }: TypeShape, id: number): Table {
	return { fields: [int64(id), indices && typeTable(indices), bool(isOrdered === true), int16(0)] };
}

/** `undefined` for a type that is none of the format's, or that has no layout here. */
function typeTable(type: TypeShape): Table | undefined {
	const { unit = 0, bitWidth = 0 } = type;
	switch (type.typeId) {
		case TYPE.null:
		case TYPE.binary:
		case TYPE.utf8:
		case TYPE.bool:
		case TYPE.list:
		case TYPE.struct:
		case TYPE.largeBinary:
		case TYPE.largeUtf8:
		case TYPE.largeList:
		case TYPE.binaryView:
		case TYPE.utf8View:
			return { fields: [] };
		case TYPE.int:
			return { fields: [int32(bitWidth), bool(type.isSigned === true)] };
		case TYPE.float:
			return { fields: [int16(type.precision ?? 0)] };
		case TYPE.decimal:
			return { fields: [int32(type.precision ?? 0), int32(type.scale ?? 0), int32(bitWidth)] };
		case TYPE.date:
		case TYPE.interval:
		case TYPE.duration:
			return { fields: [int16(unit)] };
		case TYPE.time:
			return { fields: [int16(unit), int32(bitWidth)] };
		case TYPE.timestamp:
			return { fields: [int16(unit), type.timezone || undefined] };
		case TYPE.fixedSizeBinary:
			return { fields: [int32(type.byteWidth ?? 0)] };
		case TYPE.fixedSizeList:
			return { fields: [int32(type.listSize ?? 0)] };
		case TYPE.map:
			return { fields: [bool(type.keysSorted === true)] };
		case TYPE.union:
			return { fields: [int16(type.mode ?? 0), typeIds(type)] };
		default:
			return undefined;
	}
}

function typeIds(type: TypeShape): Reference {
	return { width: 4, values: Array.from(type.typeIds ?? []) };
}
