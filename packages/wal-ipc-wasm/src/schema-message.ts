import type { FieldShape, TypeShape } from "./arrow-types.ts";
import { aligned } from "./batch-job.ts";
import { sortedByKey } from "./entry-metadata.ts";
import { type FieldValue, flag, int8, int16, int64, type Table, writeFlatbuffer } from "./flatbuffer-writer.ts";
import { CONTINUATION, HEADER_SCHEMA, PREFIX_BYTES, VERSION_5 } from "./ipc-format.ts";
import * as TYPE from "./type-id.ts";
import { typeFields } from "./type-table.ts";

export interface SchemaToWrite {
	/** Their types can all be written: columns have been planned for them. */
	readonly fields: readonly FieldShape[];
	/** As it is to be written, in this order. */
	readonly metadata: ReadonlyMap<string, string>;
}

/**
 * The framed schema message, padded. Dictionaries are numbered in the order of the fields, a dictionary inside another
 * before it: ids of types come from a counter of the process, and would make equal input give different bytes.
 */
export function writeSchemaMessage({ fields, metadata }: SchemaToWrite): Uint8Array<ArrayBuffer> {
	let dictionaries = 0;
	const fieldTable = ({ name, type, nullable, metadata }: FieldShape): Table => {
		const { dictionary: values = type, indices, isOrdered } = type;
		const children = (values.children ?? []).map(fieldTable);
		const encoding = indices && {
			fields: [int64(dictionaries++), typeTable(indices), flag(isOrdered === true), int16(0)],
		};
		return {
			fields: [name, flag(nullable), int8(values.typeId), typeTable(values), encoding, children, pairs(metadata)],
		};
	};
	const schema: Table = { fields: [int16(0), fields.map(fieldTable), pairs(metadata)] };
	return framed(writeFlatbuffer(messageTable(HEADER_SCHEMA, schema)).bytes);
}

/** The flatbuffer of a message whose body has no bytes yet. */
export function messageTable(
	headerType: number,
	header: Table,
	bodyLength: FieldValue = int64(0),
	metadata?: ReadonlyMap<string, string>,
): Table {
	return { fields: [int16(VERSION_5), int8(headerType), header, bodyLength, pairs(metadata)] };
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
	return metadata?.size ? [...sortedByKey(metadata)].map((pair) => ({ fields: pair })) : undefined;
}

function typeTable(type: TypeShape): Table {
	const fields: (FieldValue | undefined)[] = typeFields(type.typeId).map(([name, width]) => ({
		width,
		value: Number(type[name] ?? 0),
	}));
	if (type.typeId === TYPE.timestamp) fields.push(type.timezone || undefined);
	if (type.typeId === TYPE.union) fields.push({ width: 4, values: Array.from(type.typeIds ?? []) });
	return { fields };
}
