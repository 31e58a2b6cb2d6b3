/**
 * Numbers of the Arrow IPC format: fields of its flatbuffer tables, in the order of `Message.fbs` and `Schema.fbs`, and
 * the values that they take.
 *
 * @module
 */

export const CONTINUATION = 0xffffffff;
/** Continuation marker and length of the metadata. */
export const PREFIX_BYTES = 8;

export const MESSAGE = { version: 0, headerType: 1, header: 2, bodyLength: 3, metadata: 4 } as const;
export const SCHEMA = { endianness: 0, fields: 1, metadata: 2 } as const;
export const FIELD = {
	name: 0,
	nullable: 1,
	typeId: 2,
	type: 3,
	dictionary: 4,
	children: 5,
	metadata: 6,
} as const;
export const KEY_VALUE = { key: 0, value: 1 } as const;
export const DICTIONARY_ENCODING = { id: 0, indexType: 1, isOrdered: 2, kind: 3 } as const;
export const DICTIONARY_BATCH = { id: 0, data: 1, isDelta: 2 } as const;
export const RECORD_BATCH = { rows: 0, nodes: 1, buffers: 2, compression: 3, variadicCounts: 4 } as const;
export const BODY_COMPRESSION = { codec: 0, method: 1 } as const;

export const HEADER_TYPE = { schema: 1, dictionary: 2, batch: 3 } as const;
export const VERSION = { v5: 4 } as const;
export const COMPRESSION_CODEC = { lz4: 0, zstd: 1 } as const;

/** Deeper nesting than any real schema has; a bound for recursion. */
export const MAX_DEPTH = 64;

export const TYPE = {
	null: 1,
	int: 2,
	float: 3,
	binary: 4,
	utf8: 5,
	bool: 6,
	decimal: 7,
	date: 8,
	time: 9,
	timestamp: 10,
	interval: 11,
	list: 12,
	struct: 13,
	union: 14,
	fixedSizeBinary: 15,
	fixedSizeList: 16,
	map: 17,
	duration: 18,
	largeBinary: 19,
	largeUtf8: 20,
	largeList: 21,
	runEndEncoded: 22,
	binaryView: 23,
	utf8View: 24,
	listView: 25,
	largeListView: 26,
	/** Not in a schema, where an encoding is a property of the field; apache-arrow's own. */
	dictionary: -1,
} as const;

/** Table of a type: which field has what. Types that are left out have no fields. */
export const TYPE_FIELD = {
	int: { bitWidth: 0, isSigned: 1 },
	float: { precision: 0 },
	decimal: { precision: 0, scale: 1, bitWidth: 2 },
	date: { unit: 0 },
	time: { unit: 0, bitWidth: 1 },
	timestamp: { unit: 0, timezone: 1 },
	interval: { unit: 0 },
	union: { mode: 0, typeIds: 1 },
	fixedSizeBinary: { byteWidth: 0 },
	fixedSizeList: { listSize: 0 },
	map: { keysSorted: 0 },
	duration: { unit: 0 },
} as const;
