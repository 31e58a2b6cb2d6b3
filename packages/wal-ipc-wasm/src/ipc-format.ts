/**
 * Numbers of the Arrow IPC format: fields of its flatbuffer tables, in the order of `Message.fbs` and `Schema.fbs`, and
 * the values that they take.
 *
 * @module
 */

export const CONTINUATION = 0xffffffff;
/** Continuation marker and length of the metadata. */
export const PREFIX_BYTES = 8;

export const MESSAGE_VERSION = 0;
export const MESSAGE_HEADER_TYPE = 1;
export const MESSAGE_HEADER = 2;
export const MESSAGE_BODY_LENGTH = 3;
export const MESSAGE_METADATA = 4;

export const HEADER_SCHEMA = 1;
export const HEADER_DICTIONARY = 2;
export const HEADER_BATCH = 3;
export const VERSION_5 = 4;

export const SCHEMA_ENDIANNESS = 0;
export const SCHEMA_FIELDS = 1;
export const SCHEMA_METADATA = 2;

export const FIELD_NAME = 0;
export const FIELD_NULLABLE = 1;
export const FIELD_TYPE_ID = 2;
export const FIELD_TYPE = 3;
export const FIELD_DICTIONARY = 4;
export const FIELD_CHILDREN = 5;
export const FIELD_METADATA = 6;

export const PAIR_KEY = 0;
export const PAIR_VALUE = 1;

export const ENCODING_ID = 0;
export const ENCODING_INDEX_TYPE = 1;
export const ENCODING_IS_ORDERED = 2;

export const DICTIONARY_ID = 0;
export const DICTIONARY_DATA = 1;
export const DICTIONARY_IS_DELTA = 2;

export const BATCH_ROWS = 0;
export const BATCH_NODES = 1;
export const BATCH_BUFFERS = 2;
export const BATCH_COMPRESSION = 3;
export const BATCH_VARIADIC_COUNTS = 4;

export const COMPRESSION_CODEC = 0;
export const COMPRESSION_METHOD = 1;

/** Deeper nesting than any real schema has; a bound for recursion. */
export const MAX_DEPTH = 64;
